/** The ledger in memory over random histories, held against a model of plain lots, and what must be true of its rows whatever happens. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Account, Book, Member } from '../../engine/loyalty/ledger/account.ts';
import { availableAt } from '../../engine/loyalty/ledger/settle.ts';
import { proofSize } from '../support/proof.ts';
import { hour, newPlayer, type Player } from './account-player.ts';
import { available, type Command, newModel, passTo, play } from './ledger-model.ts';

const runs = { numRuns: proofSize(6_000), seed: 8 };

const points = fc.integer({ min: 1, max: 60 });
const nth = fc.integer({ min: 0, max: 3 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('earn' as const),
      points,
      after: fc.integer({ min: 0, max: 4 }),
      lives: fc.option(fc.integer({ min: 1, max: 12 })),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('redeem' as const), points }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('hold' as const), points, for: fc.integer({ min: 1, max: 6 }) }),
  },
  fc.record({ kind: fc.constantFrom('capture' as const, 'release' as const), n: nth }),
  fc.record({
    kind: fc.constant('cancel' as const),
    n: nth,
    burnt: fc.constantFrom('keep' as const, 'extend' as const, 'new_lot' as const),
    points: fc.option(points),
  }),
  fc.record({ kind: fc.constant('usable' as const), n: nth }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('reverse' as const),
      n: nth,
      points,
      policy: fc.constantFrom('debt' as const, 'cap_at_zero' as const, 'reject' as const),
    }),
  },
);
/** Hours pass between commands; several may come in the same one. */
const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), step), { maxLength: 25 }).map((steps) => {
  let at = 0;
  return steps.map(([hours, one]): Command => {
    at += hours;
    return { ...one, at };
  });
});

function played(
  commands: readonly Command[],
  shift = 0,
): { readonly player: Player; readonly said: readonly string[] } {
  const player = newPlayer(shift);
  return { player, said: commands.map((command) => player.play(command)) };
}

function balances({ entries }: Book): Readonly<Record<Account, number>> {
  const sums = {
    pending: 0,
    active: 0,
    held: 0,
    debt: 0,
    issued: 0,
    redeemed: 0,
    expired: 0,
    reversed: 0,
    transferred: 0,
    status: 0,
    granted: 0,
  };
  for (const { debit, credit, amount } of entries) {
    expect(amount).toBeGreaterThan(0);
    sums[debit] -= amount;
    sums[credit] += amount;
  }
  return sums;
}

function inPieces({ pieces }: Member, account: string): number {
  return pieces.reduce((sum, one) => (one.account === account ? sum + one.remaining : sum), 0);
}

