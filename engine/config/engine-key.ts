/**
 * What this build of the engine is, as a hash: whatever can change the meaning of a file changes it. Sources are known by their sizes
 * and times, which is enough to tell one build from the next and takes a few milliseconds.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The rooms that make a bundle of files. */
const rooms = ['diagnostics', 'config', 'compiler'];
/** The packages whose answers go into reports and bundles. */
const packages = ['yaml', 'ajv', 'handlebars', 'node-cron'];

let key: string | undefined;

/** SHA-256, hex; the same for all processes of one installation. */
export function engineKey(): string {
  key ??= makeKey();
  return key;
}

function makeKey(): string {
  const hash = createHash('sha256').update(process.version);
  // The same way up from engine/config and from dist/config.
  const engine = fileURLToPath(new URL('../', import.meta.url));
  const top = fileURLToPath(new URL('../../', import.meta.url));
  hash.update(readFileSync(join(top, 'package.json')));
  const folders = [...rooms.map((room) => join(engine, room)), join(top, 'schemas')];
  for (const path of folders.flatMap(codeBelow)) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\0`);
  }
  for (const name of packages) hash.update(`${name}\0${versionOf(name)}\0`);
  return hash.digest('hex');
}

function codeBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:js|ts|json)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function versionOf(name: string): string {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version;
  } catch {
    // A package that doesn't show its manifest is known by the engine's own, which names its version.
    return '';
  }
}
