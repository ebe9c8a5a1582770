/** `segment`, `explain --segment` and `crosstab`: what they print, as golden files, and as JSON. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectGolden } from '../support/golden.ts';
import { type CommandLine, commandLine, shopFiles } from './command-line.ts';

let shop: CommandLine;
const golden = (name: string) => new URL(`./golden/${name}`, import.meta.url);

const segments = `kind: segment
id: buyers
title: Bought once
where: [ { event: order_placed } ]
---
kind: segment
id: locals
where: [ { trait: country, is: CH } ]
---
kind: segment
id: regulars
where:
  - { segment: buyers }
  - { event: order_placed, in_last: 30d, count: { gte: 2 } }
  - not: { trait: country, is: FR }
  - any: [ { segment: locals }, { event: order_placed, sum: { of: total, gte: 100 EUR } } ]
---
kind: segment
id: top
where: [ { segment: regulars, for_at_least: 1d } ]
---
kind: trait
id: home
score: [ { add: 1, if: { trait: country, is: CH } } ]
---
kind: trait
id: abroad
score: [ { add: 1, if: { trait: country, in: [FR, DE] } } ]
---
kind: persona
id: travellers
personas: [ { id: at-home, score: home }, { id: on-the-way, score: abroad } ]
confidence: 0.5
weigh_by: worth
`;

const people = ['ana', 'ben', 'cleo', 'dan', 'eve', 'fay', 'gil', 'hal', 'ida', 'jon'];
/** Ana is a regular, Ben bought in France, Cleo once and long ago, the others once in the country of every third. */
const orders = [
  ...['1,ana,2026-03-02T10:00Z,10.00,CH', '2,ana,2026-03-04T10:00Z,30.00,CH'],
  ...['3,ben,2026-03-02T11:00Z,20.00,FR', '4,ben,2026-03-03T11:00Z,120.00,FR'],
  '5,cleo,2026-01-04T10:00Z,5.00,CH',
  ...people
    .slice(3)
    .map((who, i) => `${i + 6},${who},2026-03-0${1 + (i % 4)}T09:00Z,${i}.00,${['CH', 'FR', 'IT'][i % 3]}`),
];

beforeAll(async () => {
  const schema = shopFiles['schema.yaml'].replace(
    'country: { type: text }',
    'country: { type: text }\n  worth: { type: money }',
  );
  const source = shopFiles['source.yaml'].replace(
    'country: country',
    'country: country, worth: { column: total, currency: EUR }',
  );
  shop = await commandLine({ ...shopFiles, 'segments.yaml': segments, 'schema.yaml': schema, 'source.yaml': source });
  writeFileSync(join(shop.root, 'orders.csv'), `order,customer,at,total,country\n${orders.join('\n')}\n`);
  await shop.run('apply --yes --now 2026-03-01');
  await shop.run('import orders orders.csv --now 2026-03-05T12:00Z');
  await shop.run('run --once --now 2026-03-05T12:00Z');
  await shop.run('run --once --now 2026-03-07T12:00Z');
});
afterAll(() => shop.drop());

describe('segment', () => {
  it('shows definition, size, history, overlap and reasons', async () => {
    const { code, out, err } = await shop.run('segment regulars --now 2026-03-07T12:00Z');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expectGolden(golden('segment.txt'), out);
  });

  it('gives programs counts and shares', async () => {
    const json = JSON.parse((await shop.run('segment regulars --json --now 2026-03-07T12:00Z')).out);
    expect(json).toMatchObject({
      segment: 'regulars',
      size: 1,
      people: 10,
      filling: null,
      history: [
        { day: '2026-03-05', members: 1 },
        { day: '2026-03-07', members: 1 },
      ],
      reasons: { lanes: 1024, of: 1024, people: 10, members: 1 },
    });
    expect(json.overlap).toContainEqual({ segment: 'buyers', both: 1, size: 10, shareOfThis: 1, shareOfOther: 0.1 });
    expect(json.reasons.leaves).toContainEqual({
      condition: '{ trait: country, is_not: FR }',
      members: 1,
      keepsOut: 1,
    });
  });

  it('keeps one count a day, however often it runs', async () => {
    await shop.run('run --once --now 2026-03-07T18:00Z');
    const { out } = await shop.run('segment buyers --json --days 1');
    expect(JSON.parse(out).history).toEqual([{ day: '2026-03-07', at: '2026-03-07T12:00:00.000Z', members: 10 }]);
  });

  it('knows what was meant', async () => {
    expect(await shop.run('segment regular')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Did you mean regulars?'),
    });
  });
});

