/**
 * The configuration files below a folder. Hidden folders, installed packages, built files and other workspaces inside
 * are left out, and what the workspace ignores. Reads names only.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The file that makes a folder a workspace. */
export const workspaceFile = 'parcours.yaml';

/** A workspace has some hundreds of files; beyond this limit the root is probably the wrong folder. */
export const filesMax = 20_000;
/** Folders inside each other. */
export const folderDepthMax = 32;

const leftOut: ReadonlySet<string> = new Set(['node_modules', 'dist']);

/**
 * Paths relative to `root`, with `/` on every system, sorted. `ignore` holds such paths of files and folders.
 * Undefined when there are more than `filesMax`.
 */
export async function findConfigFiles(root: string, ignore: readonly string[]): Promise<readonly string[] | undefined> {
  const ignored = new Set(ignore.map((path) => path.replace(/^\.\//, '').replace(/\/+$/, '')));
  const files: string[] = [];

  async function visit(folder: string, depth: number): Promise<void> {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    if (folder !== '' && entries.some((entry) => entry.name === workspaceFile)) return;
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (ignored.has(path) || entry.name.startsWith('.') || files.length > filesMax) continue;
      if (entry.isDirectory()) {
        if (!leftOut.has(entry.name) && depth < folderDepthMax) await visit(path, depth + 1);
      } else if (/\.ya?ml$/.test(entry.name) && (entry.isFile() || (await pointsAtFile(root, path)))) files.push(path);
    }
  }

  await visit('', 0);
  return files.length > filesMax ? undefined : files.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The configuration files in the folder itself, sorted; none when there is no such folder. */
export async function findTopFiles(root: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true });
    return entries
      .filter(({ name }) => /\.ya?ml$/.test(name) && !name.startsWith('.'))
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name)
      .slice(0, filesMax)
      .sort();
  } catch {
    return [];
  }
}

/** Links to files are followed (also broken ones, which are then reported); links to folders aren't, they may turn in circles. */
async function pointsAtFile(root: string, path: string): Promise<boolean> {
  try {
    return (await stat(join(root, path))).isFile();
  } catch {
    return true;
  }
}
