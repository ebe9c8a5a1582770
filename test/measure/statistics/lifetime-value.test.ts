/**
 * Purchases to come and their value. Reference numbers of the published CDNOW sample; the expectations against a plain integral; what
 * must hold of any customer as properties. Without the real file the fits are of generated purchases of its shape, and that is said:
 * they are held to the likelihood alone, since the reference numbers are of the real ones.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aliveProbability,
  type BgNbd,
  bgNbdLikelihood,
  expectedPurchases,
  expectedPurchasesAfter,
  type GroupedHistory,
} from '../../../engine/measure/statistics/bg-nbd.ts';
import { type BgNbdFit, fitBgNbd } from '../../../engine/measure/statistics/fit-bg-nbd.ts';
import {
  expectedOrderValue,
  fitGammaGamma,
  type GammaGamma,
  type GammaGammaFit,
  gammaGammaLikelihood,
} from '../../../engine/measure/statistics/gamma-gamma.ts';
import { churnRisk, lifetimeValue } from '../../../engine/measure/statistics/lifetime-value.ts';
import { cdnowFile } from '../../examples/cdnow-file.ts';
import { cdnowHistories } from './cdnow-histories.ts';

const folder = mkdtempSync(join(tmpdir(), 'parcours-statistics-'));
const standIn = join(folder, 'generated.txt');
const file = cdnowFile(standIn);
const isReal = file !== standIn;
const { histories, spendings } = cdnowHistories(file);
rmSync(folder, { recursive: true });
const bgNbd = fitBgNbd(histories) as BgNbdFit;
const gammaGamma = fitGammaGamma(spendings) as GammaGammaFit;

/** As printed by Fader, Hardie, Lee (2005). */
const published: BgNbd = { r: 0.2426, alpha: 4.4135, a: 0.7929, b: 2.4258 };
const values: GammaGamma = { p: 6.25, q: 3.74, v: 15.44 };

describe(isReal ? 'on the CDNOW sample' : 'on generated purchases of the shape of the CDNOW sample', () => {
  it('both models are fitted to everybody, on a summit: a step away in any parameter nothing is as likely', () => {
    const buying = bgNbdLikelihood(histories);
    const spending = gammaGammaLikelihood(spendings);
    expect([bgNbd.kind, bgNbd.people, gammaGamma.kind]).toEqual(['fitted', 2357, 'fitted']);
    expect(bgNbd.logLikelihood).toBeCloseTo(buying(bgNbd.model), 6);
    expect(gammaGamma.logLikelihood).toBeCloseTo(spending(gammaGamma.model), 6);
    for (const step of [0.97, 1.03]) {
      for (const name of ['r', 'alpha', 'a', 'b'] as const)
        expect(buying({ ...bgNbd.model, [name]: bgNbd.model[name] * step })).toBeLessThan(bgNbd.logLikelihood);
      for (const name of ['p', 'q', 'v'] as const)
        expect(spending({ ...gammaGamma.model, [name]: gammaGamma.model[name] * step })).toBeLessThan(
          gammaGamma.logLikelihood,
        );
    }
  });

  it('a newcomer is expected to buy what the integral over his rates says', () => {
    for (const weeks of [1, 32, 78])
      expect(Math.abs(expectedPurchases(bgNbd.model, weeks) / integral(bgNbd.model, weeks) - 1)).toBeLessThan(1e-8);
  });
});

