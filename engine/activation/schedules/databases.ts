/** Asks the databases of sources of type `postgres`, each as often as it says. Reading rows is the business of `profiles`. */
import type { SecretLookup } from '../../channels/secrets.ts';
import type { Clock } from '../../clock/clock.ts';
import { ImportError } from '../../profiles/import-error.ts';
import { pullSource } from '../../profiles/pulls/pull-source.ts';
import { selectPulls } from '../../profiles/pulls/queries.ts';
import type { OwnSession } from '../../store/session.ts';
import { addExactly } from '../journeys/moments.ts';
import type { Running } from '../running.ts';

export interface DatabaseKeeper {
  /** Asks whom it is time to ask; returns the facts that came of it. `isEnding`: asked between batches. */
  look(running: Running, isEnding?: () => boolean): Promise<number>;
  renew(): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly open: () => Promise<OwnSession>;
  readonly clock: Clock;
  readonly secret: SecretLookup;
}

/** Opens its session when there is somebody to ask. A database that can't be asked is asked again when it is time; why is noted with the source. */
export function databaseKeeper({ open, clock, secret }: DatabaseOptions): DatabaseKeeper {
  let session: OwnSession | null = null;
  return {
    async look({ program }, isEnding) {
      const sources = [...program.sources].flatMap(([id, body]) =>
        body.database === undefined ? [] : [{ sourceId: id, source: body, database: body.database }],
      );
      if (sources.length === 0) return 0;
      session ??= await open();
      const own = session;
      const asked = new Map((await selectPulls(own)).map((one) => [one.source, one.began_at]));
      let facts = 0;
      for (const one of sources) {
        if (isEnding?.() === true) break;
        const last = asked.get(one.sourceId);
        if (last !== undefined && addExactly(last, one.database.every) > clock.now()) continue;
        const request = {
          session: own,
          ...one,
          declared: program,
          secret,
          clock,
          trigger: true,
          ...(isEnding && { isEnding }),
        };
        facts += (await pullSource(request).catch(noted))?.facts ?? 0;
      }
      return facts;
    },
    async renew() {
      void session?.close().catch(() => {});
      session = null;
    },
    async close() {
      await session?.close().catch(() => {});
    },
  };
}

/** What is wrong with the other side is noted already, and holds nobody up. */
function noted(error: unknown): null {
  if (error instanceof ImportError) return null;
  throw error;
}
