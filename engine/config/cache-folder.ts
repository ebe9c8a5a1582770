/**
 * Results kept on disk under the hash of what they were made of, below `.parcours/cache`. It is only a cache: a folder that can't be
 * written, a broken file or another process at the same place cost time and nothing else, so failures are misses and not errors.
 * What is kept is decided by the callers, who keep nothing with a secret in it.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { systemClock } from '../clock/clock.ts';
import { engineKey } from './engine-key.ts';
import { machineKey } from './machine-key.ts';

/** All files together; beyond it the oldest go. */
export const cacheBytesMax = 128 * 1024 * 1024;
/** Verdicts of whole workspaces, of which each change makes one. */
export const verdictsMax = 64;
/** One file; a value that is longer isn't kept. */
export const entryBytesMax = 32 * 1024 * 1024;
/** What a process left that was killed while it wrote is removed after this time. */
const leftoverMs = 3_600_000;

export interface Cache {
  /** The value kept under the name; undefined when there is none that can be read. */
  read(name: string): unknown;
  /** Keeps a JSON value, if that is possible. */
  write(name: string, value: unknown): void;
  /** The same of a text that is parsed by others. */
  readText(name: string): string | undefined;
  writeText(name: string, text: string): void;
}

/** Digits of a name that tell whose it is: too many to be guessed. */
const ownDigits = 24;

/**
 * The cache of the workspace in `root`. What another build of the engine kept is never read, nor what wasn't kept here: a repository may
 * bring files of any name along, but not of ours, which hold a hash with a key that lies in the user's home.
 */
export function openCache(root: string, { home = homedir() } = {}): Cache {
  const folder = join(root, '.parcours', 'cache');
  const prefix = createHmac('sha256', machineKey(home, root)).update(engineKey()).digest('hex').slice(0, ownDigits);
  const pathOf = (name: string): string => join(folder, `${prefix}-${name}.json`);
  const keep = (name: string, text: string): void => {
    if (writeEntry(folder, pathOf(name), text)) evict(folder);
  };
  return {
    read: (name) => parsed(readEntry(pathOf(name))),
    write(name, value) {
      keep(name, JSON.stringify(value));
    },
    readText: (name) => readEntry(pathOf(name)),
    writeText: keep,
  };
}

/** The first line of a file is the checksum of the rest: it tells a file that was cut off or damaged. One that was forged isn't found. */
function readEntry(path: string): string | undefined {
  try {
    const bytes = readFileSync(path);
    const end = bytes.indexOf(newline);
    const content = bytes.subarray(end + 1);
    return bytes.toString('latin1', 0, Math.max(0, end)) === checksumOf(content) ? content.toString('utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** A text with the right sum that is no JSON was put there by somebody else. */
function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

const newline = 0x0a;

/** Whoever reads sees the old file or the new one, whole: the last of several writers wins, and each of their files is right. */
function writeEntry(folder: string, path: string, text: string): boolean {
  const content = Buffer.from(text, 'utf8');
  if (content.length > entryBytesMax) return false;
  const unfinished = `${path}.${randomUUID()}.tmp`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(unfinished, Buffer.concat([Buffer.from(`${checksumOf(content)}\n`), content]), { mode: 0o600 });
    renameSync(unfinished, path);
    return true;
  } catch {
    removeQuietly(unfinished);
    return false;
  }
}

/** Length and CRC-32: a fifth of the time of SHA-256, which for thousands of files is felt. */
function checksumOf(content: Buffer): string {
  return `${content.length} ${crc32(content).toString(16)}`;
}

/** Removes leftovers, verdicts beyond the newest, and the oldest files until the rest fits. */
function evict(folder: string): void {
  const now = systemClock.now().getTime();
  const files = [...listFiles(folder)].sort((a, b) => b.writtenMs - a.writtenMs);
  let bytes = 0;
  let verdicts = 0;
  for (const { path, bytes: own, writtenMs } of files) {
    bytes += own;
    if (path.includes('-verdict-')) verdicts += 1;
    const isLeftover = path.endsWith('.tmp') && now - writtenMs > leftoverMs;
    const isOld = path.includes('-verdict-') && verdicts > verdictsMax;
    if (isLeftover || isOld || bytes > cacheBytesMax) removeQuietly(path);
  }
}

function listFiles(folder: string): { readonly path: string; readonly bytes: number; readonly writtenMs: number }[] {
  try {
    return readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat?.isFile() ? [{ path, bytes: stat.size, writtenMs: stat.mtimeMs }] : [];
    });
  } catch {
    return [];
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Another time, or never: it is a cache.
  }
}
