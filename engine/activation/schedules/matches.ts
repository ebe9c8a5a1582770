/**
 * Looks through everybody for people who are alike, as often as the keys of the identity document say, in a session of its own: it reads the
 * whole base. When a key was looked at last stands in the store, so of several processes one does it. Comparing is the business of `profiles`.
 */
import { type Clock, elapsedMs } from '../../clock/clock.ts';
import type { IdentityBody, MatchKey } from '../../compiler/ir.ts';
import { matchPeople } from '../../profiles/identity/match/match-people.ts';
import { claimMatch } from '../../profiles/identity/match/queries.ts';
import type { OwnSession } from '../../store/session.ts';
import { addExactly } from '../journeys/moments.ts';

const lookEveryMs = 60_000;

export interface MatchKeeper {
  /** Looks by the keys whose time has come; returns the pairs that were told. */
  look(running: { readonly program: { readonly identity: IdentityBody | null } }): Promise<number>;
  renew(): Promise<void>;
  close(): Promise<void>;
}

export interface MatchKeeperOptions {
  readonly open: () => Promise<OwnSession>;
  readonly clock: Clock;
  /** How often the store is asked whether it is time, in milliseconds of the host. Default: a minute. */
  readonly everyMs?: number;
}

/** Opens its session when there is a key with a time. */
export function matchKeeper({ open, clock, everyMs = lookEveryMs }: MatchKeeperOptions): MatchKeeper {
  let session: OwnSession | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return {
    async look({ program: { identity } }) {
      const timed = (identity?.match ?? []).filter((key) => key.every !== undefined);
      if (identity === null || timed.length === 0 || elapsedMs() - lookedAt < everyMs) return 0;
      lookedAt = elapsedMs();
      session ??= await open();
      const now = clock.now();
      const due: MatchKey[] = [];
      for (const key of timed) if (await claimMatch(session, key.id, now, dueBefore(key, now))) due.push(key);
      const done = due.length === 0 ? [] : await matchPeople(session, { identity: { ...identity, match: due }, now });
      return done.reduce((sum, { told }) => sum + told, 0);
    },
    async renew() {
      void session?.close().catch(() => {});
      session = null;
      lookedAt = Number.NEGATIVE_INFINITY;
    },
    async close() {
      await session?.close().catch(() => {});
    },
  };
}

/** A key that was looked at by then is due. */
function dueBefore({ every }: MatchKey, now: Date): Date {
  const { months, days, ms } = every ?? { months: 0, days: 0, ms: 0 };
  return addExactly(now, { months: -months, days: -days, ms: -ms });
}
