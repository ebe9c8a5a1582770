/**
 * The engine as JavaScript, for tests that start it as a process: one from `dist` starts in a quarter of the time of one from the
 * sources. It is built here only when a source is newer; `npm test` has built it before. Types are `npm run check`'s.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const sources = join(repository, 'engine');
const dist = join(repository, 'dist');
const main = join(dist, 'cli/main.js');

let building: Promise<void> | undefined;

/** The path of a built file (`cli/main.js`), which is as the sources are. */
export async function builtFile(path: string): Promise<string> {
  building ??= build();
  await building;
  return join(dist, path);
}

async function build(): Promise<void> {
  const newest = Math.max(...filesBelow(sources).map((path) => statSync(join(sources, path)).mtimeMs));
  const built = statSync(main, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > newest) return;
  mkdirSync(join(repository, '.parcours'), { recursive: true });
  const made = mkdtempSync(join(repository, '.parcours/dist-'));
  try {
    await compileInto(made);
    for (const path of filesBelow(made)) replace(join(made, path), join(dist, path));
    // What was saved meanwhile is newer than this.
    utimesSync(main, new Date(newest + 1), new Date(newest + 1));
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** Sources whose types are wrong give a program all the same. Errors: it can't be read as TypeScript at all. */
async function compileInto(folder: string): Promise<void> {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const args = [tsc, '-p', join(repository, 'tsconfig.build.json'), '--noCheck', '--outDir', folder];
  await promisify(execFile)(process.execPath, args);
}

/** At once, and only what differs: a process that another run started may be reading there. */
function replace(from: string, to: string): void {
  const isSame = statSync(to, { throwIfNoEntry: false })?.isFile() && readFileSync(to).equals(readFileSync(from));
  if (isSame) return;
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
