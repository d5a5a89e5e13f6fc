import type { LogLocation } from "./keys.ts";
import type { EvidenceSource } from "./source.ts";

/**
 * Finds where trails write log files: every account and Region below each `AWSLogs` folder, of organization trails too. `start` is the part
 * of a key that all of them share, empty or with a slash at its end; it may lie above `AWSLogs` at any distance, or inside it.
 */
export async function findPlaces(source: EvidenceSource, start: string): Promise<LogLocation[]> {
  const inside = /^(.*\/)?AWSLogs\//.exec(start);
  const places: LogLocation[] = [];
  const roots = inside ? [inside[1] ?? ""] : findRoots(source, start);
  for await (const root of roots) for await (const place of placesUnder(source, root)) places.push(place);
  return places.filter((place) => {
    const folder = placeFolder(place);
    return folder.startsWith(start) || start.startsWith(folder);
  });
}

/** What stands before `AWSLogs/` in keys, with a slash at its end or empty. */
async function* findRoots(source: EvidenceSource, prefix: string): AsyncIterable<string> {
  for (const name of await source.folders(prefix)) {
    if (name === "AWSLogs") yield prefix;
    else yield* findRoots(source, `${prefix}${name}/`);
  }
}

async function* placesUnder(source: EvidenceSource, root: string): AsyncIterable<LogLocation> {
  const prefix = root === "" ? undefined : root.slice(0, -1);
  const accountsIn = async (folder: string) => (await source.folders(folder)).filter((name) => /^\d{12}$/.test(name));
  const top = await source.folders(`${root}AWSLogs/`);
  const organizations = top.filter((name) => /^o-[a-z0-9]+$/.test(name));
  for (const organization of [undefined, ...organizations]) {
    const folder = organization === undefined ? `${root}AWSLogs/` : `${root}AWSLogs/${organization}/`;
    for (const account of await accountsIn(folder))
      for (const region of await source.folders(`${folder}${account}/CloudTrail/`))
        yield { prefix, organization, account, region };
  }
}

function placeFolder({ prefix, organization, account, region }: LogLocation): string {
  const parts = [prefix, "AWSLogs", organization, account, "CloudTrail", region, ""];
  return parts.filter((part) => part !== undefined).join("/");
}
