/** Decisions of the language about steps that no other file proves (LANGUAGE, part b). */
import { expect, it } from 'vitest';
import { scenario } from './scenario.ts';
import { note, signUp, way } from './steps-yaml.ts';

it('b5: an enrollment stands in one step; two threads are two journeys', async () => {
  const s = await scenario({
    'scenario.yaml': way(`  - id: fork
    branch:
      - { if: { field: entry.plan, is: pro }, steps: [ { id: arm-one, wait: 1d } ] }
      - { if: { field: entry.plan, is: pro }, steps: [ { id: arm-two, wait: 1d } ] }
    otherwise: [ { id: neither, wait: 1d } ]
  - id: after
    wait: 1d`),
    'other.yaml': way('  - id: beside\n    wait: 1d').replace('id: way', 'id: other'),
  });
  await signUp(s, 'ana', 'pro');
  expect(await s.ways()).toEqual(['ana other at beside', 'ana way at arm-one']);
  await s.advance('1d');
  expect(await s.ways()).toEqual(['ana other completed', 'ana way at after']);
});

it('b12: `in_last` slides to the instant, and what lies exactly so far back is out', async () => {
  const s = await scenario(
    way(`  - id: rest
    wait: 24h
  - id: fork
    branch:
      - { if: { event: visited, in_last: 24h }, steps: [ { exit: recent } ] }
    otherwise: [ { exit: past } ]`),
  );
  for (const who of ['ana', 'ben']) await s.event(who, 'visited', {});
  await s.event('ana', 'signed_up', {});
  await s.event('ben', 'signed_up', {});
  s.clock.jumpTo(new Date('2026-03-02T10:00:00.001Z'));
  await s.event('ben', 'visited', {});
  await s.advance('1d');
  expect(await s.ways()).toEqual(['ana way past', 'ben way recent']);
});

it('b15: a missing value makes a test false and its negative true; another currency is false, never converted', async () => {
  const s = await scenario(
    way(`  - id: missing
    branch:
      - { if: { trait: plan, is: pro }, steps: [ { exit: wrong } ] }
  - id: negative
    if: { trait: plan, is_not: pro }
    send: { channel: diary, template: hello }
  - id: money
    branch:
      - { if: { last: order_placed.total, since: ever, gte: 10 EUR }, steps: [ { exit: rich } ] }
${note('poor')}`),
  );
  await s.event('ana', 'order_placed', { total: { amount: 5_000, currency: 'USD' } });
  await s.event('ana', 'signed_up', {});
  expect((await s.messages()).map(({ step }) => step)).toEqual(['negative', 'poor']);
});

it('b20: a held send reads again, and b21: an exit takes back what is deferred, in a repeat too', async () => {
  const s = await scenario({
    'pressure.yaml': `kind: pressure
id: house
caps: [ { id: one, max: 1, rolling: 3d } ]
`,
    'scenario.yaml': way(
      `  - id: life
    repeat: { every: 1d, max: 3 }
    steps:
      - id: news
        send: { channel: diary, template: hello, valid_for: 2d }
`,
      'exit: [ { event: order_placed, as: bought } ]',
    ),
  });
  await signUp(s, 'ana');
  await s.advance('26h');
  // The second round's message is over the cap: the person stands in it.
  expect((await s.enrollments()).map(({ step, posture }) => `${step} ${posture}`)).toEqual(['news held']);
  await s.event('ana', 'order_placed', {});
  await s.advance('9d');
  expect(await s.sent()).toEqual(['ana news 2026-03-02 10:00']);
  expect(await s.ways()).toEqual(['ana way bought']);
  const states = await s.rows('select state, round from parcours.message order by message_id');
  expect(states).toEqual([
    { state: 'sent', round: 1 },
    { state: 'suppressed', round: 2 },
  ]);
});
