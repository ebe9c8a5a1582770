/** The ledger in the store: what is written is what was meant, nothing is changed afterwards, and races sell nothing twice. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bookPostings } from '../../engine/loyalty/ledger/book-postings.ts';
import type { ProgrammeTerms } from '../../engine/loyalty/ledger/keep-tiers.ts';
import type { Posting } from '../../engine/loyalty/ledger/postings.ts';
import { readEarned, readSpent } from '../../engine/loyalty/ledger/queries.ts';
import { carryOut } from '../../engine/loyalty/post-command.ts';
import { spentOf } from '../../engine/loyalty/spent.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { proofSize } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 1);
const terms = (): ProgrammeTerms => ({ tiers: [], notice: null });
let person = 0;
let store: TestStore;
let session: OwnSession;

beforeAll(async () => {
  store = await testStore();
  session = await store.session();
});
afterAll(async () => {
  await session.close();
  await store.drop();
});
beforeEach(() => {
  person += 1;
});

const who = (profileId = person) => ({ lane: profileId % 1024, profileId, program: 'club' });
const earning = (points: number, more: Partial<Extract<Posting, { kind: 'earn' }>> = {}): Posting => ({
  ...{ kind: 'earn', key: `e${Math.random()}`, digest: 'd', points, at: start, activeAt: start, expiresAt: null },
  ...{ source: 'order', issuer: 'house', match: null },
  ...more,
});
const redeeming = (points: number, key = `r${Math.random()}`): Posting => ({
  kind: 'redeem',
  key,
  digest: `${points}`,
  points,
  source: 'reward',
});

async function booked(posting: Posting, at = start, profileId = person) {
  const t = new Date(at);
  return await session.transaction(async (inside) => {
    const { answers, written } = await bookPostings(inside, { t, terms, postings: [{ ...who(profileId), posting }] });
    await written;
    return answers[0];
  });
}

/** What entries, lots and the projections say of an account. */
async function account(profileId = person) {
  const { lane, program } = who(profileId);
  const [row] = await session.query<Record<string, number>>(
    `select m.debt,
       (select coalesce(sum(o.remaining), 0) from parcours.ledger_open o where o.lane = m.lane and o.profile_id = m.profile_id and o.hold_id = 0)::bigint as open,
       (select coalesce(sum(o.remaining), 0) from parcours.ledger_open o where o.lane = m.lane and o.profile_id = m.profile_id and o.hold_id > 0)::bigint as held,
       (select coalesce(sum(v.amount), 0) from parcours.ledger_lot_move v where v.lane = m.lane and v.holder_id = m.holder_id)::bigint as lots,
       (select coalesce(sum(case when e.credit in ('pending', 'active') then e.amount else 0 end - case when e.debit in ('pending', 'active') then e.amount else 0 end), 0)
          from parcours.ledger_entry e where e.lane = m.lane and e.holder_id = m.holder_id)::bigint as entries,
       (select coalesce(sum(case when e.credit = 'held' then e.amount else 0 end - case when e.debit = 'held' then e.amount else 0 end), 0)
          from parcours.ledger_entry e where e.lane = m.lane and e.holder_id = m.holder_id)::bigint as held_entries,
       (select coalesce(sum(case when e.debit = 'debt' then e.amount else 0 end - case when e.credit = 'debt' then e.amount else 0 end), 0)
          from parcours.ledger_entry e where e.lane = m.lane and e.holder_id = m.holder_id)::bigint as owed
     from parcours.ledger_member m where m.lane = $1 and m.profile_id = $2 and m.program = $3`,
    [lane, profileId, program],
  );
  return row;
}

describe('a posting', () => {
  it('is booked once under its key; another body under it is a conflict', async () => {
    const one = earning(10, { key: 'k', digest: 'a' });
    expect(await booked(one)).toMatchObject({ status: 'booked' });
    expect(await booked(one)).toMatchObject({ status: 'repeated', points: 10 });
    expect(await booked(earning(10, { key: 'k', digest: 'b' }))).toMatchObject({ status: 'conflict' });
    expect(await account()).toMatchObject({ open: 10, entries: 10 });
  });

  it('is booked once though it stands twice in one set', async () => {
    const t = new Date(start);
    const postings = [earning(10, { key: 'k' }), earning(10, { key: 'k' })].map((posting) => ({ ...who(), posting }));
    const { answers } = await bookPostings(session, { t, terms, postings });
    expect(answers.map(({ status }) => status)).toEqual(['booked', 'repeated']);
  });

  it('of one member touches nobody else', async () => {
    await booked(earning(10));
    await booked(earning(5), start, person + 50_000);
    await booked(redeeming(10));
    expect(await account(person + 50_000)).toMatchObject({ open: 5, entries: 5 });
  });

  it.each(['ledger_txn', 'ledger_entry', 'ledger_lot', 'ledger_lot_move', 'ledger_key'])(
    'in %s is never changed nor deleted',
    async (table) => {
      await booked(earning(10));
      await expect(session.query(`delete from parcours.${table}`)).rejects.toThrow(/append-only/);
      await expect(session.query(`update parcours.${table} set lane = 2`)).rejects.toThrow(/append-only/);
      await expect(session.query(`truncate parcours.${table}`)).rejects.toThrow(/append-only/);
    },
  );
});

