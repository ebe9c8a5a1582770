/**
 * History that an import writes straight into lanes: it says the same of everybody as history that goes through the inbox, whoever else is at
 * work, and whatever became of the people meanwhile. Rows of files: profiles/import-file.test.ts.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { declarationsOf } from '../../engine/profiles/declarations.ts';
import type { IdentifiedFact } from '../../engine/profiles/identified-fact.ts';
import { askMerges } from '../../engine/profiles/identity/queries.ts';
import { importFile } from '../../engine/profiles/import-file.ts';
import { ingestFacts } from '../../engine/profiles/ingest.ts';
import { proofSize } from '../support/proof.ts';
import { type Scenario, scenario } from './scenario.ts';

const files = {
  'more.yaml': `kind: identity
id: people
merge_by: [ { identifier: external_id }, { identifier: email } ]
survivorship: { plan: most_frequent }
---
kind: segment
id: buyers
where:
  - { event: order_placed, count: { gte: 2 }, since: ever }
---
kind: segment
id: quiet
where:
  - { never: order_placed, since: ever }
---
kind: trait
id: spent
sum: { event: order_placed, of: total }
---
kind: source
id: orders
type: file
format: csv
message_id: [n]
identifiers: [{ type: external_id, column: who }]
occurred_at: at
event: order_placed
properties: { total: { column: total, currency: EUR }, note: note }
traits: { first_name: first_name, plan: plan }
`,
};

const day = 86_400_000;

/** What is known of everybody, by their names; numbers of rows and of people aside, and how often it was noted since when. */
async function known(s: Scenario): Promise<unknown> {
  return s.rows(
    `select i.value as who, p.traits, p.zone, p.locale, p.merged_into is null as stands,
       (select jsonb_agg(jsonb_build_array(e.type, e.occurred_at, e.value, e.unit, e.properties, e.source) order by e.occurred_at, e.type, e.properties::text)
        from parcours.event e where e.lane = p.lane and e.profile_id = p.profile_id) as events,
       (select jsonb_agg(jsonb_build_array(v.trait, v.source, v.observed_at, v.value) order by v.trait, v.observed_at, v.source)
        from parcours.trait_value v where v.lane = p.lane and v.profile_id = p.profile_id and v.trait <> 'first_seen_at') as values,
       (select jsonb_agg(m.segment order by m.segment) from parcours.membership m
        where m.lane = p.lane and m.profile_id = p.profile_id and m.is_member) as segments
     from parcours.identifier i join parcours.profile p on p.lane = i.lane and p.profile_id = i.profile_id
     where i.type = 'external_id' order by 1`,
  );
}

const happening = fc.record({
  who: fc.integer({ min: 0, max: 5 }),
  mail: fc.option(fc.integer({ min: 0, max: 2 }), { freq: 3 }),
  at: fc.integer({ min: 0, max: 40 }),
  event: fc.option(fc.constantFrom('order_placed', 'visited')),
  total: fc.integer({ min: 0, max: 9_000 }),
  traits: fc.dictionary(
    fc.constantFrom('plan', 'first_name', 'zone', 'locale'),
    fc.option(fc.constantFrom('Europe/Paris', 'Nowhere/None', 'basic', 'gold')),
    { maxKeys: 3 },
  ),
  consent: fc.option(fc.constantFrom<'granted' | 'denied'>('granted', 'denied'), { freq: 6 }),
  source: fc.constantFrom('till', 'shop'),
});

type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function factOf(
  { who, mail, at, event, total, traits, consent, source }: Happening,
  n: number,
  now: Date,
): IdentifiedFact {
  const identifiers = [
    { type: 'external_id', value: `c${who}` },
    ...(mail === null ? [] : [{ type: 'email', value: `m${mail}@shop.example` }]),
  ];
  const properties = event === 'visited' ? { page: `${total}` } : { note: `${total}` };
  const told = {
    type: event ?? '',
    value: event === 'visited' ? null : total,
    unit: event === 'visited' ? null : 'EUR',
    properties,
  };
  return {
    ...{ messageId: `${n}`, identifiers },
    fact: {
      ...{ at: now.getTime() - at * day, received: now.getTime(), source, trigger: false },
      ...(event === null ? {} : { event: told }),
      ...(Object.keys(traits).length === 0 ? {} : { traits }),
      ...(consent === null ? {} : { consents: [{ purpose: 'newsletter', channel: '*', state: consent }] }),
    },
  };
}

