/** Tiers over random earnings: carried forward bit by bit they are what the whole history gives. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  carry,
  countsFrom,
  type Earning,
  firstTier,
  type Ladder,
  nextTierChange,
  reachedAt,
  type TierState,
} from '../../engine/loyalty/tiers.ts';
import { proofSize } from '../support/proof.ts';

const day = 86_400_000;
const days = (count: number) => ({ months: 0, days: count, ms: 0 });
const bronze = { id: 'bronze', from: 0, rolling: null, keep: null, benefits: [] };
const tiers: Ladder = {
  tiers: [
    bronze,
    { id: 'silver', from: 100, rolling: days(10), keep: days(7), benefits: [] },
    { id: 'gold', from: 250, rolling: days(20), keep: null, benefits: [] },
  ],
};
/** By what it counts, and how it falls. */
const ladders: Readonly<Record<string, Ladder>> = {
  'that falls at once': tiers,
  'of calendar months, kept until one ends': {
    tiers: [
      bronze,
      { id: 'silver', from: 100, rolling: null, calendar: 'month', keep: days(3), benefits: [] },
      { id: 'gold', from: 250, rolling: null, calendar: 'quarter', keep: null, benefits: [] },
    ],
    downgrade: { at: 'end_of_month' },
  },
  'that falls step by step after a time of grace': {
    tiers: [
      bronze,
      { id: 'silver', from: 60, rolling: days(9), keep: days(5), benefits: [] },
      { id: 'gold', from: 120, rolling: days(9), keep: days(4), benefits: [] },
      { id: 'diamond', from: 240, rolling: days(12), keep: null, benefits: [] },
    ],
    downgrade: { by: 'step', grace: days(3) },
  },
  'that falls on one day of the year': {
    tiers: [bronze, { id: 'silver', from: 100, rolling: days(10), keep: null, benefits: [] }],
    downgrade: { at: { month: 2, dayOfMonth: 1 }, grace: days(6) },
  },
};
const earnings = fc
  .array(fc.record({ at: fc.integer({ min: 0, max: 80 }), points: fc.integer({ min: 1, max: 150 }) }), {
    maxLength: 15,
  })
  .map((some): readonly Earning[] =>
    some.map(({ at, points }) => ({ at: at * day, points })).sort((a, b) => a.at - b.at),
  );
const runs = { numRuns: proofSize(10_000), seed: 8 };
const fromScratch = (some: readonly Earning[], t: number, ladder = tiers) =>
  carry(ladder, { state: firstTier, from: null }, some, t).state;

/** Read day by day, with no thought of when something may change. Everything happens at the beginning of a day. */
function dayByDay({ tiers: all, downgrade = {} }: Ladder, some: readonly Earning[], lastDay: number): number {
  let [tier, until, falls] = [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const spanOf = ({ days: count = 0 }: { readonly days?: number } = {}) => count;
  const counts = (one: (typeof all)[number], from: number, t: number) => {
    if (one.calendar === undefined) return one.rolling === null || t < from + one.rolling.days;
    const [a, b] = [new Date(from * day), new Date(t * day)].map((at) => at.getUTCFullYear() * 12 + at.getUTCMonth());
    return one.calendar === 'month' ? a === b : Math.floor((a as number) / 3) === Math.floor((b as number) / 3);
  };
  for (let t = 0; t <= lastDay; t += 1) {
    const sum = (one: (typeof all)[number]) =>
      some.reduce((total, { at, points }) => (at / day <= t && counts(one, at / day, t) ? total + points : total), 0);
    let reached = 0;
    for (const [i, one] of all.entries()) if (i > 0 && sum(one) >= one.from) reached = i;
    const keepOf = (i: number) => t + spanOf(all[i]?.keep ?? undefined);
    const date = new Date(t * day);
    const mayFall =
      downgrade.at === undefined ||
      (downgrade.at === 'end_of_month' ? date.getUTCDate() === 1 : date.getUTCDate() === 1 && date.getUTCMonth() === 1);
    if (reached >= tier) {
      if (reached > tier) [tier, until] = [reached, keepOf(reached)];
      falls = Number.POSITIVE_INFINITY;
    } else if (t >= until) {
      if (falls === Number.POSITIVE_INFINITY && mayFall) falls = t + spanOf(downgrade.grace);
      if (t >= falls) {
        tier = downgrade.by === 'step' ? tier - 1 : reached;
        until = tier > reached ? keepOf(tier) : Number.NEGATIVE_INFINITY;
        falls = Number.POSITIVE_INFINITY;
      }
    }
  }
  return tier;
}

describe.each(Object.entries(ladders))('a ladder %s', (_, ladder) => {
  it('is the same read day by day, carried forward at any times, and from the beginning', () => {
    fc.assert(
      fc.property(earnings, fc.array(fc.integer({ min: 0, max: 140 }), { maxLength: 8 }), (some, looks) => {
        let state: TierState = firstTier;
        let from: number | null = null;
        for (const look of [...looks].sort((a, b) => a - b)) {
          const since = from === null ? null : countsFrom(ladder, from);
          const counting = some.filter(({ at }) => at <= look * day && (since === null || at >= since));
          state = carry(ladder, { state, from }, counting, look * day).state;
          from = look * day;
          expect(state).toEqual(fromScratch(some, look * day, ladder));
          expect(state.tier).toBe(dayByDay(ladder, some, look));
        }
      }),
      { ...runs, numRuns: runs.numRuns / 4 },
    );
  });

  it('never changes by itself before the time that was told', () => {
    fc.assert(
      fc.property(earnings, fc.integer({ min: 0, max: 90 }), fc.integer({ min: 1, max: 90 }), (some, look, later) => {
        const known = some.filter(({ at }) => at <= look * day);
        const state = fromScratch(known, look * day, ladder);
        const next = nextTierChange(ladder, state, known, look * day);
        const then = (look + later) * day;
        fc.pre(next === null || then < next);
        expect(fromScratch(known, then, ladder).tier).toBe(state.tier);
      }),
      { ...runs, numRuns: runs.numRuns / 4 },
    );
  });
});

describe('a tier', () => {
  it('is at least what the points reach, and no more once its time is over', () => {
    fc.assert(
      fc.property(earnings, fc.integer({ min: 0, max: 120 }), (some, look) => {
        const t = look * day;
        const { tier, until } = fromScratch(some, t);
        const reached = reachedAt(tiers, some, t);
        expect(tier).toBeGreaterThanOrEqual(reached);
        if (until === null || until <= t) expect(tier).toBe(reached);
      }),
      runs,
    );
  });
});
