/** The daemon's look for drift: beside the run, on a session of its own, each so often. What drift is, `reconcile/history/drift.ts` says. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../clock/clock.ts';
import { type DriftFinding, readDrift } from '../reconcile/history/drift.ts';
import { saveDriftCheck } from '../reconcile/history/queries.ts';
import type { Store } from '../store/store.ts';

export interface DriftWatch {
  stop(): Promise<void>;
}

export interface DriftWatchOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** 0: never. */
  readonly everyMs: number;
  /** Called when what drifts is another than at the look before; with nothing when it is over. */
  found(findings: readonly DriftFinding[]): void;
}

/** Looks at once and then each so often, until it is stopped. A look that fails is left out: the run itself tells of a lost store. */
export function watchDrift({ store, clock, everyMs, found }: DriftWatchOptions): DriftWatch {
  const stopping = new AbortController();
  const { signal } = stopping;
  let known = '';
  const look = async (): Promise<void> => {
    const findings = await lookOnce(store, clock);
    const name = findings.map((one) => `${one.sort} ${one.resource} ${one.at}`).join('\n');
    if (name !== known) found(findings);
    known = name;
  };
  const ended = (async () => {
    while (everyMs > 0 && !signal.aborted) {
      await look().catch(() => {});
      await wait(everyMs, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/** Looks, and keeps what was found for `status`. */
export function lookOnce(store: Store, clock: Clock): Promise<readonly DriftFinding[]> {
  return store.withSession(async (session) => {
    const findings = (await readDrift(session))?.findings ?? [];
    await saveDriftCheck(session, clock.now(), findings);
    return findings;
  });
}