/** What was printed is of the real file: of others there is nothing to compare with. */
const printed = () => {
  it('BG/NBD has the published parameters and likelihood', () => {
    const { model, logLikelihood, people, atBounds } = bgNbd;
    expect(people).toBe(2357);
    expect(atBounds).toEqual([]);
    expect(model.r).toBeCloseTo(0.2426, 4);
    expect(Math.abs(model.alpha - 4.4135)).toBeLessThan(2e-4);
    expect(model.a).toBeCloseTo(0.7929, 4);
    expect(Math.abs(model.b - 2.4258)).toBeLessThan(2e-4);
    expect(logLikelihood).toBeCloseTo(-9582.43, 2);
    // The printed digits are a rounding of the same summit, not a higher one.
    expect(bgNbdLikelihood(histories)(published)).toBeLessThanOrEqual(logLikelihood);
  });

  it('expects the published purchases of a newcomer and probability of being alive', () => {
    const expected = [1, 32, 78].map((weeks) => Number(expectedPurchases(bgNbd.model, weeks).toFixed(4)));
    expect(expected).toEqual([0.0532, 1.0437, 1.858]);
    const someone = { frequency: 2, recency: 30.43, age: 38.86 };
    expect(aliveProbability(bgNbd.model, someone)).toBeCloseTo(0.7266, 4);
    expect(expectedPurchasesAfter(bgNbd.model, someone, 39)).toBeCloseTo(1.226, 3);
  });

  it('Gamma-Gamma has the published parameters, on a summit as high as that of other programs', () => {
    const { model, people, atBounds } = gammaGamma;
    expect(people).toBe(946);
    expect(atBounds).toEqual([]);
    expect([model.p, model.q, model.v].map((one) => Number(one.toFixed(2)))).toEqual([6.25, 3.74, 15.44]);
    // Other programs print further digits, of means rounded to cents; along this ridge they are as likely to eight digits.
    const others = { p: 6.2488, q: 3.7446, v: 15.4477 };
    for (const name of ['p', 'q', 'v'] as const) expect(Math.abs(model[name] / others[name] - 1)).toBeLessThan(3e-4);
    const gain = gammaGamma.logLikelihood - gammaGammaLikelihood(spendings)(others);
    expect(gain).toBeGreaterThanOrEqual(0);
    expect(gain).toBeLessThan(1e-5);
  });
};
if (isReal) describe('on the CDNOW sample, calibrated to 30 September 1997', printed);

describe('expected purchases', () => {
  const models: readonly BgNbd[] = [
    published,
    { r: 2, alpha: 10, a: 1, b: 3 },
    { r: 0.5, alpha: 3, a: 1.0001, b: 0.4 },
    { r: 5, alpha: 1, a: 0.3, b: 0.7 },
    { r: 1.3, alpha: 30, a: 6, b: 40 },
    { r: 0.2, alpha: 8, a: 0.05, b: 0.9 },
  ];

  it('are the integral over rates and leaving that they stand for', () => {
    for (const model of models) {
      for (const time of [0.01, 1, 12, 150, 2000]) {
        const plain = integral(model, time);
        expect(Math.abs(expectedPurchases(model, time) / plain - 1)).toBeLessThan(1e-8);
      }
    }
  });

  it('are those of updated parameters for a customer who is alive, however often he bought', () => {
    for (const model of models) {
      for (const frequency of [1, 5, 60, 800]) {
        const history = { frequency, recency: 95, age: 100 };
        const { r, alpha, a, b } = model;
        const plain = integral({ r: r + frequency, alpha: alpha + 100, a, b: b + frequency }, 52);
        const found = expectedPurchasesAfter(model, history, 52) / aliveProbability(model, history);
        expect(Math.abs(found / plain - 1)).toBeLessThan(1e-8);
      }
    }
  });

  it('pass smoothly through a = 1, where the printed formula is 0/0', () => {
    const at = (a: number) => expectedPurchases({ r: 0.5, alpha: 4, a, b: 2 }, 30);
    expect(at(1)).toBeCloseTo((at(1 - 1e-7) + at(1 + 1e-7)) / 2, 9);
    expect(Math.abs(at(1) - at(1 + 1e-9))).toBeLessThan(1e-7);
  });

  const model = fc.record({
    r: fc.double({ min: 0.05, max: 8, noNaN: true }),
    alpha: fc.double({ min: 0.2, max: 60, noNaN: true }),
    a: fc.double({ min: 0.05, max: 6, noNaN: true }),
    b: fc.double({ min: 0.05, max: 30, noNaN: true }),
  });
  const history = fc
    .record({
      frequency: fc.nat(60),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      age: fc.double({ min: 0, max: 300, noNaN: true }),
    })
    .map(({ frequency, part, age }) => ({ frequency, recency: frequency === 0 ? 0 : part * age, age }));

  it('grow with time, stay below what somebody buys who never leaves, and are nothing in no time', () => {
    fc.assert(
      fc.property(model, history, fc.double({ min: 0.01, max: 200, noNaN: true }), (m, h, time) => {
        const few = expectedPurchasesAfter(m, h, time);
        expect(few).toBeGreaterThanOrEqual(0);
        expect(expectedPurchasesAfter(m, h, 2 * time)).toBeGreaterThanOrEqual(few);
        expect(few).toBeLessThanOrEqual(((m.r + h.frequency) / (m.alpha + h.age)) * time * (1 + 1e-9));
        expect(expectedPurchasesAfter(m, h, 0)).toBe(0);
      }),
    );
  });

  it('fall the longer ago the last purchase was, as does the probability of being alive', () => {
    fc.assert(
      fc.property(model, history, (m, h) => {
        const alive = aliveProbability(m, h);
        expect(alive).toBeGreaterThanOrEqual(0);
        expect(alive).toBeLessThanOrEqual(1);
        expect(churnRisk(m, h)).toBe(1 - alive);
        const longer = { ...h, age: h.age + 10 };
        if (h.frequency > 0) expect(aliveProbability(m, longer)).toBeLessThanOrEqual(alive);
        else expect(alive).toBe(1);
        const earlier = { ...h, recency: h.recency / 2 };
        expect(expectedPurchasesAfter(m, earlier, 20)).toBeLessThanOrEqual(expectedPurchasesAfter(m, h, 20) + 1e-12);
      }),
    );
  });
});