describe('what was taken back', () => {
  it('is not taken back again, nor given back as if it had been spent, nor reversed itself', async () => {
    await booked(earning(10, { match: 'o1' }));
    const back = (key: string, earned: Extract<Posting, { kind: 'reverse' }>['earned']): Posting => {
      return { kind: 'reverse', key, digest: '', points: 10, earned, policy: 'debt' };
    };
    const read = async () => {
      const rows = await readEarned(session, [{ ...who(), source: 'order', match: 'o1' }]);
      return rows.map((row) => ({ ...row, txnId: row.txn_id }));
    };
    const [earned] = await read();
    const first = await booked(back('a', earned as NonNullable<typeof earned>));
    expect(first).toMatchObject({ status: 'booked', points: 10 });
    // The reversal is no earning, and no redemption either.
    const again = await read();
    expect(again.map(({ txnId, reversed }) => [txnId, reversed])).toEqual([[earned?.txnId, 10]]);
    expect(await booked(back('b', again[0] as NonNullable<(typeof again)[0]>))).toEqual({ status: 'over' });
    const txnId = first?.status === 'booked' ? first.txnId : 0;
    expect(await readSpent(session, [{ ...who(), txnId }])).toEqual([]);
    expect(await account()).toMatchObject({ open: 0, entries: 0, debt: 0 });
  });

  it('counts for tiers no more, though it was never points', async () => {
    const asked = { key: 'q', digest: '', source: 'turnover', match: 'o1' };
    await booked({ kind: 'qualify', points: 40, at: start, ...asked });
    const [row] = await readEarned(session, [{ ...who(), source: 'turnover', match: 'o1' }]);
    expect(row).toMatchObject({ points: 40, qualifies: true });
    const earned = { ...(row as NonNullable<typeof row>), txnId: row?.txn_id ?? 0 };
    await booked({ kind: 'reverse', key: 'x', digest: '', points: 15, earned, policy: 'debt' });
    expect(await account()).toMatchObject({ open: 0, entries: 0, debt: 0, lots: 0 });
    const rows = await session.query<{ status: number }>(
      `select sum(case when e.credit = 'status' then e.amount else -e.amount end)::bigint as status from parcours.ledger_entry e
       join parcours.ledger_member m on m.lane = e.lane and m.holder_id = e.holder_id where m.profile_id = $1`,
      [person],
    );
    expect(rows[0]?.status).toBe(25);
  });
});

describe('what is written', () => {
  it('agrees whatever happens: entries, lots, and what is kept of both for speed', async () => {
    const act = fc.record({
      what: fc.constantFrom('earn', 'redeem', 'hold', 'capture', 'release', 'cancel', 'refund'),
      points: fc.integer({ min: 1, max: 40 }),
      hours: fc.integer({ min: 0, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 14 }), async (acts) => {
        person += 1;
        let at = start;
        let lastHold = 0;
        let lastSpent = 0;
        for (const [n, { what, points, hours }] of acts.entries()) {
          at += hours * hour;
          const asked = { key: `${n}`, digest: '' };
          if (what === 'earn')
            await booked(
              earning(points, { at, activeAt: at + hours * hour, expiresAt: at + 9 * hour, match: 'o1' }),
              at,
            );
          if (what === 'redeem') lastSpent = txnOf(await booked(redeeming(points), at)) ?? lastSpent;
          if (what === 'hold')
            lastHold =
              txnOf(await booked({ ...asked, kind: 'hold', points, source: 'till', until: at + 3 * hour }, at)) ??
              lastHold;
          if (what === 'capture' || what === 'release') await booked({ ...asked, kind: what, hold: lastHold }, at);
          if (what === 'cancel') await cancel(lastSpent, asked, points, at);
          if (what === 'refund') await refund(points, asked, at);
          const now = await account();
          if (now === undefined) continue;
          expect(now.open).toBe(now.lots);
          expect(now.open).toBe(now.entries);
          expect(now.held).toBe(now.held_entries);
          expect(now.debt).toBe(now.owed);
        }
      }),
      { numRuns: proofSize(200), seed: 3 },
    );
  });

  function txnOf(answer: Awaited<ReturnType<typeof booked>>): number | undefined {
    return answer?.status === 'booked' ? answer.txnId : undefined;
  }

  async function cancel(txnId: number, asked: { key: string; digest: string }, points: number, at: number) {
    const spent = spentOf(await readSpent(session, [{ ...who(), txnId }]));
    if (spent === null) return;
    await booked({ ...asked, kind: 'cancel', spent, points, burnt: { kind: 'extend' } }, at);
  }

  async function refund(points: number, asked: { key: string; digest: string }, at: number) {
    const [row] = await readEarned(session, [{ ...who(), source: 'order', match: 'o1' }]);
    if (row === undefined) return;
    const earned = { ...row, txnId: row.txn_id };
    await booked({ ...asked, kind: 'reverse', points, earned, policy: 'debt' }, at);
  }
});

