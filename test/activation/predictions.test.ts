/**
 * Lifetime value and churn in the running engine, on the CDNOW sample up to 30 September 1997: published numbers from end to end, and
 * everybody's values as the plain functions give them. Without the real file the same on generated purchases, but for what was published.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { definitionsOf } from '../../engine/compiler/as-of.ts';
import type { BundleResource } from '../../engine/compiler/ir.ts';
import { lateralJoins } from '../../engine/compiler/pair.ts';
import type { Models } from '../../engine/compiler/prediction-sql.ts';
import { asOfScope } from '../../engine/compiler/scopes.ts';
import { param, render, sql } from '../../engine/compiler/sql.ts';
import { aliveProbability, expectedPurchases, expectedPurchasesAfter } from '../../engine/measure/statistics/bg-nbd.ts';
import type { GammaGamma } from '../../engine/measure/statistics/gamma-gamma.ts';
import { lifetimeValue } from '../../engine/measure/statistics/lifetime-value.ts';
import { cdnowFile, type Purchase, readPurchases } from '../examples/cdnow-file.ts';
import { type Scenario, scenario } from './scenario.ts';

const dayMs = 86_400_000;
const end = Date.UTC(1997, 8, 30);
const refresh = 'refresh: { every: week, at: "03:00" }';
const yaml = `kind: trait
id: orders_ahead
clv: { event: order_placed, over: 39w, predict: orders, ${refresh} }
---
kind: trait
id: worth
clv: { event: order_placed, of: total, over: 12mo, discount: 10%, ${refresh} }
---
kind: trait
id: churn
churn_risk: { event: order_placed, ${refresh} }
---
kind: segment
id: slipping
where: { trait: churn, gte: 0.5 }
`;

/** What a plain loop makes of a customer's purchases; times in days, money in cents. */
function historyOf(purchases: readonly Purchase[], until: number) {
  const days = new Map<number, number>();
  for (const { at, cents } of purchases) days.set(at, (days.get(at) ?? 0) + cents);
  const [first, ...later] = [...days.keys()].sort((a, b) => a - b) as [number, ...number[]];
  const spent = later.reduce((sum, day) => sum + (days.get(day) as number), 0);
  const last = later.at(-1) ?? first;
  return {
    frequency: later.length,
    recency: (last - first) / dayMs,
    age: (Math.max(last, until) - first) / dayMs,
    orders: later.length,
    mean: later.length === 0 ? 0 : spent / later.length,
  };
}

const folder = mkdtempSync(join(tmpdir(), 'parcours-predictions-'));
const standIn = join(folder, 'generated.txt');
const file = cdnowFile(standIn);
const isReal = file !== standIn;
const purchases = readPurchases(file);
rmSync(folder, { recursive: true });

const happening = ({ customer, at, cents }: Purchase) => ({
  who: customer,
  type: 'order_placed',
  at: new Date(at).toISOString(),
  trigger: false,
  properties: { total: { amount: cents, currency: 'EUR' } },
});

interface Customer {
  readonly who: string;
  readonly traits: {
    readonly orders_ahead?: number | null;
    readonly worth?: { readonly amount: number; readonly currency: string } | null;
    readonly churn?: number | null;
  };
}

async function customersOf(s: Scenario): Promise<readonly Customer[]> {
  return await s.rows<Customer>(
    'select i.value as who, p.traits from parcours.profile p join parcours.identifier i using (lane, profile_id) order by 1',
  );
}

/** What was fitted, by trait. */
async function modelsOf(s: Scenario): Promise<Readonly<Record<string, Models | undefined>>> {
  const rows = await s.rows<{ trait: string; bounds: Models }>('select trait, bounds from parcours.trait_scale');
  return Object.fromEntries(rows.map(({ trait, bounds }) => [trait, bounds]));
}

/** By person what facts say of a trait, as the resources define it. */
async function valuesAsOf(
  s: Scenario,
  trait: string,
  resources: readonly BundleResource[],
): Promise<ReadonlyMap<string, unknown>> {
  const joins = lateralJoins();
  const scope = asOfScope(sql`${param(s.clock.now())}::timestamptz`, definitionsOf(resources), joins);
  const value = scope.trait(trait);
  const { text, values } = render(
    sql`select i.value as who, ${value} as v from parcours.profile p ${joins.all()} join parcours.identifier i on i.lane = p.lane and i.profile_id = p.profile_id`,
  );
  return new Map((await s.rows<{ who: string; v: unknown }>(text, values)).map(({ who, v }) => [who, v]));
}

/** Whose stored value isn't the one that facts say. */
async function differences(s: Scenario, trait: string): Promise<readonly unknown[]> {
  const joins = lateralJoins();
  const scope = asOfScope(sql`${param(s.clock.now())}::timestamptz`, definitionsOf(s.bundle().resources), joins);
  const value = scope.trait(trait);
  const { text, values } = render(
    sql`select x.* from (select p.profile_id, nullif(p.traits -> ${param(trait)}::text, 'null') as kept, ${value} as found from parcours.profile p ${joins.all()}) x where x.kept is distinct from x.found`,
  );
  return await s.rows(text, values);
}