describe('the value of an order', () => {
  it('lies between his own mean and everybody’s, nearer to his own the more he ordered', () => {
    const everybody = expectedOrderValue(values, { orders: 0, mean: 0 });
    expect(everybody).toBeCloseTo((6.25 * 15.44) / 2.74, 10);
    const towards = [1, 2, 10, 1000].map((orders) => expectedOrderValue(values, { orders, mean: 100 }));
    expect(towards).toEqual([...towards].sort((a, b) => a - b));
    expect(towards[0]).toBeGreaterThan(everybody);
    expect(towards[3]).toBeCloseTo(100, 0);
  });

  it('of a customer follows the printed formula p(v + m x)/(p x + q − 1)', () => {
    const found = expectedOrderValue(values, { orders: 3, mean: 40 });
    expect(found).toBeCloseTo((6.25 * (15.44 + 120)) / (18.75 + 2.74), 10);
  });
});

describe('the lifetime value', () => {
  const models = { purchases: published, values };
  const customer = { frequency: 2, recency: 30.43, age: 38.86, orders: 2, mean: 25 };

  it('without discount is purchases times the value of an order, however many periods', () => {
    for (const periods of [1, 12, 52]) {
      const found = lifetimeValue(models, customer, { time: 52, periods, discount: 0 });
      expect(found.value).toBeCloseTo(found.purchases * found.orderValue, 9);
      expect(found.purchases).toBeCloseTo(expectedPurchasesAfter(published, customer, 52), 12);
      expect(found.alive).toBeCloseTo(0.7266, 3);
    }
  });

  it('is less with a discount, by the whole discount for one period', () => {
    const plain = lifetimeValue(models, customer, { time: 52, periods: 1, discount: 0 }).value;
    expect(lifetimeValue(models, customer, { time: 52, periods: 1, discount: 0.1 }).value).toBeCloseTo(plain / 1.1, 9);
    const monthly = lifetimeValue(models, customer, { time: 52, periods: 12, discount: 0.01 }).value;
    expect(monthly).toBeLessThan(plain);
    expect(monthly).toBeGreaterThan(plain / 1.01 ** 12);
  });

  it('of somebody with a first order only is that of a newcomer at his age', () => {
    const first = lifetimeValue(
      models,
      { frequency: 0, recency: 0, age: 0, orders: 0, mean: 0 },
      { time: 32, periods: 4, discount: 0 },
    );
    expect(first.purchases).toBeCloseTo(1.0437, 3);
    expect(first.alive).toBe(1);
  });
});

