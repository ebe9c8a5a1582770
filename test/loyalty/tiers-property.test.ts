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
const tiers: Ladder = {
  tiers: [
    { id: 'bronze', from: 0, rolling: null, keep: null, benefits: [] },
    { id: 'silver', from: 100, rolling: days(10), keep: days(7), benefits: [] },
    { id: 'gold', from: 250, rolling: days(20), keep: null, benefits: [] },
  ],
};
const earnings = fc
  .array(fc.record({ at: fc.integer({ min: 0, max: 80 }), points: fc.integer({ min: 1, max: 150 }) }), {
    maxLength: 15,
  })
  .map((some): readonly Earning[] =>
    some.map(({ at, points }) => ({ at: at * day, points })).sort((a, b) => a.at - b.at),
  );
const runs = { numRuns: proofSize(10_000), seed: 8 };
const fromScratch = (some: readonly Earning[], t: number) =>
  carry(tiers, { state: firstTier, from: null }, some, t).state;

describe('a tier', () => {
  it('carried forward at any times, from the earnings that still count, is what the whole history gives', () => {
    fc.assert(
      fc.property(earnings, fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 10 }), (some, looks) => {
        let state: TierState = firstTier;
        let from: number | null = null;
        for (const look of [...looks].sort((a, b) => a - b).map((one) => one * day)) {
          const since = from === null ? null : countsFrom(tiers, from);
          const counting = some.filter(({ at }) => at <= look && (since === null || at >= since));
          state = carry(tiers, { state, from }, counting, look).state;
          from = look;
          expect(state).toEqual(fromScratch(some, look));
        }
      }),
      runs,
    );
  });

  it('never changes by itself before the time that was told', () => {
    fc.assert(
      fc.property(earnings, fc.integer({ min: 0, max: 90 }), fc.integer({ min: 1, max: 60 }), (some, look, later) => {
        const known = some.filter(({ at }) => at <= look * day);
        const state = fromScratch(known, look * day);
        const next = nextTierChange(tiers, state, known, look * day);
        const then = (look + later) * day;
        fc.pre(next === null || then < next);
        expect(fromScratch(known, then).tier).toBe(state.tier);
      }),
      runs,
    );
  });

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
