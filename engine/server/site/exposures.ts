/**
 * What people saw on a site, and what they would have seen if they weren't held out. Requests don't wait for it: it is gathered, and written in
 * one transaction whenever the last one is through. A server that is killed loses what it gathered in that moment.
 */
import { tellFeedback } from '../../activation/messages/providers/tell-feedback.ts';
import { type Exposed, noteExposures } from '../../activation/placing/queries.ts';
import { appendFacts, notifyInbox } from '../../profiles/queries.ts';
import type { OwnSession } from '../../store/session.ts';
import type { OnFailure } from '../serve-error.ts';
import type { SessionPool } from '../session-pool.ts';

export interface Exposure {
  readonly lane: number;
  readonly profileId: number;
  readonly slot: string;
  readonly at: Date;
  readonly what:
    | { readonly kind: 'message'; readonly messageId: number; readonly channel: string }
    /** He would have been shown something of the journey. `n`: of his enrollment, with its key. */
    | {
        readonly kind: 'held';
        readonly journey: string;
        readonly key: string;
        readonly n: number;
        readonly group: string;
      };
}

export interface Exposures {
  add(exposure: Exposure): void;
  /** Writes what is gathered, and takes nothing more. */
  close(): Promise<void>;
}

/** People and things that are gathered; beyond it what is shown is no longer counted. */
const gatheredMax = 50_000;
/** Rows of one transaction. */
const batchMax = 1_000;

export function exposures(sessions: SessionPool, onFailure: OnFailure = () => {}): Exposures {
  let gathered = new Map<string, { readonly first: Exposure; times: number; lastAt: Date }>();
  let writing: Promise<void> | null = null;
  let isClosed = false;

  function start(): void {
    writing ??= write()
      .catch((error: unknown) => onFailure({ code: 'exposures_lost', route: '/v1/decide', error }))
      .finally(() => {
        writing = null;
        if (gathered.size > 0) start();
      });
  }

  async function write(): Promise<void> {
    const all = [...gathered.values()];
    gathered = new Map();
    for (let from = 0; from < all.length; from += batchMax) {
      const batch = all.slice(from, from + batchMax);
      await sessions.run((session) => writeBatch(session, batch));
    }
  }

  return {
    add(exposure) {
      const key = `${exposure.profileId} ${whatOf(exposure)}`;
      const known = gathered.get(key);
      if (known !== undefined) {
        known.times += 1;
        known.lastAt = exposure.at;
      } else if (gathered.size < gatheredMax && !isClosed) {
        gathered.set(key, { first: exposure, times: 1, lastAt: exposure.at });
        // What comes in the same turn of the loop goes along.
        setImmediate(start);
      }
    },
    async close() {
      isClosed = true;
      if (gathered.size > 0) start();
      while (writing !== null) await writing;
    },
  };
}

function whatOf({ what }: Exposure): string {
  return what.kind === 'message' ? String(what.messageId) : `holdout ${what.journey} ${what.n} ${what.key}`.trimEnd();
}

interface Gathered {
  readonly first: Exposure;
  readonly times: number;
  readonly lastAt: Date;
}

/** The first time that something is shown is told to its person's lane: a message is seen, and content was withheld. */
async function writeBatch(session: OwnSession, batch: readonly Gathered[]): Promise<void> {
  const byKey = new Map(batch.map((one) => [`${one.first.profileId} ${whatOf(one.first)}`, one.first]));
  const isTold = await session.transaction(async (tx) => {
    const rows = batch.map(({ first, times, lastAt }): Exposed => {
      const { lane, profileId, slot } = first;
      return { lane, profileId, slot, times, lastAt, what: whatOf(first) };
    });
    const fresh = (await noteExposures(tx, rows)).flatMap((row) => byKey.get(`${row.profile_id} ${row.what}`) ?? []);
    const seen = fresh.flatMap(({ lane, profileId, at, what }) =>
      what.kind === 'message'
        ? [
            {
              token: '',
              state: 'seen' as const,
              at,
              message: { lane, profileId, messageId: what.messageId, channel: what.channel },
            },
          ]
        : [],
    );
    if (seen.length > 0) await tellFeedback(tx, seen);
    const withheld = fresh.filter(({ what }) => what.kind === 'held');
    if (withheld.length > 0) await appendFacts(tx, factsOf(withheld));
    return fresh.length > 0;
  });
  if (isTold) await notifyInbox(session);
}

function factsOf(withheld: readonly Exposure[]) {
  return {
    places: withheld.map(({ lane, profileId }) => ({ lane, profileId })),
    classes: withheld.map(() => 1),
    visibleAt: withheld.map(({ at }) => at.getTime()),
    bodies: withheld.map(({ at, slot, what }) => {
      const { journey = '', group = '' } = what.kind === 'held' ? what : {};
      return JSON.stringify({
        ...{ at: at.getTime(), received: at.getTime(), source: 'parcours', trigger: true },
        event: { type: 'content_withheld', value: null, unit: null, properties: { slot, journey, group } },
      });
    }),
  };
}
