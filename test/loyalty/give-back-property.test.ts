/** A merge that is taken back leaves both accounts as they were, whatever they held; what was spent in between stays spent. In memory: no store here. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Member, newBook, type Piece, pointsOf, takeFrom } from '../../engine/loyalty/ledger/account.ts';
import { giveBack } from '../../engine/loyalty/ledger/give-back.ts';
import { freePieces, payDebt, settle } from '../../engine/loyalty/ledger/settle.ts';
import { transfer } from '../../engine/loyalty/ledger/transfer.ts';
import { proofSize } from '../support/proof.ts';

const tiers = [null, 'silver', 'gold'] as const;
const rank = (tier: string | null) => tiers.indexOf(tier as (typeof tiers)[number]);
const at = 1_000;

const account = fc.record({
  debt: fc.integer({ min: 0, max: 30 }),
  tier: fc.constantFrom(...tiers),
  lots: fc.array(
    fc.record({
      points: fc.integer({ min: 1, max: 20 }),
      isPending: fc.boolean(),
      lives: fc.option(fc.integer({ min: 1, max: 500 })),
    }),
    { maxLength: 4 },
  ),
});
type Account = typeof account extends fc.Arbitrary<infer T> ? T : never;

let ids = 1;
const nextId = () => ids++;

/** No account owes and has free points. */
function memberOf({ debt, tier, lots }: Account, profileId: number): Member {
  const pieces = lots.map(({ points, isPending, lives }): Piece => {
    const activeAt = isPending ? at + 400 : 0;
    const [account, expiresAt] = [isPending ? 'pending' : 'active', lives === null ? null : at + 400 + lives] as const;
    return { ...{ lotId: nextId(), ofLot: null, holdId: 0, account, remaining: points, activeAt, expiresAt } };
  });
  return {
    ...{ lane: profileId, profileId, program: 'club', holderId: profileId, isNew: false },
    ...{ debt: pieces.length > 0 ? 0 : debt, pieces, tier },
    ...{ tierSince: tier === null ? null : 5, tierUntil: null, tierFalls: null, seenAt: null },
  };
}

/** What an account is worth, without what only its history tells. */
function shown({ debt, pieces, tier, tierSince }: Member) {
  const inOrder = [...pieces].sort((a, b) => a.lotId - b.lotId);
  return { debt, tier, tierSince, pieces: structuredClone(inOrder) };
}

const worth = ({ debt, pieces }: Member) => pieces.reduce((all, { remaining }) => all + remaining, 0) - debt;

function merged(from: Member, into: Member, key: string) {
  return transfer(from, into, newBook(nextId), { at, key, issuer: 'house', rank });
}

describe('a merge that is taken back', () => {
  it('leaves both as they were', () => {
    fc.assert(
      fc.property(account, account, (a, b) => {
        const [from, into] = [memberOf(a, 1), memberOf(b, 2)];
        const before = [shown(from), shown(into)];
        const done = merged(from, into, 'merge/1');
        const book = newBook(nextId);
        giveBack(from, into, book, {
          done: JSON.parse(JSON.stringify(done)),
          how: { at, key: 'unmerge/1', issuer: 'house', lotsOf: (lot) => lot, isTaker: true },
        });
        expect([shown(from), shown(into)]).toEqual(before);
        // Each entry moves as many points as lots and debts moved.
        for (const member of [from, into]) {
          const lots = book.moves.filter((one) => one.member === member).reduce((all, { amount }) => all + amount, 0);
          const entries = book.entries.filter((one) => one.member === member);
          const of = (side: 'debit' | 'credit') =>
            entries.reduce((all, one) => (['active', 'pending'].includes(one[side]) ? all + one.amount : all), 0);
          expect(of('credit') - of('debit')).toBe(lots);
        }
      }),
      { seed: 1, numRuns: proofSize(20_000) },
    );
  });

  it('neither makes nor loses points, whatever was spent in between, and leaves nobody with points and a debt', () => {
    fc.assert(
      fc.property(
        account,
        account,
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 1_000 }),
        (a, b, spent, later) => {
          const [from, into] = [memberOf(a, 1), memberOf(b, 2)];
          const done = merged(from, into, 'merge/1');
          const book = newBook(nextId);
          const then = at + later;
          settle(into, then, book);
          pointsOf(
            takeFrom(
              into,
              freePieces(into, then).filter((one) => one.account === 'active'),
              spent,
            ),
          );
          const together = worth(from) + worth(into);
          settle(from, then, book);
          giveBack(from, into, book, {
            ...{
              done,
              how: { at: then, key: 'unmerge/1', issuer: 'house', lotsOf: (lot: number) => lot, isTaker: true },
            },
          });
          const expired = book.txns.filter((one) => one.kind === 'expire').reduce((all, { amount }) => all + amount, 0);
          expect(worth(from) + worth(into)).toBeLessThanOrEqual(together);
          expect(worth(from) + worth(into)).toBeGreaterThanOrEqual(together - expired);
          for (const member of [from, into]) {
            expect(member.debt === 0 || freePieces(member, then).length === 0).toBe(true);
            expect(member.pieces.every(({ remaining }) => remaining > 0)).toBe(true);
          }
        },
      ),
      { seed: 1, numRuns: proofSize(20_000) },
    );
  });

  it('takes from who became another since what was brought', () => {
    fc.assert(
      fc.property(account, account, account, (a, b, c) => {
        const [first, second, third] = [
          memberOf({ ...a, debt: 0 }, 1),
          memberOf({ ...b, debt: 0 }, 2),
          memberOf({ ...c, debt: 0 }, 3),
        ];
        const before = shown(first);
        const one = merged(first, second, 'merge/1');
        const two = merged(second, third, 'merge/2');
        const became = new Map(two.lots.map(({ lotId, became: now }) => [lotId, now]));
        giveBack(first, third, newBook(nextId), {
          ...{
            done: one,
            how: {
              at,
              key: 'unmerge/1',
              issuer: 'house',
              lotsOf: (lot: number) => became.get(lot) ?? lot,
              isTaker: false,
            },
          },
        });
        expect(shown(first)).toEqual(before);
        payDebt(third, at, newBook(nextId));
        expect(worth(third)).toBe([b, c].flatMap(({ lots }) => lots).reduce((all, { points }) => all + points, 0));
      }),
      { seed: 1, numRuns: proofSize(5_000) },
    );
  });
});
