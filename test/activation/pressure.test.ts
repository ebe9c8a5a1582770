/** Caps and quiet hours as people feel them, and what each decision says. */
import { describe, expect, it } from 'vitest';
import { explained } from './explained.ts';
import { everywhere, house, type Journey, journey, signUp } from './pressure-house.ts';
import { monday, scenario } from './scenario.ts';

describe('a cap', () => {
  it('edge case 2: of two messages in the same second lets the one of higher priority leave; the other one leaves when there is room', async () => {
    const s = await scenario(
      house('caps: [ { id: weekly, max: 1, rolling: 7d } ]\nvalid_for: 10d', [
        { id: 'low', priority: 10 },
        { id: 'high', priority: 90 },
      ]),
    );
    await signUp(s);
    expect([...(await s.decisions())].sort()).toEqual(['ana high queued', 'ana low deferred cap house/weekly']);
    await s.runUntil('2026-03-09T09:59:59.999Z');
    expect(await s.sent()).toEqual(['ana high 2026-03-02 10:00']);
    await s.runUntil('2026-03-09T10:00:00Z');
    expect(await s.sent()).toEqual(['ana high 2026-03-02 10:00', 'ana low 2026-03-09 10:00']);
  });

  it('of equal priority lets the older message go first', async () => {
    const s = await scenario(
      house('caps: [ { id: daily, max: 1, rolling: 1d } ]\nvalid_for: 10d', [
        { id: 'zebra' },
        { id: 'ape', on: 'visited' },
        { id: 'bear', on: 'cart_updated' },
      ]),
    );
    await s.event('ana', 'signed_up');
    await s.advance('1h');
    await s.event('ana', 'cart_updated');
    await s.advance('1h');
    await s.event('ana', 'visited');
    await s.advance('3d');
    expect(await s.sent()).toEqual([
      'ana zebra 2026-03-02 10:00',
      'ana bear 2026-03-03 10:00',
      'ana ape 2026-03-04 10:00',
    ]);
  });

  it('says in the decision what it counted, and until when the message waits', async () => {
    const s = await scenario(
      house('caps: [ { id: weekly, max: 2, rolling: 7d } ]\nvalid_for: 10d', [{ id: 'a' }, { id: 'b' }, { id: 'c' }]),
    );
    await signUp(s);
    const [first, second, third] = await s.messages();
    expect(third).toMatchObject({
      state: 'deferred',
      decision: {
        outcome: 'deferred',
        rule: 'cap house/weekly',
        channel: 'diary',
        count: 2,
        max: 2,
        window: '7d',
        until: Date.parse('2026-03-09T10:00:00Z'),
        at: Date.parse(monday),
        counted: [first?.id, second?.id],
      },
    });
    expect(await explained(s)).toContain('      counted were a/a 2026-03-02 10:00 UTC, b/b 2026-03-02 10:00 UTC\n');
  });

  it.each([
    // Seven in the evening in Tokyo: the day ends at 15:00 UTC.
    ['day', 'Asia/Tokyo', monday, '2026-03-02 15:00'],
    // The day on which the clocks of Paris move has 23 hours.
    ['day', 'Europe/Paris', '2026-03-29T10:00:00Z', '2026-03-29 22:00'],
    ['day', 'Europe/Paris', '2026-10-25T10:00:00Z', '2026-10-25 23:00'],
    ['week', 'America/Lima', monday, '2026-03-08 05:00'],
    ['month', 'America/Lima', monday, '2026-04-01 05:00'],
  ])('of a calendar %s in %s frees at the end of the local one (b24)', async (unit, zone, start, free) => {
    const s = await scenario(
      {
        // The week of this shop starts on Sunday.
        'parcours.yaml': 'kind: workspace\nid: test\nzone: UTC\ncurrency: EUR\nlocale: en\nweek_starts: sun\n',
        'scenario.yaml': house(`caps: [ { id: one, max: 1, calendar: ${unit} } ]\nvalid_for: 60d`, [
          { id: 'a' },
          { id: 'b' },
        ]),
      },
      { start },
    );
    await s.person({ external_id: 'ana', zone });
    await signUp(s);
    await s.advance('40d');
    expect((await s.sent())[1]).toBe(`ana b ${free}`);
  });

  it('with `when_capped: drop` stops the message; the word of the send goes before the one of the house', async () => {
    const rules = (word: string) =>
      `caps: [ { id: weekly, max: 1, rolling: 7d } ]\nwhen_capped: ${word}\nvalid_for: 10d`;
    const drop = await scenario(
      house(rules('drop'), [{ id: 'a', priority: 90 }, { id: 'b' }, { id: 'c', more: ', when_capped: defer' }]),
    );
    await signUp(drop);
    expect(await drop.decisions()).toEqual([
      'ana a queued',
      'ana b suppressed cap house/weekly',
      'ana c deferred cap house/weekly',
    ]);
    expect(await drop.ways()).toEqual(['ana a completed', 'ana b not-sent', 'ana c at c']);
  });

  it('counts and stops only what it covers', async () => {
    const caps = `caps:
  - { id: mails, max: 1, rolling: 7d, channels: [mail] }
  - { id: a-or-b, max: 1, rolling: 7d, journeys: [a, b] }
  - { id: but-d, max: 3, rolling: 7d, not_journeys: [d, a] }
  - { id: loyal, max: 1, rolling: 7d, objectives: [loyalty] }
when_capped: drop`;
    const s = await scenario(
      house(caps, [
        { id: 'a', priority: 90, channel: 'mail' },
        { id: 'b', priority: 80 },
        { id: 'c', priority: 70, channel: 'mail' },
        { id: 'd', priority: 60, objective: 'loyalty' },
        { id: 'e', priority: 50, objective: 'loyalty' },
        { id: 'f', priority: 40 },
      ]),
    );
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    const decided = await s.messages();
    expect(Object.fromEntries(decided.map((one) => [one.journey, one.decision.rule]))).toEqual({
      a: null,
      b: 'cap house/a-or-b',
      c: 'cap house/mails',
      d: null,
      e: 'cap house/loyal',
      f: null,
    });
  });

  it('leaves service alone, which neither counts nor is stopped, unless it is named (b24)', async () => {
    const journeys: Journey[] = [
      { id: 'code', objective: 'service', priority: 90 },
      { id: 'offer', priority: 80 },
      { id: 'bill', objective: 'service', priority: 10 },
    ];
    const s = await scenario(house('caps: [ { id: weekly, max: 1, rolling: 7d } ]\nwhen_capped: drop', journeys));
    await signUp(s);
    expect([...(await s.decisions())].sort()).toEqual(['ana bill queued', 'ana code queued', 'ana offer queued']);
    const named = await scenario(
      house(
        'caps: [ { id: weekly, max: 1, rolling: 7d, objectives: [service, engagement] } ]\nwhen_capped: drop',
        journeys,
      ),
    );
    await signUp(named);
    expect([...(await named.decisions())].sort()).toEqual([
      'ana bill suppressed cap house/weekly',
      'ana code queued',
      'ana offer suppressed cap house/weekly',
    ]);
  });

  it('gets its room back from a message that failed', async () => {
    const s = await scenario(
      house('caps: [ { id: weekly, max: 1, rolling: 7d } ]\nvalid_for: 10d', [
        { id: 'letter', channel: 'mail' },
        { id: 'note', on: 'visited' },
      ]),
    );
    s.block('mail');
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    expect(await s.rows('select journey from parcours.contact')).toEqual([{ journey: 'letter' }]);
    await s.advance('5h');
    expect(await s.messages()).toMatchObject([{ step: 'letter', state: 'failed' }]);
    expect(await s.rows('select journey from parcours.contact')).toEqual([]);
    await s.event('ana', 'visited');
    expect(await s.sent()).toEqual(['ana note 2026-03-02 15:00']);
  });

  it('counts a message from its acceptance, not from when it leaves (b24)', async () => {
    const s = await scenario(
      house('caps: [ { id: weekly, max: 1, rolling: 7d } ]\nvalid_for: 10d', [
        { id: 'letter', channel: 'mail' },
        { id: 'note', on: 'visited' },
      ]),
    );
    s.block('mail');
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    await s.advance('10min');
    await s.event('ana', 'visited');
    expect(await s.decisions()).toEqual(['ana letter queued', 'ana note deferred cap house/weekly']);
    s.unblock('mail');
    await s.runUntil('2026-03-10T00:00:00Z');
    expect((await s.sent())[1]).toBe('ana note 2026-03-09 10:00');
  });
});

