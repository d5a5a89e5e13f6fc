// Code archives, written to a folder as Lambda would unpack them.
import { cp, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { asset } from "@pulumi/pulumi";

/** @throws {Error} for an archive or asset that is not local: those of a folder, of files and of texts are. */
export async function extract(archive: asset.Archive, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const content = archive as Partial<asset.AssetArchive & asset.FileArchive>;
  if (content.assets) {
    for (const [name, part] of Object.entries(await content.assets)) await extractPart(part, join(folder, name));
    return;
  }
  const path = await content.path;
  if (path === undefined || !(await stat(path)).isDirectory()) {
    throw new Error(
      `Code archive ${path ?? JSON.stringify(archive)} is not a folder: archives from folders, files and texts are emulated.`,
    );
  }
  await cp(path, folder, { recursive: true });
}

async function extractPart(part: asset.Asset | asset.Archive, target: string): Promise<void> {
  const { assets, text, path } = part as Partial<asset.AssetArchive & asset.StringAsset & asset.FileAsset>;
  const source = await path;
  if (assets || (source !== undefined && (await stat(source)).isDirectory()))
    return extract(part as asset.Archive, target);
  await mkdir(dirname(target), { recursive: true });
  const content = await text;
  if (content !== undefined) await writeFile(target, content);
  else if (source !== undefined) await cp(source, target);
  else throw new Error(`Asset ${target} comes from neither a file nor a text: those are emulated.`);
}
