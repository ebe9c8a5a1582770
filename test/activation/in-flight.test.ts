/** People who are inside a journey when its steps change. */
import { describe, expect, it } from 'vitest';
import { scenario } from './scenario.ts';
import { logOf, note, signUp, way } from './steps-yaml.ts';

const inFlight = (text: string) => `in_flight: ${text}`;
const resting = (wait: string, more = '', then = note('hello')) =>
  way(`  - id: rest\n    wait: ${wait}\n${then}`, more);

describe('in_flight: migrate', () => {
  it('lets people go on by the new steps from the step of the same id, with the end of their wait kept', async () => {
    const s = await scenario(resting('2d'));
    await signUp(s, 'ana');
    await s.advance('1d');
    await s.reapply(resting('5d', inFlight('{ policy: migrate }'), note('welcome')));
    await signUp(s, 'ben');
    await s.advance('9d');
    expect(await s.sent()).toEqual(['ana welcome 2026-03-04 10:00', 'ben welcome 2026-03-08 10:00']);
    expect(await logOf(s)).toEqual(['rest moved', 'rest waited', 'welcome queued']);
  });

  it('recomputes the end of waits by the new steps when asked to, into the past too', async () => {
    const s = await scenario(resting('9d'));
    await signUp(s, 'ana');
    await s.advance('1d');
    await signUp(s, 'ben');
    await s.advance('1d');
    await s.reapply(resting('36h', inFlight('{ policy: migrate, waits: recompute }')));
    await s.advance('2d');
    expect(await s.sent()).toEqual(['ana hello 2026-03-04 10:00', 'ben hello 2026-03-04 22:00']);
  });

  it('follows its map, does a mapped step from its beginning, and lets the others go on by the old steps', async () => {
    const s = await scenario({
      'scenario.yaml': resting('2d'),
      'odd.yaml': way(`  - id: lost\n    wait: 2d\n${note('hello')}`).replace('id: way', 'id: odd'),
    });
    await signUp(s, 'ana');
    await s.advance('1d');
    await s.reapply(
      {
        'scenario.yaml': way(
          `  - id: ready
    wait_for: { event: order_placed }
    for: 3d
    then: [ { exit: ordered } ]
${note('welcome')}`,
          inFlight('{ policy: migrate, map: { rest: ready } }'),
        ),
        'odd.yaml': way(`  - id: found\n    wait: 9d\n${note('welcome')}`, inFlight('{ policy: migrate }')).replace(
          'id: way',
          'id: odd',
        ),
      },
      { allowDestructive: ['journey/odd'] },
    );
    expect(await s.ways()).toEqual(['ana odd at lost', 'ana way at ready']);
    await s.advance('1h');
    await s.event('ana', 'order_placed', {});
    await s.advance('3d');
    expect(await s.ways()).toEqual(['ana odd completed', 'ana way ordered']);
    expect(await s.sent()).toEqual(['ana hello 2026-03-04 10:00']);
  });

  it('looks at the new goal and exits at once', async () => {
    const s = await scenario(resting('20d'));
    await s.traits('ana', { plan: 'free' });
    await signUp(s, 'ana');
    await signUp(s, 'ben');
    await s.traits('ben', { plan: 'pro' });
    await s.reapply(
      resting(
        '20d',
        `${inFlight('{ policy: migrate }')}\nexit: [ { trait: plan, is: pro, as: pro } ]\ngoal: { event: order_placed, within: 9d }`,
      ),
    );
    await s.advance('1d');
    await s.event('ana', 'order_placed', {});
    expect((await s.enrollments()).map((one) => `${one.who} ${one.goal} ${one.exitAs}`)).toEqual([
      'ana 2026-03-03 10:00 null',
      'ben null pro',
    ]);
  });
});

describe('in_flight: exit', () => {
  it('ends the enrollments of the old steps, and takes newcomers through the new ones', async () => {
    const s = await scenario(resting('2d'));
    await signUp(s, 'ana');
    await s.advance('1d');
    await s.reapply(resting('3d', inFlight('{ policy: exit }')));
    expect(await s.ways()).toEqual(['ana way changed']);
    await signUp(s, 'ben');
    await s.advance('9d');
    expect(await s.sent()).toEqual(['ben hello 2026-03-06 10:00']);
  });
});

describe('in_flight: drain', () => {
  it('lets nobody in until all who go by the old steps are through, and keeps who was not let in', async () => {
    const s = await scenario(resting('2d'));
    await signUp(s, 'ana');
    await s.reapply(resting('1h', inFlight('{ policy: drain }'), note('welcome')));
    await signUp(s, 'ben');
    await s.advance('1d');
    await signUp(s, 'cat');
    expect(await s.ways()).toEqual(['ana way at rest']);
    const refusals = await s.rows('select reason, times from parcours.entry_refusal');
    expect(refusals).toEqual([
      { reason: 'closed', times: 1 },
      { reason: 'closed', times: 1 },
    ]);
    await s.advance('1d 1h');
    await signUp(s, 'dan');
    await s.advance('2h');
    expect(await s.sent()).toEqual(['ana hello 2026-03-04 10:00', 'dan welcome 2026-03-04 12:00']);
    expect(await s.rows('select * from parcours.draining')).toEqual([]);
  });
});