describe('the ledger', () => {
  it('does what plain lots do, in each command and after it', () => {
    fc.assert(
      fc.property(history, (commands) => {
        const model = newModel();
        const player = newPlayer();
        for (const command of commands) {
          expect(player.play(command)).toBe(play(model, command));
          expect(player.available()).toBe(available(model));
          expect(player.member.debt).toBe(model.debt);
        }
      }),
      runs,
    );
  });

  it('has balances that are the sums of its entries, and all of them come to nothing', () => {
    fc.assert(
      fc.property(history, (commands) => {
        const { member, book } = played(commands).player;
        const sums = balances(book);
        for (const account of ['pending', 'active', 'held'] as const)
          expect(inPieces(member, account)).toBe(sums[account]);
        expect(member.debt + sums.debt).toBe(0);
        expect(Object.values(sums).reduce((sum, one) => sum + one, 0)).toBe(0);
      }),
      runs,
    );
  });

  it('leaves of a lot the sum of its moves, never below nothing nor above what it held', () => {
    fc.assert(
      fc.property(history, (commands) => {
        const { member, book } = played(commands).player;
        const left = new Map(book.lots.map(({ lotId }) => [lotId, 0]));
        const amounts = new Map(book.lots.map(({ lotId, amount }) => [lotId, amount]));
        for (const { lotId, amount } of book.moves) {
          const now = (left.get(lotId) as number) + amount;
          expect(now).toBeGreaterThanOrEqual(0);
          expect(now).toBeLessThanOrEqual(amounts.get(lotId) as number);
          left.set(lotId, now);
        }
        for (const [lotId, remaining] of left) {
          const free = member.pieces.filter((one) => one.lotId === lotId && one.holdId === 0);
          expect(free.reduce((sum, one) => sum + one.remaining, 0)).toBe(remaining);
        }
      }),
      runs,
    );
  });

  it('spends from lots in their time, those first that are lost first, and ties every movement to lots', () => {
    fc.assert(
      fc.property(history, (commands) => {
        const { book } = played(commands).player;
        const lots = new Map(book.lots.map((lot) => [lot.lotId, lot]));
        for (const { txnId, kind, at, amount } of book.txns) {
          const moves = book.moves.filter((one) => one.txnId === txnId);
          const total = moves.reduce((sum, one) => sum + one.amount, 0);
          const free = (account: string) => account === 'pending' || account === 'active';
          const entries = book.entries.filter((one) => one.txnId === txnId);
          const net = entries.reduce(
            (sum, one) => sum + (free(one.credit) ? one.amount : 0) - (free(one.debit) ? one.amount : 0),
            0,
          );
          expect(total).toBe(net);
          if (kind !== 'redeem' && kind !== 'hold') continue;
          expect(total).toBe(-amount);
          for (const { lotId } of moves) {
            const lot = lots.get(lotId);
            // What waited for something is usable since that came.
            const came = book.txns.find((one) => one.kind === 'activate' && one.ofTxn === lotId)?.at ?? lot?.activeAt;
            expect(came).toBeLessThanOrEqual(at);
            expect(lot?.expiresAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(at);
          }
        }
      }),
      runs,
    );
  });

  it('owes no more than was truly spent', () => {
    fc.assert(
      fc.property(history, (commands) => {
        const { member, book } = played(commands).player;
        const sums = balances(book);
        expect(member.debt).toBeLessThanOrEqual(sums.redeemed + sums.held);
      }),
      runs,
    );
  });
});

describe('time', () => {
  it('makes the same points usable whether or not jobs book it meanwhile', () => {
    fc.assert(
      fc.property(history, fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 8 }), (commands, jobs) => {
        const plain = played(commands);
        const busy = newPlayer();
        const said = commands.map((command) => {
          for (const at of jobs.filter((one) => one <= command.at).sort((a, b) => a - b)) busy.settle(at);
          return busy.play(command);
        });
        expect(said).toEqual(plain.said);
        const end = commands.at(-1)?.at ?? 0;
        for (const later of [0, 1, 3, 8, 20]) {
          const at = (end + later) * hour;
          expect(availableAt(busy.member, at)).toBe(availableAt(plain.player.member, at));
        }
      }),
      runs,
    );
  });

  it('shows what can be spent later as the model has it when that time has come', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 20 }), (commands, later) => {
        const model = newModel();
        for (const command of commands) play(model, command);
        const end = (commands.at(-1)?.at ?? 0) + later;
        passTo(model, end);
        expect(availableAt(played(commands).player.member, end * hour)).toBe(available(model));
      }),
      runs,
    );
  });

  it('moves all results when all times are moved', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 10_000 }), (commands, shift) => {
        const here = played(commands);
        const there = played(commands, shift);
        expect(there.said).toEqual(here.said);
        expect(there.player.book.txns.map(({ at }) => at - shift * hour)).toEqual(
          here.player.book.txns.map(({ at }) => at),
        );
        expect(there.player.book.entries.map(({ amount }) => amount)).toEqual(
          here.player.book.entries.map(({ amount }) => amount),
        );
      }),
      runs,
    );
  });
});

describe('a refund', () => {
  const bought = { kind: 'earn', points: 30, after: 0, lives: 9 } as const;
  const state = (player: Player) => {
    const { pieces, debt } = player.member;
    const lots = pieces.map(({ remaining, expiresAt, activeAt, account }) => ({
      remaining,
      expiresAt,
      activeAt,
      account,
    }));
    return { debt, lots };
  };

  it('of all that was earned leaves things as they were', () => {
    fc.assert(
      fc.property(history, (commands) => {
        const at = commands.at(-1)?.at ?? 0;
        const before = played(commands).player;
        before.settle(at);
        fc.pre(before.member.debt === 0);
        const earned = commands.filter(({ kind }) => kind === 'earn').length;
        const after = played([
          ...commands,
          { ...bought, at },
          { kind: 'reverse', at, n: earned, points: 30, policy: 'debt' },
        ]);
        expect(state(after.player)).toEqual(state(before));
      }),
      runs,
    );
  });

  it('in parts is as one refund', () => {
    const parts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });
    const policies = fc.constantFrom('debt' as const, 'cap_at_zero' as const);
    fc.assert(
      fc.property(history, nth, parts, policies, (commands, n, sizes, policy) => {
        const at = commands.at(-1)?.at ?? 0;
        const back = (size: number): Command => ({ kind: 'reverse', at, n, points: size, policy });
        const whole = sizes.reduce((sum, size) => sum + size, 0);
        const one = played([...commands, back(whole)]).player;
        const many = played([...commands, ...sizes.map(back)]).player;
        expect(state(many)).toEqual(state(one));
      }),
      runs,
    );
  });
});
