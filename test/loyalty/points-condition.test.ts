/** Points and tiers in conditions: read by SQL they are what the ledger gives in memory, whether or not what time brought was booked. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BundleResource, Condition } from '../../engine/compiler/ir.ts';
import { link, type Program } from '../../engine/compiler/program.ts';
import { forPeople, pairsOverPeople } from '../../engine/compiler/program-sql.ts';
import type { Member, Piece } from '../../engine/loyalty/ledger/account.ts';
import { memberRows, openRows } from '../../engine/loyalty/ledger/rows/queries.ts';
import { availableAt } from '../../engine/loyalty/ledger/settle.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { writeTogether } from '../../engine/store/together.ts';
import { bundleOf } from '../compiler/project-of.ts';
import { proofSize } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { hour, newMember } from './account-player.ts';

const house = `kind: workspace
id: house
zone: UTC
currency: EUR
locale: en
---
kind: schema
id: shop
events: { order_placed: { order_id: id } }
---
kind: loyalty
id: club
objective: basket
issuer: house
earn: [{ id: order, lever: spend, when: { event: order_placed }, points: 10 }]
tiers: [{ id: bronze, from: 0 }, { id: silver, from: 100 }, { id: gold, from: 200 }]
`;
let store: TestStore;
let session: OwnSession;
let program: Program;
let last = 0;
const t0 = Date.UTC(2026, 0, 1);

beforeAll(async () => {
  store = await testStore();
  session = await store.session();
  program = link(1, bundleOf(house).resources as readonly BundleResource[]);
});
afterAll(async () => {
  await session.close();
  await store.drop();
});

async function put(member: Member, tier: string | null = null): Promise<{ lane: number; profileId: number }> {
  last += 1;
  const who = { lane: 1, profileId: last, program: 'club' };
  await session.query('insert into parcours.profile (lane, profile_id, created_at) values ($1, $2, now())', [1, last]);
  const { debt, pieces } = member;
  const none = { tierSince: null, tierUntil: null, tierFalls: null, seenAt: null, nextChange: null };
  await writeTogether(session, [
    ...memberRows([{ ...who, ...none, isNew: true, holderId: last, debt, tier }]),
    ...openRows(pieces.map((piece) => ({ ...who, ...piece, isKnown: false, piece }))),
  ]);
  return who;
}

async function pairOf(condition: Condition, { lane, profileId }: { lane: number; profileId: number }, at: number) {
  const { text, values } = forPeople(pairsOverPeople(program, [condition]), new Date(at), {
    lanes: [lane],
    profiles: [profileId],
  });
  const [row] = await session.query<{ h0: boolean; n0: Date | null }>(text, values);
  return { holds: row?.h0 === true, next: row?.n0?.getTime() ?? Number.POSITIVE_INFINITY };
}

const hours = fc.integer({ min: 0, max: 20 });
const piece = fc
  .record({
    lotId: fc.integer({ min: 1, max: 9 }),
    holdId: fc.integer({ min: 0, max: 2 }),
    remaining: fc.integer({ min: 1, max: 50 }),
    active: hours,
    lives: fc.option(hours),
  })
  .map(({ lotId, holdId, remaining, active, lives }): Piece => {
    // All parts of a hold end together.
    const activeAt = t0 + (holdId === 0 ? active : 6 * holdId) * hour;
    const expiresAt = lives === null ? null : (holdId === 0 ? activeAt + hour : t0) + lives * hour;
    return { lotId, holdId, account: holdId === 0 ? 'pending' : 'held', remaining, activeAt, expiresAt };
  });
const account = fc.tuple(
  fc.uniqueArray(piece, { maxLength: 6, selector: ({ lotId, holdId }) => `${lotId} ${holdId}` }),
  fc.integer({ min: 0, max: 60 }),
);

it('points that can be spent are those that the ledger gives at that time, and change no sooner than told', async () => {
  await fc.assert(
    fc.asyncProperty(
      account,
      hours,
      hours,
      fc.integer({ min: 0, max: 120 }),
      async ([pieces, debt], look, later, least) => {
        // Who owes has nothing that is free.
        const kept = debt === 0 ? pieces : pieces.filter(({ holdId }) => holdId > 0);
        const member: Member = { ...newMember(), debt, pieces: kept.map((one) => ({ ...one })) };
        const who = await put(member);
        const condition: Condition = {
          kind: 'points',
          program: 'club',
          expiring: null,
          test: { op: 'gte', value: least },
        };
        const [at, then] = [t0 + look * hour, t0 + (look + later) * hour];
        const now = await pairOf(condition, who, at);
        expect(now.holds).toBe(availableAt(member, at) >= least);
        expect(now.next).toBeGreaterThan(at);
        if (then < now.next) expect(availableAt(member, then) >= least).toBe(now.holds);
      },
    ),
    { numRuns: proofSize(3_000), seed: 8 },
  );
});

it('points that are about to be lost are those usable ones that expire within the time', async () => {
  const lot = (lotId: number, remaining: number, expires: number | null): Piece => ({
    ...{ lotId, holdId: 0, account: 'active', remaining, activeAt: t0 },
    expiresAt: expires === null ? null : t0 + expires * hour,
  });
  const who = await put({ ...newMember(), pieces: [lot(1, 10, 5), lot(2, 20, 30), lot(3, 40, null)] });
  const soon = (value: number): Condition => ({
    kind: 'points',
    program: 'club',
    expiring: { months: 0, days: 1, ms: 0 },
    test: { op: 'is', value },
  });
  expect(await pairOf(soon(10), who, t0)).toEqual({ holds: true, next: t0 + 5 * hour });
  expect(await pairOf(soon(0), who, t0 + 5 * hour)).toEqual({ holds: true, next: t0 + 6 * hour });
  expect(await pairOf(soon(20), who, t0 + 6 * hour)).toEqual({ holds: true, next: t0 + 30 * hour });
});

it('the first tier is of whoever has none higher, with or without an account', async () => {
  const silver = await put(newMember(), 'silver');
  const plain = await put(newMember());
  last += 1;
  await session.query('insert into parcours.profile (lane, profile_id, created_at) values ($1, $2, now())', [1, last]);
  const nobody = { lane: 1, profileId: last };
  const holds = async (op: 'is' | 'at_least', tier: string, who: { lane: number; profileId: number }) =>
    (await pairOf({ kind: 'tier', program: 'club', op, tier }, who, t0)).holds;
  expect(await Promise.all([silver, plain, nobody].map((who) => holds('is', 'bronze', who)))).toEqual([
    false,
    true,
    true,
  ]);
  expect(await Promise.all([silver, plain, nobody].map((who) => holds('at_least', 'bronze', who)))).toEqual([
    true,
    true,
    true,
  ]);
  expect(await Promise.all([silver, plain, nobody].map((who) => holds('at_least', 'silver', who)))).toEqual([
    true,
    false,
    false,
  ]);
  expect(await holds('is', 'gold', silver)).toBe(false);
});
