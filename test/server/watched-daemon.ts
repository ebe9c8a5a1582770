/** A daemon in this process as `parcours run --listen` makes one: with a server that is told of it, and a log. */
import { createEngine } from '../../engine/activation/engine.ts';
import type { Observation } from '../../engine/activation/observer.ts';
import { type Clock, systemClock } from '../../engine/clock/clock.ts';
import { createRunLog } from '../../engine/server/run-log.ts';
import { openWatchServer } from '../../engine/server/watch-server.ts';
import type { FaultStore } from '../faults/fault-store.ts';

export interface WatchedDaemon {
  readonly lines: readonly string[];
  readonly observed: readonly Observation[];
  /** The log, parsed. */
  events(): readonly Readonly<Record<string, unknown>>[];
  get(
    path: string,
    method?: string,
  ): Promise<{ readonly status: number; readonly text: string; readonly type: string }>;
  stop(): Promise<void>;
}

export async function watchedDaemon(
  fault: FaultStore,
  { clock = systemClock, lateMs = 300_000 }: { readonly clock?: Clock; readonly lateMs?: number } = {},
): Promise<WatchedDaemon> {
  const lines: string[] = [];
  const observed: Observation[] = [];
  const log = createRunLog(clock, (line) => lines.push(line));
  const server = await openWatchServer({ store: fault.store, clock, listen: { host: '127.0.0.1', port: 0 }, lateMs });
  const stopping = new AbortController();
  const engine = createEngine({
    ...{ store: fault.store, clock, root: fault.root, workers: 2, env: {} },
    observe(one) {
      observed.push(one);
      log.observe(one);
      server.observe(one);
    },
    onTrouble(one) {
      log.trouble(one);
      server.trouble(one);
    },
  });
  const ended = engine.runDaemon(stopping.signal);
  ended.catch(() => {});
  return {
    lines,
    observed,
    events: () => lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
    async get(path, method = 'GET') {
      const response = await fetch(`http://127.0.0.1:${server.address.port}${path}`, { method });
      return { status: response.status, text: await response.text(), type: response.headers.get('content-type') ?? '' };
    },
    async stop() {
      stopping.abort();
      await ended.catch(() => {});
      await server.close();
    },
  };
}