describe('several pressures', () => {
  it('all apply, with the shortest of their validities (b24)', async () => {
    const second = `---
kind: pressure
id: mobile
caps: [ { id: pushes, max: 1, rolling: 1d, channels: [push] } ]
valid_for: 5h
---
`;
    const s = await scenario(
      house('caps: [ { id: letters, max: 1, rolling: 1d, channels: [mail] } ]\nvalid_for: 9d\n', []) +
        second +
        [
          journey({ id: 'a', channel: 'push' }),
          journey({ id: 'b', channel: 'push' }),
          journey({ id: 'c', channel: 'mail' }),
          journey({ id: 'd', channel: 'mail' }),
        ].join('---\n'),
    );
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    expect([...(await s.decisions())].sort()).toEqual([
      'ana a queued',
      'ana b deferred cap mobile/pushes',
      'ana c queued',
      'ana d deferred cap house/letters',
    ]);
    await s.advance('5h');
    expect(await s.ways()).toEqual(['ana a completed', 'ana b not-sent', 'ana c completed', 'ana d not-sent']);
  });
});

describe('quiet hours', () => {
  const quiet = 'quiet_hours: [ { channels: [push], from: "21:00", to: "08:00" } ]';
  const pushed: Journey = { id: 'nudge', channel: 'push', more: ', valid_for: 24h' };

  it.each([
    ['Europe/Paris', '2026-03-02T20:30:00Z', '2026-03-03 07:00'],
    ['Europe/Paris', '2026-03-02T02:00:00Z', '2026-03-02 07:00'],
    // The night to 29 March is an hour shorter there.
    ['Europe/Paris', '2026-03-28T20:30:00Z', '2026-03-29 06:00'],
    ['America/Lima', '2026-03-02T20:30:00Z', '2026-03-02 20:30'],
    ['America/Lima', '2026-03-02T02:00:00Z', '2026-03-02 13:00'],
    ['Asia/Kolkata', '2026-03-02T15:30:00Z', '2026-03-03 02:30'],
  ])('of a person in %s send what comes at %s at %s', async (zone, start, sent) => {
    const s = await scenario(house(quiet, [pushed]), { start });
    await s.person({ external_id: 'ana', zone, traits: everywhere });
    await signUp(s);
    await s.advance('1d');
    expect(await s.sent()).toEqual([`ana nudge ${sent}`]);
  });

  it('begin at their first minute and are over at their last', async () => {
    const s = await scenario(
      house(quiet, [
        { ...pushed, id: 'a' },
        { ...pushed, id: 'b', on: 'visited' },
      ]),
    );
    await s.person({ external_id: 'ana', traits: everywhere });
    await s.runUntil('2026-03-02T20:59:59.999Z');
    await s.event('ana', 'signed_up');
    await s.runUntil('2026-03-02T21:00:00Z');
    await s.event('ana', 'visited');
    expect(await s.decisions()).toEqual(['ana a queued', 'ana b deferred quiet house']);
    await s.runUntil('2026-03-03T08:00:00Z');
    expect(await s.sent()).toEqual(['ana a 2026-03-02 20:59', 'ana b 2026-03-03 08:00']);
  });

  it('edge case 27: that end after the validity expire the message at once, and nothing leaves late (b24)', async () => {
    const s = await scenario(house(quiet, [{ ...pushed, more: ', valid_for: 3h' }]), { start: '2026-03-02T22:00:00Z' });
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    expect(await s.ways()).toEqual(['ana nudge not-sent']);
    expect(await s.decisions()).toEqual(['ana nudge expired quiet house']);
    await s.advance('1d');
    expect(await s.sent()).toEqual([]);
  });

  it('leave other channels and service alone', async () => {
    const s = await scenario(
      house(quiet, [
        { id: 'letter', channel: 'mail' },
        { id: 'code', channel: 'push', objective: 'service' },
      ]),
      { start: '2026-03-02T22:00:00Z' },
    );
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    expect([...(await s.decisions())].sort()).toEqual(['ana code queued', 'ana letter queued']);
  });

  it('use up no room of a cap while they hold a message', async () => {
    const s = await scenario(
      house(`${quiet}\ncaps: [ { id: daily, max: 1, rolling: 1d } ]`, [
        { ...pushed, priority: 90 },
        { id: 'letter', channel: 'mail' },
      ]),
      { start: '2026-03-02T22:00:00Z' },
    );
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    expect([...(await s.decisions())].sort()).toEqual(['ana letter queued', 'ana nudge deferred quiet house']);
  });
});

