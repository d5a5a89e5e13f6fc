import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { EvidenceSource, StoredObject } from "./source.ts";

/** A local folder with a bucket's objects under their keys, as `aws s3 sync` leaves it. Throws what the file system throws. */
export function folderSource(root: string): EvidenceSource {
  return {
    async *list(prefix) {
      const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      for await (const object of walk(root, folder)) if (object.key.startsWith(prefix)) yield object;
    },

    async folders(prefix) {
      const names: string[] = [];
      for (const name of await entries(root, prefix))
        if ((await stat(join(root, prefix, name))).isDirectory()) names.push(name);
      return names;
    },

    read: (key) => readFile(join(root, key)),
  };
}

async function* walk(root: string, folder: string): AsyncIterable<StoredObject> {
  for (const name of await entries(root, folder)) {
    const key = `${folder}${name}`;
    // Follows links, as reading does.
    const found = await stat(join(root, key));
    if (found.isDirectory()) yield* walk(root, `${key}/`);
    else yield { key, size: found.size };
  }
}

/** The names in a folder, in order; none where it does not exist: S3 has no folders, only keys. */
async function entries(root: string, folder: string): Promise<string[]> {
  try {
    return (await readdir(join(root, folder))).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
