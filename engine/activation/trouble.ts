/**
 * What the world does to a running engine: the store is lost, restarts, is full, or two transactions stood in each other's way. A daemon
 * opens its session anew and goes on, each time after a longer wait, until its patience ends. Errors that waiting doesn't cure (a wrong
 * password, a database that is gone, a mistake of ours) are no trouble in this sense and go on as they are.
 */
import { elapsedMs } from '../clock/clock.ts';
import { StoreError } from '../store/store-error.ts';
import { backoffMs } from './dispatch/backoff.ts';

/** Tells of no person: the server's words may quote values, so they stay in the error. */
export interface Trouble {
  /** What was stopped by it. */
  readonly where: 'control' | 'worker' | 'dispatch' | 'scales' | 'exchange';
  /** `over`: it goes on. */
  readonly state: 'retrying' | 'over';
  /** SQLSTATE, the system's code, or a StoreError's. */
  readonly code: string;
  /** Failures in a row. */
  readonly attempt: number;
  /** When it is tried again; 0 when it is over. */
  readonly retryInMs: number;
}

/** Waits between tries: from a quarter of a second to ten seconds. */
const backoff = { firstMs: 250, longestMs: 10_000, askedMaxMs: 0 };
/** After so long without one success the engine ends with the error: whoever supervises it should know. */
const patienceMs = 900_000;

const systemCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'],
  ...['EAI_AGAIN', 'ENOTFOUND'],
]);
/**
 * SQLSTATE: 08 connection, 40 rolled back for another one's sake, 53 out of disk, memory or connections, 57 stopped by the operator or
 * a timeout, 58 the server's system; 25006 a standby that took over, 55P03 a lock that wasn't given in time.
 */
const isPassing = /^(08|40|53|57|58)[0-9A-Z]{3}$|^25006$|^55P03$/;

/** The code of an error that passes with time; null for all others. */
export function troubleCode(error: unknown): string | null {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (error instanceof StoreError)
    return error.code === 'STORE_UNREACHABLE' || error.code === 'STORE_LOST' ? error.code : null;
  if (typeof code !== 'string') return null;
  return systemCodes.has(code) || isPassing.test(code) ? code : null;
}

export interface Persistence {
  readonly where: Trouble['where'];
  readonly signal: AbortSignal;
  readonly onTrouble: (trouble: Trouble) => void;
  /** Resolves after that time, or when the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** Makes ready for another try: opens what was lost. Its failures count as the work's. */
  renew(): Promise<void>;
}

/**
 * Does the work until it ends by itself, again after each trouble. The work calls `wentWell` after each piece that was done: the
 * next trouble is then a first one. Throws what isn't trouble, and trouble that outlasts the patience.
 */
export async function persist(
  { where, signal, onTrouble, pause, renew }: Persistence,
  work: (wentWell: () => void) => Promise<void>,
): Promise<void> {
  let attempt = 0;
  let beganAt = 0;
  let last = '';
  const wentWell = () => {
    if (attempt > 0) onTrouble({ where, state: 'over', code: last, attempt, retryInMs: 0 });
    attempt = 0;
  };
  while (!signal.aborted) {
    try {
      if (attempt > 0) await renew();
      return await work(wentWell);
    } catch (error) {
      const code = troubleCode(error);
      if (code === null) throw error;
      if (attempt === 0) beganAt = elapsedMs();
      else if (elapsedMs() - beganAt > patienceMs) throw error;
      attempt += 1;
      last = code;
      const retryInMs = backoffMs(process.pid, Math.min(attempt, 16), 0, backoff);
      onTrouble({ where, state: 'retrying', code, attempt, retryInMs });
      await pause(retryInMs, signal);
    }
  }
}
