/** Rates and shares of one person: between his own and everybody's, summing to 1, and moved the right way by what he does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  betaMean,
  betaVariance,
  populationPrior,
  posterior,
  rankByRate,
  shrunkShares,
  usualStrength,
} from '../../../engine/measure/statistics/affinity.ts';
import { bestHour, hoursOfWeek } from '../../../engine/measure/statistics/best-hour.ts';

const positive = fc.double({ min: 0.01, max: 500, noNaN: true });
const beta = fc.record({ alpha: positive, beta: positive });
const tries = fc.nat(200).chain((all) => fc.record({ tries: fc.constant(all), successes: fc.nat(all) }));

describe('the posterior of a rate', () => {
  it('lies between the prior and what was seen, and nears the latter', () => {
    fc.assert(
      fc.property(beta, tries, (prior, seen) => {
        const before = betaMean(prior);
        const after = betaMean(posterior(prior, seen));
        const own = seen.tries === 0 ? before : seen.successes / seen.tries;
        expect(after).toBeGreaterThanOrEqual(Math.min(before, own) - 1e-12);
        expect(after).toBeLessThanOrEqual(Math.max(before, own) + 1e-12);
        const often = betaMean(posterior(prior, { successes: seen.successes * 1e7, tries: seen.tries * 1e7 }));
        expect(Math.abs(often - own)).toBeLessThan(1e-3);
      }),
    );
  });

  it('rises with a success, falls with a failure', () => {
    fc.assert(
      fc.property(beta, tries, (prior, { successes, tries: all }) => {
        const now = betaMean(posterior(prior, { successes, tries: all }));
        expect(betaMean(posterior(prior, { successes: successes + 1, tries: all + 1 }))).toBeGreaterThan(now);
        expect(betaMean(posterior(prior, { successes, tries: all + 1 }))).toBeLessThan(now);
      }),
    );
  });

  it('has the variance of a beta', () => {
    expect(betaVariance({ alpha: 2, beta: 3 })).toBeCloseTo(6 / (25 * 6), 12);
  });
});

describe('the prior of the population', () => {
  it('finds the beta that people were drawn from', () => {
    // Beta-binomial of 12 tries by quantiles of Beta(2, 6), taken from its density on a fine grid.
    const rows = [];
    for (let i = 0; i < 400; i += 1) {
      const p = (i + 0.5) / 400;
      const density = p * (1 - p) ** 5;
      for (let successes = 0; successes <= 12; successes += 1) {
        const people = density * choose(12, successes) * p ** successes * (1 - p) ** (12 - successes);
        rows.push({ successes, tries: 12, people: people * 1e6 });
      }
    }
    const prior = populationPrior(rows);
    expect(betaMean(prior)).toBeCloseTo(0.25, 3);
    expect(prior.alpha + prior.beta).toBeCloseTo(8, 1);
  });

  it('is strong where people differ by chance alone, weak where each is all or nothing', () => {
    const binomial = Array.from({ length: 11 }, (_, k) => ({
      successes: k,
      tries: 10,
      people: Math.round(1e6 * choose(10, k) * 0.3 ** k * 0.7 ** (10 - k)),
    }));
    const chance = populationPrior(binomial);
    expect(chance.alpha + chance.beta).toBeGreaterThan(500);
    const extremes = populationPrior([
      { successes: 0, tries: 10, people: 500 },
      { successes: 10, tries: 10, people: 500 },
    ]);
    expect(extremes.alpha + extremes.beta).toBe(1);
  });

  it('has the usual strength where nothing tells it: nobody, one person, one try each', () => {
    for (const rows of [
      [],
      [{ successes: 0, tries: 0, people: 9 }],
      [{ successes: 3, tries: 5, people: 1 }],
      [{ successes: 1, tries: 1, people: 40 }],
    ]) {
      const { alpha, beta: failures } = populationPrior(rows);
      expect(alpha + failures).toBeCloseTo(usualStrength, 9);
      expect(Math.min(alpha, failures)).toBeGreaterThan(0);
    }
  });
});

describe('channels by rate', () => {
  const email = { id: 'email', prior: { alpha: 4, beta: 16 } };
  const sms = { id: 'sms', prior: { alpha: 6, beta: 14 } };

  it('stand as everybody’s do until the person shows otherwise', () => {
    const ids = (a: number, b: number) =>
      rankByRate([
        { ...email, successes: a, tries: 6 },
        { ...sms, successes: b, tries: 6 },
      ]).map(({ id }) => id);
    expect(ids(0, 0)).toEqual(['sms', 'email']);
    expect(ids(2, 1)).toEqual(['sms', 'email']);
    expect(ids(6, 1)).toEqual(['email', 'sms']);
  });

  it('one click on one message does not beat a hundred of three hundred', () => {
    const [first] = rankByRate([
      { id: 'email', prior: { alpha: 2, beta: 18 }, successes: 1, tries: 1 },
      { id: 'push', prior: { alpha: 2, beta: 18 }, successes: 100, tries: 300 },
    ]);
    expect(first?.id).toBe('push');
  });
});

describe('shrunk shares', () => {
  const counts = fc.array(fc.nat(50), { minLength: 5, maxLength: 5 });

  it('sum to 1 and lie between his own and everybody’s', () => {
    fc.assert(
      fc.property(counts, counts, fc.double({ min: 0, max: 100, noNaN: true }), (own, population, strength) => {
        const shares = shrunkShares(own, { population, strength });
        expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        for (const share of shares) expect(share).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('are everybody’s without counts, one’s own without strength', () => {
    expect(shrunkShares([0, 0], { population: [3, 1], strength: 10 })).toEqual([0.75, 0.25]);
    expect(shrunkShares([1, 3], { population: [3, 1], strength: 0 })).toEqual([0.25, 0.75]);
    expect(shrunkShares([0, 0], { population: [0, 0], strength: 0 })).toEqual([0.5, 0.5]);
  });
});

describe('the best hour', () => {
  const none = Array.from({ length: hoursOfWeek }, () => 0);
  const at = (...bins: readonly number[]) => none.map((_, bin) => bins.filter((one) => one === bin).length);
  const population = none.map((_, bin) => (bin % 24 === 18 ? 50 : 1));

  it('is his own once he has acted often enough', () => {
    const found = bestHour(at(33, 33, 33, 33, 33, 33), { population, fallback: 0 });
    expect(found).toEqual({ bin: 33, day: 1, hour: 9, by: 'person' });
  });

  it('is everybody’s below that, and the fallback where there is nobody', () => {
    expect(bestHour(at(33, 33), { population, fallback: 0 })).toMatchObject({ hour: 18, by: 'population' });
    expect(bestHour(none, { population: none, fallback: 57 })).toEqual({ bin: 57, day: 2, hour: 9, by: 'fallback' });
  });

  it('nears everybody’s with the strength of the prior', () => {
    const acts = at(33, 33, 33);
    expect(bestHour(acts, { population, fallback: 0, strength: 1 })).toMatchObject({ hour: 9 });
    expect(bestHour(acts, { population, fallback: 0, strength: 1000 })).toMatchObject({ hour: 18, by: 'person' });
  });

  it('takes neighbouring hours together, around the end of the week too', () => {
    expect(bestHour(at(10, 11, 11, 12, 40, 40), { population: none, fallback: 0 })).toMatchObject({ bin: 11 });
    expect(bestHour(at(167, 0, 0, 1, 90, 90), { population: none, fallback: 0 })).toMatchObject({ bin: 0 });
  });
});

function choose(n: number, k: number): number {
  return k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k;
}
