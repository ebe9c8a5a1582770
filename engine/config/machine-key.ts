/**
 * A key that only this user of this machine has. It names what is kept on disk, so that nothing is believed that came with a repository: who
 * writes a branch can't know the names. It guards against files from elsewhere, not against who can read the user's own.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';

const keyForm = /^[0-9a-f]{64}$/;

/** By path; of a key that can't be kept, that of this process. */
const known = new Map<string, string>();

/**
 * The key in the user's home, made when it is first asked for; 64 hex digits. Where it can't be kept (no home, a home inside the
 * workspace, whose files are anybody's), a key that ends with the process: then nothing that others kept is read.
 */
export function machineKey(home: string, workspace: string): string {
  const path = join(resolve(home), '.local', 'state', 'parcours', 'cache-key');
  const name = isInside(path, resolve(workspace)) ? '' : path;
  const found = known.get(name) ?? (name === '' ? null : keptKey(path)) ?? randomBytes(32).toString('hex');
  known.set(name, found);
  return found;
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function keptKey(path: string): string | null {
  return readKey(path) ?? writeKey(path) ?? readKey(path);
}

/** Null: there is none, or others could have written it. */
function readKey(path: string): string | null {
  try {
    const { mode, uid } = statSync(path);
    const isOwn = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
    const text = isOwn ? readFileSync(path, 'utf8').trim() : '';
    return keyForm.test(text) ? text : null;
  } catch {
    return null;
  }
}

/** Null: somebody else made it meanwhile, or it can't be written. */
function writeKey(path: string): string | null {
  const made = randomBytes(32).toString('hex');
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${made}\n`, { mode: 0o600, flag: 'wx' });
    return made;
  } catch {
    return null;
  }
}