describe('every candidate', () => {
  it('has a row with a decision that names the rule, the time and the revision', async () => {
    const s = await scenario(
      house(
        'caps: [ { id: weekly, max: 2, rolling: 7d } ]\nmute: [ { id: sunset, where: { trait: plan, is: asleep } } ]',
        [
          { id: 'a', priority: 3 },
          { id: 'b', priority: 2, channel: 'mail' },
          { id: 'c', priority: 1, channel: 'push' },
          { id: 'd', priority: 0 },
        ],
      ),
    );
    await s.person({ external_id: 'ana', traits: { email: 'ana@shop.example' } });
    await s.person({ external_id: 'ben', traits: { plan: 'asleep' } });
    await signUp(s, 'ana');
    await signUp(s, 'ben');
    expect([...(await s.decisions())].sort()).toEqual([
      'ana a queued',
      'ana b queued',
      'ana c suppressed no-address push',
      'ana d deferred cap house/weekly',
      'ben a suppressed mute house/sunset',
      'ben b suppressed no-address mail',
      'ben c suppressed no-address push',
      'ben d suppressed mute house/sunset',
    ]);
    const rows = await s.rows<{ complete: boolean }>(
      `select bool_and(revision = 1 and (decision->>'at')::bigint = $1 and decision ? 'rule' and decision ? 'until') as complete from parcours.message`,
      [s.clock.now().getTime()],
    );
    expect(rows).toEqual([{ complete: true }]);
  });
});