describe('on the purchases of CDNOW up to 30 September 1997', () => {
  const known = new Map<string, Purchase[]>();
  for (const one of purchases) {
    if (one.at <= end) known.set(one.customer, [...(known.get(one.customer) ?? []), one]);
  }

  it('models have the published parameters, and everybody the values of the plain functions by them', async () => {
    const s = await scenario(yaml, { start: '1997-09-30T12:00:00Z' });
    const all = [...known.values()].flat().map(happening);
    for (let from = 0; from < all.length; from += 1000) await s.tell(all.slice(from, from + 1000));
    await s.engine.drainImports();
    await s.settle();
    const { orders_ahead: orders, worth, churn } = await modelsOf(s);
    const day = end / dayMs;
    expect([orders?.day, worth?.day, churn?.day]).toEqual([day, day, day]);
    expect(churn?.bgNbd).toEqual(orders?.bgNbd);
    expect(orders?.gammaGamma).toBeUndefined();
    const model = orders?.bgNbd as NonNullable<Models['bgNbd']>;
    const values = worth?.gammaGamma as GammaGamma;
    if (isReal) {
      expect(model.r).toBeCloseTo(0.2426, 4);
      expect(Math.abs(model.alpha / 7 - 4.4135)).toBeLessThan(3e-4);
      expect(model.a).toBeCloseTo(0.7929, 3);
      expect(Math.abs(model.b - 2.4258)).toBeLessThan(4e-4);
      expect([values.p, values.q, values.v / 100].map((one) => Number(one.toFixed(2)))).toEqual([6.25, 3.74, 15.44]);
      const newcomer = [1, 32, 78].map((weeks) => Number(expectedPurchases(model, 7 * weeks).toFixed(4)));
      expect(newcomer).toEqual([0.0532, 1.0437, 1.858]);
    }
    const customers = await customersOf(s);
    expect(customers).toHaveLength(known.size);
    const periods = { time: 365.25, periods: 4, discount: 1.1 ** 0.25 - 1 };
    for (const { who, traits } of customers) {
      const history = historyOf(known.get(who) as Purchase[], end);
      expect(traits.orders_ahead, who).toBeCloseTo(expectedPurchasesAfter(model, history, 39 * 7), 3);
      const right = lifetimeValue({ purchases: model, values }, history, periods).value;
      expect(Math.abs((traits.worth?.amount ?? 0) - right), who).toBeLessThanOrEqual(0.51);
      if (history.frequency === 0) expect(traits.churn ?? null, who).toBeNull();
      else expect(traits.churn, who).toBeCloseTo(1 - aliveProbability(model, history), 3);
    }
    if (isReal) {
      // The customer of the paper: 2 repeats, the last after 30.43 weeks, watched for 38.86.
      const { traits } = customers.find(({ who }) => who === '00004') as Customer;
      expect([traits.orders_ahead, traits.churn]).toEqual([1.226, 0.2734]);
    }
    const slipping = customers.filter(({ traits }) => (traits.churn ?? 0) >= 0.5).map(({ who }) => who);
    expect(await s.members('slipping')).toEqual(slipping.sort());
    for (const trait of ['orders_ahead', 'worth', 'churn']) expect(await differences(s, trait)).toEqual([]);

    // A plan that looks further ahead reads people by the model that stands, until there is one of its own.
    const further = s.bundle().resources.map((one) => {
      if (one.kind !== 'trait' || one.id !== 'orders_ahead' || one.body.origin !== 'computed') return one;
      const definition = { ...one.body.definition, over: 2 * 39 * 7 } as typeof one.body.definition;
      return { ...one, digest: 'another', body: { ...one.body, definition } };
    });
    const planned = await valuesAsOf(s, 'orders_ahead', further);
    for (const { who } of customers) {
      const right = expectedPurchasesAfter(model, historyOf(known.get(who) as Purchase[], end), 2 * 39 * 7);
      expect(planned.get(who), who).toBeCloseTo(right, 3);
    }

    // An order changes his values at once, by the models that stand and up to the day of the order; time alone changes nothing.
    await s.advance('3d');
    const someone = customers.find(({ traits }) => traits.churn !== null && traits.churn !== undefined) as Customer;
    const order: Purchase = { customer: someone.who, at: end + 3 * dayMs, cents: 5000 };
    await s.tell([happening(order)]);
    await s.engine.drainImports();
    await s.settle();
    const after = await customersOf(s);
    const changed = after.filter(({ traits }, i) => JSON.stringify(traits) !== JSON.stringify(customers[i]?.traits));
    expect(changed.map(({ who }) => who)).toEqual([someone.who]);
    const his = historyOf([...(known.get(someone.who) as Purchase[]), order], end);
    expect(changed[0]?.traits.churn).toBeCloseTo(1 - aliveProbability(model, his), 3);
    expect(await differences(s, 'churn')).toEqual([]);
    // The next refresh, on Monday, watches everybody up to its day.
    await s.runUntil('1997-10-06T03:00:00Z');
    const { churn: next } = await modelsOf(s);
    expect(next?.day).toBe(day + 6);
    for (const { who, traits } of await customersOf(s)) {
      const bought = [...(known.get(who) as Purchase[]), ...(who === someone.who ? [order] : [])];
      const history = historyOf(bought, end + 6 * dayMs);
      if (history.frequency === 0) continue;
      expect(traits.churn, who).toBeCloseTo(1 - aliveProbability(next?.bgNbd as typeof model, history), 3);
    }
    expect(await s.deadLetters()).toEqual([]);
    expect(await s.rows(`select from parcours.trait_value where trait in ('orders_ahead', 'worth', 'churn')`)).toEqual(
      [],
    );
  });
});

describe('a forecast', () => {
  it('is none as long as there are too few people to tell by, and says so', async () => {
    const s = await scenario(yaml);
    for (const who of ['ana', 'ben']) {
      await s.event(who, 'order_placed', { total: { amount: 1000, currency: 'EUR' } });
      await s.advance('3d');
      await s.event(who, 'order_placed', { total: { amount: 1000, currency: 'EUR' } });
    }
    const { churn } = await modelsOf(s);
    expect(churn).toMatchObject({ refused: 'too_few_people' });
    for (const { traits } of await customersOf(s))
      expect([traits.churn ?? null, traits.worth ?? null]).toEqual([null, null]);
    expect(await s.deadLetters()).toEqual([]);
  });
});
