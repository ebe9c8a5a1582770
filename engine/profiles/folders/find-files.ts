/** The files that a source's `path` names: `*` stands for any part of a name. Links that lead out of the workspace aren't followed. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

export interface FoundFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: Date;
}

/** Files of one look; more are found when these are done. */
const filesMax = 10_000;

/** Sorted by path. A folder that isn't there has none. */
export async function findFiles(root: string, pattern: string): Promise<readonly FoundFile[]> {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  const paths = await expand(root, '', parts);
  const inside = `${await realpath(root)}${sep}`;
  const found: FoundFile[] = [];
  for (const path of [...paths].sort().slice(0, filesMax)) {
    const real = await realpath(join(root, path)).catch(() => null);
    if (real === null || !real.startsWith(inside)) continue;
    const about = await stat(real).catch(() => null);
    if (about?.isFile()) found.push({ path, size: about.size, modifiedAt: new Date(Math.floor(about.mtimeMs)) });
  }
  return found;
}

async function expand(root: string, base: string, [part, ...rest]: readonly string[]): Promise<readonly string[]> {
  if (part === undefined) return base === '' ? [] : [base];
  const under = (name: string) => (base === '' ? name : `${base}/${name}`);
  if (!part.includes('*')) return await expand(root, under(part), rest);
  const names = await readdir(join(root, base), { withFileTypes: true }).catch((): Dirent[] => []);
  const pattern = new RegExp(`^${part.split('*').map(escaped).join('[^/]*')}$`);
  // Names that begin with a dot are of files that aren't done, or of systems.
  const fitting = names.map(({ name }) => name).filter((name) => pattern.test(name) && !name.startsWith('.'));
  return (await Promise.all(fitting.map((name) => expand(root, under(name), rest)))).flat();
}

function escaped(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
