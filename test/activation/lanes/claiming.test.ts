/** Which lanes a worker that works alone takes of those that it claimed with its look. */
import { expect, it } from 'vitest';
import { claimDue, sidesOf } from '../../../engine/activation/lanes/claiming.ts';
import type { ClaimedLane } from '../../../engine/activation/lanes/queries.ts';
import type { Session } from '../../../engine/store/session.ts';

const t = new Date('2026-03-02T10:00:00Z');
const before = new Date('2026-03-02T09:45:00Z');
const lane = (number: number, last_t: Date | null): ClaimedLane => ({
  lane: number,
  revision: 1,
  last_t,
  wake_at: null,
});
const around = {
  ...{ live: 1, due: [3], behind: [4], behindAt: [0], waiting: 2, isPast: false, upTo: 0, pauses: [], isWhole: true },
  fresh: [
    { lane: 1, first: 10, last: 10 },
    { lane: 2, first: 11, last: 11 },
  ],
};
const claimed = [lane(0, t), lane(1, before), lane(2, t), lane(3, null), lane(4, before)];
/** What was claimed with the look is enough: nothing is asked. */
const session: Session = { query: () => Promise.reject(new Error('nothing is asked')) };
const take = async (how: { readonly limit: number; readonly isEachOnce?: boolean }) => {
  const seen = {
    t,
    around: { ...around, claimed },
    sides: sidesOf(around),
    limitBehind: 1,
    first: 'ready',
    ...how,
  } as const;
  const taken = await claimDue({ session, takes: 'everything' }, seen);
  return { lanes: taken.claimed.map((one) => one.lane), isAllDue: taken.isAllDue };
};

it('those in which nothing was found that it had not seen are left', async () => {
  expect(await take({ limit: 10 })).toEqual({ lanes: [1, 2, 3, 4], isAllDue: true });
  expect(await take({ limit: 2 })).toEqual({ lanes: [1, 2], isAllDue: false });
});

it('those that were handled at this time are left where each is handled once', async () => {
  expect(await take({ limit: 10, isEachOnce: true })).toEqual({ lanes: [1, 3, 4], isAllDue: true });
});