describe('explain --segment', () => {
  it('shows what each part found of a member, and of who is out', async () => {
    const ana = await shop.run('explain ana --segment regulars --now 2026-03-07T12:00Z');
    const ben = await shop.run('explain ben --segment top --deep all --now 2026-03-07T12:00Z');
    expect([ana.code, ben.code, ana.err + ben.err]).toEqual([0, 0, '']);
    const stable = (text: string) => text.replace(/profile \d+, lane \d+/g, 'profile N, lane N');
    expectGolden(golden('explain-segment.txt'), stable(`${ana.out}\n${ben.out}`));
  });

  it('gives programs the same tree', async () => {
    const json = JSON.parse(
      (await shop.run('explain ana --segment regulars --json --deep 0 --now 2026-03-07T12:00Z')).out,
    );
    expect(json).toMatchObject({
      segment: 'regulars',
      isMember: true,
      waitingFacts: 0,
      tree: { kind: 'all', holds: true },
    });
    expect(json.tree.of).toContainEqual({
      condition: '{ event: order_placed, in_last: 30d, count: { gte: 2 } }',
      holds: true,
      nextChange: '2026-04-01T10:00:00.000Z',
      value: 2,
      at: '2026-03-04T10:00:00.000Z',
      words: '2 events, last 2026-03-04 10:00 UTC',
    });
  });

  it('says who nobody is, and which segment there is not', async () => {
    expect((await shop.run('explain zoe --segment buyers')).err).toContain('Nobody answers to "zoe"');
    expect((await shop.run('explain ana --segment byers')).err).toContain('Did you mean buyers?');
  });
});

describe('crosstab', () => {
  it('counts people by a trait and a segment, in money too', async () => {
    const { code, out } = await shop.run('crosstab trait/country segment/regulars --by worth --min 1');
    expect(code).toBe(0);
    expectGolden(golden('crosstab.txt'), out);
  });

  it('counts personas, weighed by what their set says', async () => {
    const json = JSON.parse((await shop.run('crosstab persona/travellers segment/regulars --min 1 --json')).out);
    expect(json).toMatchObject({
      by: { trait: 'worth', currency: 'EUR' },
      rowLabels: ['at-home', 'on-the-way', null],
      columnLabels: ['in', 'out'],
      rowTotals: [
        { people: 5, weight: 4_400 },
        { people: 3, weight: 12_500 },
        { people: 2, weight: 700 },
      ],
      total: { people: 10, weight: 17_600 },
    });
    const { out } = await shop.run('crosstab persona/travellers segment/regulars --min 1 --by home');
    expect(out).toMatch(/unassigned +· +2 +2\n/);
  });

  it('hides cells of few people unless it is told not to', async () => {
    const { out } = await shop.run('crosstab trait/country segment/locals');
    expect(out).toContain('(few) stands for cells of fewer than 5 people');
    const json = JSON.parse((await shop.run('crosstab segment/buyers segment/locals --json --min 5')).out);
    expect(json).toMatchObject({ rowLabels: ['in', 'out'], columnLabels: ['in', 'out'], total: { people: 10 } });
  });

  it('refuses what is no side of a table', async () => {
    const wrong = await Promise.all(
      ['trait/worth segment/buyers', 'country segment/buyers', 'trait/country segment/buyers --by country'].map(
        (sides) => shop.run(`crosstab ${sides}`),
      ),
    );
    expect(wrong.map(({ code, out, err }) => ({ code, out, code_of_err: /^error\[(\w+)\]/.exec(err)?.[1] }))).toEqual(
      wrong.map(() => ({ code: 1, out: '', code_of_err: 'CLI_BAD_OPTION' })),
    );
  });
});

describe('while lanes fill what an apply made new', () => {
  it('status, segment and explain say how far they are', async () => {
    shop.write({ 'segments.yaml': segments.replace('in_last: 30d', 'in_last: 60d') });
    await shop.run('apply --yes --now 2026-03-08');
    const { out } = await shop.run('status --now 2026-03-08');
    expect(out).toContain('filling      [------------------------] segment regulars: 0 of 1,024 lanes\n');
    expect(out).toContain('             [------------------------] segment top: 0 of 1,024 lanes\n');
    expect((await shop.run('segment regulars --now 2026-03-08')).out).toContain(
      'Still being filled: 0 of 1,024 lanes so far.',
    );
    expect(JSON.parse((await shop.run('segment buyers --json --now 2026-03-08')).out).filling).toBeNull();
    const explained = await shop.run('explain ana --segment regulars --now 2026-03-08');
    expect(explained.out).toContain('Lane still runs under revision 1; the tree below reads revision 2.');
    await shop.run('run --once --now 2026-03-08');
    expect((await shop.run('status --json')).out).toContain('"unfilled": []');
  });
});