describe('on many connections', () => {
  it('burns of b on a balance of A succeed floor(A / b) times, without a deadlock, each key once', async () => {
    await booked(earning(100));
    const now = new Date(start + hour);
    const sessions = await Promise.all(Array.from({ length: 8 }, () => store.session()));
    try {
      const all = await Promise.all(
        sessions.map(async (own, s) => {
          const answers = [];
          for (const i of [s, s + 8, s + 16]) {
            const caller = { key: `till ${person} ${i % 12}`, digest: 'x' };
            const command = { ...who(), caller, posting: () => redeeming(15, `till ${i % 12}`) };
            answers.push((await carryOut(own, command, { now, terms })).answer?.status);
          }
          return answers;
        }),
      );
      const answers = all.flat();
      expect(answers.filter((status) => status === 'booked')).toHaveLength(6);
      expect(answers.filter((status) => status !== 'booked' && status !== 'short' && status !== 'repeated')).toEqual(
        [],
      );
      expect(await account()).toMatchObject({ open: 10, entries: 10 });
    } finally {
      await Promise.all(sessions.map((one) => one.close()));
    }
  });

  it("a caller's key is one of its programme: who uses it for something else is told", async () => {
    await booked(earning(100));
    const now = new Date(start + hour);
    const command = (digest: string) => ({
      ...who(),
      caller: { key: `once ${person}`, digest },
      posting: () => redeeming(5, `once`),
    });
    expect((await carryOut(session, command('a'), { now, terms })).answer).toMatchObject({ status: 'booked' });
    expect((await carryOut(session, command('a'), { now, terms })).answer).toMatchObject({ status: 'repeated' });
    expect((await carryOut(session, command('b'), { now, terms })).answer).toMatchObject({ status: 'conflict' });
  });
});

describe('a merge', () => {
  it('gives points, lot by lot with their times, and debts to the survivor; no row of the ledger moves', async () => {
    const [from, into] = [person, person + 60_000];
    await booked(earning(10, { expiresAt: start + 5 * hour }));
    await booked(earning(7, { activeAt: start + 2 * hour }));
    await booked({ kind: 'hold', key: 'h', digest: '', points: 4, source: 'till', until: start + 9 * hour });
    await booked(earning(5), start, into);
    const t = new Date(start + hour);
    const transfers = [{ from: who(from), into: who(into), key: 'merge/1' }];
    await session.transaction(async (inside) => {
      const { written } = await bookPostings(inside, { t, terms, postings: [], transfers });
      await written;
    });
    expect(await account(from)).toMatchObject({ open: 0, lots: 0, entries: 0, held: 0, held_entries: 0 });
    expect(await account(into)).toMatchObject({ open: 22, lots: 22, entries: 22 });
    expect(await booked(redeeming(16), start + hour, into)).toMatchObject({ status: 'short', missing: 1 });
    expect(await booked(redeeming(15), start + hour, into)).toMatchObject({ status: 'booked' });
    expect(await booked(redeeming(7), start + 6 * hour, into)).toMatchObject({ status: 'booked' });
  });

  it('lets what the survivor has pay what the other owed', async () => {
    const [from, into] = [person, person + 60_000];
    await booked(earning(10, { match: 'o1' }));
    await booked(redeeming(10));
    const [row] = await readEarned(session, [{ ...who(), source: 'order', match: 'o1' }]);
    const earned = { ...(row as NonNullable<typeof row>), txnId: row?.txn_id ?? 0 };
    await booked({ kind: 'reverse', key: 'x', digest: '', points: 10, earned, policy: 'debt' });
    await booked(earning(25), start, into);
    const transfers = [{ from: who(from), into: who(into), key: 'merge/2' }];
    await session.transaction(async (inside) => {
      const { written } = await bookPostings(inside, { t: new Date(start), terms, postings: [], transfers });
      await written;
    });
    expect(await account(from)).toMatchObject({ debt: 0, owed: 0 });
    expect(await account(into)).toMatchObject({ open: 15, entries: 15, debt: 0, owed: 0 });
  });
});
