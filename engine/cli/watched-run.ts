/** A run that goes on until it is stopped, and what tells of it meanwhile: words or a log on standard error, and the HTTP server. */
import type { Observation } from '../activation/observer.ts';
import type { Trouble } from '../activation/trouble.ts';
import type { DriftFinding } from '../reconcile/history/drift.ts';
import type { ListenAddress, WatchServer } from '../server/watch-server.ts';
import type { Store } from '../store/store.ts';
import type { Context } from './context.ts';
import { driftLine } from './views/drift-view.ts';
import { troubleLine } from './views/trouble-view.ts';
import { watchDrift } from './watch-drift.ts';
import { watchFilling } from './watch-filling.ts';

export interface WatchedRun {
  readonly store: Store;
  readonly workers: number;
  /** Null: no server. */
  readonly listen: ListenAddress | null;
  readonly lateMs: number;
  /** The log as lines of JSON; else the words for a terminal. */
  readonly isJson: boolean;
  /** How often to look for drift; 0: never. */
  readonly driftEveryMs: number;
}

/** Who is told of a run. */
interface Teller {
  observe(one: Observation): void;
  trouble(one: Trouble): void;
  started(listen: string | null): void;
  ended(code: string | null): void;
  drift(findings: readonly DriftFinding[]): void;
}

/** Runs until SIGTERM or SIGINT. Errors: those of the engine, and of the system where the address can't be had. */
export async function watchedRun(context: Context, run: WatchedRun): Promise<void> {
  const { createEngine } = await import('../activation/engine.ts');
  const { store, workers } = run;
  const teller = await tellerOf(context, run);
  const server = await serverOf(context, run);
  const engine = createEngine({
    ...{ store, workers, clock: context.clock, root: context.root, env: context.env },
    observe(one) {
      teller.observe(one);
      server?.observe(one);
    },
    onTrouble(one) {
      teller.trouble(one);
      server?.trouble(one);
    },
  });
  const filling = run.isJson ? null : watchFilling(store, context.output);
  const drift = watchDrift({ store, clock: context.clock, everyMs: run.driftEveryMs, found: teller.drift });
  try {
    const signal = context.stopSignal();
    teller.started(server === null ? null : addressWords(server.address));
    await engine.runDaemon(signal);
    teller.ended(null);
  } catch (error) {
    const code = (error as { readonly code?: unknown } | null)?.code;
    teller.ended(typeof code === 'string' ? code : 'INTERNAL');
    throw error;
  } finally {
    await drift.stop();
    await filling?.stop();
    await server?.close();
  }
}

async function tellerOf({ clock, output }: Context, { isJson, workers }: WatchedRun): Promise<Teller> {
  if (!isJson) {
    const words = (listen: string | null) =>
      `Running; SIGTERM or Ctrl-C ends it gracefully.\n${listen === null ? '' : `Watched at ${listen}: /healthz, /readyz, /metrics.\n`}`;
    return {
      observe: () => {},
      trouble: (trouble) => output.note(troubleLine(trouble)),
      started: (listen) => output.note(words(listen)),
      ended: () => {},
      drift: (findings) => output.note(driftLine(findings)),
    };
  }
  const { createRunLog } = await import('../server/run-log.ts');
  const log = createRunLog(clock, output.note);
  return { ...log, started: (listen) => log.started({ workers, listen }) };
}

async function serverOf({ clock }: Context, { store, listen, lateMs }: WatchedRun): Promise<WatchServer | null> {
  if (listen === null) return null;
  const { openWatchServer } = await import('../server/watch-server.ts');
  return await openWatchServer({ store, clock, listen, lateMs });
}

function addressWords({ host, port }: ListenAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
