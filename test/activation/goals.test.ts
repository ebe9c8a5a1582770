/** Goals: met once, in their time, by when things happened; and those that must hold to the end. */
import { describe, expect, it } from 'vitest';
import { type Scenario, scenario } from './scenario.ts';
import { note, signUp, way } from './steps-yaml.ts';

const pause = '  - id: rest\n    wait: 30d';

async function goals(s: Scenario): Promise<readonly string[]> {
  return (await s.enrollments()).map((one) => `${one.who} ${one.goal ?? 'no goal'} ${one.exitAs ?? 'inside'}`);
}

describe('a goal', () => {
  it('b10: is met by an event that happened in its time and is told after, also of who has left', async () => {
    const s = await scenario({
      'scenario.yaml': way(pause, 'goal: { event: order_placed, within: 2d, exit: true }'),
      'quick.yaml': way(note('hello'), 'goal: { event: order_placed, within: 2d }').replace('id: way', 'id: quick'),
    });
    for (const who of ['ana', 'ben', 'cat']) await signUp(s, who);
    await s.runUntil('2026-03-05T08:00:00Z');
    await s.event('ana', 'order_placed', {}, { at: '2026-03-04T09:59:00Z' });
    await s.event('ben', 'order_placed', {}, { at: '2026-03-04T10:01:00Z' });
    // Older than `trigger_max_age`: history by now.
    await s.runUntil('2026-03-07T08:00:00Z');
    await s.event('cat', 'order_placed', {}, { at: '2026-03-03T10:00:00Z' });
    expect(await goals(s)).toEqual([
      'ana 2026-03-04 10:00 completed',
      'ana 2026-03-04 10:00 goal',
      'ben no goal completed',
      'ben no goal inside',
      'cat no goal completed',
      'cat no goal inside',
    ]);
  });

  it('of a state is not met by what turned true after its time, however late it is looked at', async () => {
    const s = await scenario(way(pause, 'goal: { trait: plan, is: pro, within: 2d }'));
    await signUp(s, 'ana');
    await signUp(s, 'ben');
    await s.advance('1d');
    await s.traits('ana', { plan: 'pro' });
    await s.advance('2d');
    await s.traits('ben', { plan: 'pro' });
    expect(await goals(s)).toEqual(['ana 2026-03-03 10:00 inside', 'ben no goal inside']);
  });

  it('b6: comes before an exit, and before a wait that is met, in the same instant', async () => {
    const s = await scenario(
      way(
        `  - id: order
    wait_for: { event: order_placed }
    for: 5d
    then: [ { exit: waited } ]`,
        'goal: { event: order_placed, within: 2d, exit: true }\nexit: [ { event: order_placed, as: left } ]',
      ),
    );
    await signUp(s, 'ana');
    await s.advance('1h');
    await s.event('ana', 'order_placed', {});
    expect(await goals(s)).toEqual(['ana 2026-03-02 11:00 goal']);
  });

  it('that something never happens is met at the end of its time, by those who have left too', async () => {
    const s = await scenario({
      'scenario.yaml': way(pause, 'goal: { never: order_placed, within: 3d, exit: true }'),
      'quick.yaml': way(note('hello'), 'goal: { never: order_placed, within: 3d }').replace('id: way', 'id: quick'),
    });
    for (const who of ['ana', 'ben']) await signUp(s, who);
    await s.advance('2d');
    await s.event('ben', 'order_placed', {});
    expect(await goals(s)).toEqual([
      'ana no goal completed',
      'ana no goal inside',
      'ben no goal completed',
      'ben no goal inside',
    ]);
    await s.advance('2d');
    expect(await goals(s)).toEqual([
      'ana 2026-03-05 10:00 completed',
      'ana 2026-03-05 10:00 goal',
      'ben no goal completed',
      'ben no goal inside',
    ]);
  });
});

describe('edge case 10', () => {
  it('a state that holds when the wait begins passes at once, an event before it does not, unless `since` says so', async () => {
    const wait = (id: string, condition: string) =>
      way(`  - id: nudge
    send: { channel: diary, template: hello }
  - id: ready
    wait_for: ${condition}
    for: 1d
    then: [ { exit: ready } ]
    otherwise: [ { exit: silent } ]`).replace('id: way', `id: ${id}`);
    const s = await scenario({
      'state.yaml': wait('state', '{ trait: plan, is: pro }'),
      'event.yaml': wait('event', '{ event: visited }'),
      'since.yaml': wait('since', '{ event: visited, since: nudge }'),
      'entry.yaml': wait('entry', '{ event: visited, since: entry }'),
    });
    await s.traits('ana', { plan: 'pro' });
    // He visits after he signed up, and both are handled together: the send commits with them.
    await s.tell([
      { who: 'ana', type: 'signed_up', properties: {}, at: '2026-03-02T09:59:00Z' },
      { who: 'ana', type: 'visited', properties: {}, at: '2026-03-02T09:59:30Z' },
    ]);
    await s.settle();
    expect(await s.ways()).toEqual(['ana entry ready', 'ana event at ready', 'ana since at ready', 'ana state ready']);
  });

  it('an event between the commit of the send and the wait meets a wait that looks back to the send', async () => {
    const s = await scenario(
      way(`  - id: nudge
    send: { channel: diary, template: hello }
  - id: rest
    wait: 1h
  - id: ready
    wait_for: { event: visited, since: nudge }
    for: 1d
    then: [ { exit: ready } ]`),
    );
    await signUp(s, 'ana');
    await s.advance('10min');
    await s.event('ana', 'visited', {});
    await s.advance('1h');
    expect(await s.ways()).toEqual(['ana way ready']);
  });
});