describe('a fit', () => {
  const row = (frequency: number, recency: number, age: number, people: number): GroupedHistory => ({
    frequency,
    recency,
    age,
    people,
  });

  it('says why there is none: one customer, nobody back, nobody watched, nothing of value', () => {
    expect(fitBgNbd([])).toEqual({ kind: 'refused', reason: 'too_few_people', people: 0, least: 30 });
    expect(fitBgNbd([row(2, 3, 4, 1)])).toMatchObject({ kind: 'refused', reason: 'too_few_people', people: 1 });
    expect(fitBgNbd([row(0, 0, 5, 100)])).toEqual({ kind: 'refused', reason: 'no_repeats', people: 100 });
    expect(fitBgNbd([row(0, 0, 0, 100)])).toEqual({ kind: 'refused', reason: 'no_time', people: 100 });
    expect(fitGammaGamma([{ orders: 3, mean: 0, people: 100 }])).toMatchObject({
      kind: 'refused',
      reason: 'no_values',
    });
    expect(fitGammaGamma([{ orders: 3, mean: 5, people: 2 }])).toMatchObject({
      kind: 'refused',
      reason: 'too_few_people',
    });
  });

  it('of people who are all alike is finite, names the parameters that say nothing, and expects what they do', () => {
    const found = fitBgNbd([row(4, 40, 50, 100)]) as BgNbdFit;
    expect(found.kind).toBe('fitted');
    expect(found.atBounds.length).toBeGreaterThan(0);
    expect(Object.values(found.model).every(Number.isFinite)).toBe(true);
    expect(expectedPurchases(found.model, 50)).toBeGreaterThan(3);
    expect(expectedPurchases(found.model, 50)).toBeLessThan(5);
    const spent = fitGammaGamma([{ orders: 4, mean: 25, people: 100 }]) as GammaGammaFit;
    expect(spent.atBounds.length).toBeGreaterThan(0);
    expect(expectedOrderValue(spent.model, { orders: 0, mean: 0 })).toBeCloseTo(25, 1);
  });

  it('takes a newcomer of today, who says nothing', () => {
    const without = fitBgNbd(histories) as BgNbdFit;
    const withHim = fitBgNbd([...histories, row(0, 0, 0, 1)]) as BgNbdFit;
    expect(withHim.logLikelihood).toBeCloseTo(without.logLikelihood, 6);
    expect(withHim.model.r).toBeCloseTo(without.model.r, 4);
  });

  it('is the same of grouped rows and of people one by one', () => {
    const single = histories.flatMap((one) => Array.from({ length: one.people }, () => ({ ...one, people: 1 })));
    const likelihood = bgNbdLikelihood(single)(published);
    expect(bgNbdLikelihood(histories)(published)).toBeCloseTo(likelihood, 6);
  });

  it('is the same in days as in weeks', () => {
    const inDays = histories.map((one) => ({ ...one, recency: one.recency * 7, age: one.age * 7 }));
    const found = fitBgNbd(inDays) as BgNbdFit;
    expect(found.model.alpha / 7).toBeCloseTo(bgNbd.model.alpha, 3);
    expect(found.model.b).toBeCloseTo(bgNbd.model.b, 3);
  });

  it('refuses rows that nobody can have', () => {
    for (const wrong of [
      row(0, 1, 5, 1),
      row(1, 6, 5, 1),
      row(1.5, 1, 5, 1),
      row(1, 1, 5, 0),
      row(1, Number.NaN, 5, 1),
    ]) {
      expect(() => fitBgNbd([wrong])).toThrow('assertion failed');
    }
  });
});

/**
 * E[X(t)] = E over p of (1 − (alpha/(alpha + p t))^r)/p, p being beta(a, b): the rate is integrated out by hand, p by numbers. The
 * tanh-sinh rule takes the ends, where the density may be infinite.
 */
function integral({ r, alpha, a, b }: BgNbd, time: number): number {
  const terms = (of: (p: number, q: number) => number) => {
    let sum = 0;
    const h = 1 / 256;
    for (let k = -1600; k <= 1600; k += 1) {
      const u = (Math.PI / 2) * Math.sinh(k * h);
      const p = 1 / (1 + Math.exp(-2 * u));
      const q = 1 / (1 + Math.exp(2 * u));
      if (p === 0 || q === 0) continue;
      // p^(a−1) q^(b−1) dp, and dp = 2 p q du.
      const weight = Math.exp(a * Math.log(p) + b * Math.log(q)) * Math.PI * Math.cosh(k * h) * h;
      sum += weight * of(p, q);
    }
    return sum;
  };
  const bought = (p: number) => -Math.expm1(-r * Math.log1p((p * time) / alpha)) / p;
  return terms(bought) / terms(() => 1);
}
