/**
 * The lock under which an embedded server is initialised, started and stopped: a file that names its holder. It keeps starts in
 * order; should two processes both judge a dead holder's file to be stale, PostgreSQL's own lock on its data still lets one server live.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { elapsedMs, systemClock } from '../clock/clock.ts';
import { codeOf } from './embedded-place.ts';
import { isAlive } from './postmaster.ts';
import { StoreError } from './store-error.ts';

/** A start is bounded by pg_ctl's own 60 s: an older file was left by a killed process whose number was given again. */
const staleAfterMs = 180_000;
const waitMaxMs = 200_000;
const pollMs = 20;

/** Does the work while holding the file. Errors: STORE_LOCKED, naming the holder, when it isn't released in time. */
export async function withStartLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const began = elapsedMs();
  while (!tryLock(file)) {
    if (elapsedMs() - began > waitMaxMs)
      throw new StoreError(
        'STORE_LOCKED',
        `Process ${holderOf(file) ?? '?'} is starting or stopping the store (${file}).`,
      );
    breakStale(file);
    await delay(pollMs);
  }
  try {
    return await work();
  } finally {
    if (holderOf(file) === process.pid) rmSync(file, { force: true });
  }
}

function tryLock(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function breakStale(file: string): void {
  try {
    const holder = holderOf(file);
    const ageMs = systemClock.now().getTime() - statSync(file).mtimeMs;
    // An empty file is one that is just being written.
    const isStale = ageMs > staleAfterMs || (holder === null ? ageMs > 1_000 : !isAlive(holder));
    if (!isStale) return;
    // Of several that find it stale one renames it.
    const away = `${file}.${process.pid}`;
    renameSync(file, away);
    rmSync(away, { force: true });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function holderOf(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8')) || null;
  } catch {
    return null;
  }
}