describe('history that goes straight into lanes', () => {
  it('says the same as history that goes through the inbox', async () => {
    const [inbox, lanes] = [await scenario(files), await scenario(files)];
    const now = inbox.clock.now();
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(happening, { maxLength: 12 }), { maxLength: 3 }), async (batches) => {
        for (const batch of batches) {
          const facts = batch.map((one) => factOf(one, n++, now));
          const identity = declarationsOf(inbox.bundle())?.identity ?? null;
          for (const [s, intoLanes] of [
            [inbox, false],
            [lanes, true],
          ] as const) {
            await s.store.withSession((session) => ingestFacts(session, facts, { now, identity, intoLanes }));
            await s.engine.drainImports();
          }
        }
        expect(await known(lanes)).toEqual(await known(inbox));
      }),
      { seed: 41, numRuns: proofSize(400) },
    );
    expect(await lanes.deadLetters()).toEqual([]);
  });

  it('is handled with what else comes, by workers who skip what is held', async () => {
    const s = await scenario(files);
    const now = s.clock.now();
    const factsOf = (from: number) =>
      Array.from({ length: 60 }, (_, i) =>
        factOf(
          {
            who: i % 6,
            mail: null,
            at: 1,
            event: 'order_placed',
            total: 100,
            traits: {},
            consent: null,
            source: 'till',
          },
          from + i,
          now,
        ),
      );
    const write = (from: number) =>
      s.store.withSession((session) => ingestFacts(session, factsOf(from), { now, intoLanes: true }));
    await Promise.all([write(0), write(100), write(200), s.engine.runOnce(), s.engine.runOnce()]);
    await s.engine.runOnce();
    expect(await s.rows('select count(*) as n from parcours.event')).toEqual([{ n: 180 }]);
    expect(await s.rows(`select count(*) as n from parcours.inbox`)).toEqual([{ n: 0 }]);
    expect(await s.members('buyers')).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5']);
    expect(await s.members('quiet')).toEqual([]);
  });

  it('of people who were merged before they were looked at belongs to the survivor alone', async () => {
    const s = await scenario(files);
    const now = s.clock.now();
    await s.tell([
      { who: 'a', type: 'visited' },
      { who: 'b', type: 'visited' },
    ]);
    await s.settle();
    const one = {
      mail: null,
      at: 1,
      event: 'order_placed' as const,
      total: 1,
      traits: {},
      consent: null,
      source: 'till' as const,
    };
    const facts = ['a', 'b'].map(
      (who, i): IdentifiedFact => ({
        ...factOf({ ...one, who: 0 }, i, now),
        identifiers: [{ type: 'external_id', value: who }],
      }),
    );
    await s.store.withSession((session) => ingestFacts(session, facts, { now, intoLanes: true }));
    const ids = (await s.rows<{ id: number }>('select profile_id as id from parcours.identifier order by value')).map(
      ({ id }) => id,
    );
    const [a, b] = ids as [number, number];
    await s.store.withSession((session) => askMerges(session, [{ a, b, rule: 'alias', at: now }]));
    await s.settle();
    await s.advance('5min');
    expect(await s.rows('select count(*) as n from parcours.event where type = $1', ['order_placed'])).toEqual([
      { n: 2 },
    ]);
    const rows = await s.rows<{ n: number }>(
      `select count(*) as n from parcours.membership m join parcours.profile p using (lane, profile_id) where p.merged_into is not null`,
    );
    expect(rows).toEqual([{ n: 0 }]);
  });
});

describe('a file of history', () => {
  const csv = (rows: number, total: (n: number) => string = () => '1.50') =>
    `n,who,at,total,note,first_name,plan\n${Array.from({ length: rows }, (_, n) => `${n},c${n % 7},2026-01-0${1 + (n % 9)},${total(n)},x,Ana,gold`).join('\n')}\n`;

  async function importOf(s: Scenario, content: string) {
    const path = join(s.root, 'orders.csv');
    writeFileSync(path, content);
    const source = s.bundle().resources.find(({ kind, id }) => kind === 'source' && id === 'orders');
    if (source?.kind !== 'source') throw new Error('the scenario has a source');
    const declared = declarationsOf(s.bundle());
    if (declared === null) throw new Error('the scenario has a workspace');
    return s.store.withSession((session) =>
      importFile({
        ...{ session, sourceId: 'orders', source: source.body, declared, path, clock: s.clock },
        ...{ trigger: false, rejectsPath: null },
      }),
    );
  }

  it('is there once, however often it is read and wherever reading ended', async () => {
    const s = await scenario(files);
    expect(await importOf(s, csv(40))).toMatchObject({ rows: 40, facts: 40, newProfiles: 7 });
    expect(await importOf(s, csv(100))).toMatchObject({ rows: 100, facts: 60, duplicates: 40, newProfiles: 0 });
    await s.engine.drainImports();
    const before = await known(s);
    expect(await importOf(s, csv(100))).toMatchObject({ facts: 0, duplicates: 100 });
    await s.engine.drainImports();
    expect(await known(s)).toEqual(before);
    expect(await s.rows('select count(*) as n, sum(value) as cents from parcours.event')).toEqual([
      { n: 100, cents: '15000' },
    ]);
    expect(await s.members('buyers')).toHaveLength(7);
  });

  it('with a row that no store takes leaves that one out alone', async () => {
    const s = await scenario(files);
    // More than 64 bits hold; reading the file doesn't know.
    const summary = await importOf(
      s,
      csv(20, (n) => (n === 7 ? '99999999999999999999999.00' : '1')),
    );
    await s.engine.drainImports();
    const events = (await s.rows<{ n: number }>('select count(*) as n from parcours.event'))[0]?.n ?? 0;
    const apart = (await s.deadLetters()).length;
    expect({ events, lost: summary.rows - summary.rejected - events - apart }).toEqual({ events: 19, lost: 0 });
  });
});
