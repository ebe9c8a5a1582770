/** Pressure as people feel it: caps, quiet hours, mutes, validity, channels and consents, and what each decision says. */
import { describe, expect, it } from 'vitest';
import { suppressionHash } from '../../engine/activation/dispatch/suppression-hash.ts';
import { monday, type Scenario, scenario } from './scenario.ts';

interface Journey {
  readonly id: string;
  readonly priority?: number;
  readonly objective?: string;
  readonly channel?: string;
  readonly more?: string;
  readonly on?: string;
}

/** A journey that sends one message, named as the journey, at each sign-up. */
function journey({
  id,
  priority = 50,
  objective = 'engagement',
  channel = 'diary',
  more = '',
  on = 'signed_up',
}: Journey) {
  return `kind: journey
id: ${id}
objective: ${objective}
priority: ${priority}
entry: { when: { event: ${on} }, reentry: always }
steps:
  - id: ${id}
    send: { channel: ${channel}, template: hello${more} }
    otherwise: [ { exit: not-sent } ]
`;
}

function house(rules: string, journeys: readonly Journey[]): string {
  return `kind: pressure\nid: house\n${rules}\n${journeys.map((one) => `---\n${journey(one)}`).join('')}`;
}

const everywhere = { email: 'ana@shop.example', phone: '+41791234567', push_token: 'token' };

async function signUp(s: Scenario, who = 'ana'): Promise<void> {
  await s.event(who, 'signed_up');
}

describe('a cap', () => {
  it('lets the message of higher priority leave first; the other one leaves when there is room', async () => {
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
    const [, , third] = await s.messages();
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
      },
    });
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

describe('a message that waits', () => {
  const weekly =
    'caps: [ { id: weekly, max: 1, rolling: 7d } ]\nmute: [ { id: sunset, where: { trait: plan, is: asleep } } ]\nvalid_for: 9d';
  const two: readonly Journey[] = [
    { id: 'a', priority: 90, channel: 'mail' },
    { id: 'b', channel: 'mail' },
  ];

  it('meets the consents, the mutes and the addresses of the time at which it is looked at again (b20)', async () => {
    const s = await scenario(house(weekly, two));
    for (const who of ['ana', 'ben', 'cat', 'dan']) {
      await s.person({ external_id: who, traits: everywhere });
      await signUp(s, who);
    }
    await s.person({ external_id: 'ana', consents: { 'marketing/*': 'denied' } });
    await s.traits('ben', { plan: 'asleep' });
    await s.traits('cat', { email: null });
    await s.runUntil('2026-03-09T10:00:00Z');
    const late = (await s.messages()).filter((one) => one.step === 'b');
    expect(late.map(({ who, state, decision }) => [who, state, decision.rule])).toEqual([
      ['ana', 'suppressed', 'no-consent marketing'],
      ['ben', 'suppressed', 'mute house/sunset'],
      ['cat', 'suppressed', 'no-address mail'],
      ['dan', 'sent', null],
    ]);
    expect(late[0]?.decision).toMatchObject({ deferred_by: ['cap house/weekly'] });
  });

  it('waits for room that an uncertain one still takes (b24)', async () => {
    const s = await scenario(house(weekly, [two[0] as Journey, { id: 'b', on: 'visited', channel: 'mail' }]));
    s.block('mail');
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    await s.hears('a', 'uncertain');
    await s.event('ana', 'visited');
    expect(await s.messages()).toMatchObject([{ state: 'uncertain' }, { state: 'deferred' }]);
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

  it('that end after the validity expire the message at once (b24)', async () => {
    const s = await scenario(house(quiet, [{ ...pushed, more: ', valid_for: 3h' }]), { start: '2026-03-02T22:00:00Z' });
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    expect(await s.ways()).toEqual(['ana nudge not-sent']);
    expect(await s.decisions()).toEqual(['ana nudge expired quiet house']);
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

describe('the validity', () => {
  it('sends to `otherwise` who waited too long behind a cap', async () => {
    const s = await scenario(
      house('caps: [ { id: weekly, max: 1, rolling: 7d } ]\nvalid_for: 48h', [{ id: 'a', priority: 90 }, { id: 'b' }]),
    );
    await signUp(s);
    await s.advance('47h 59min');
    expect(await s.ways()).toEqual(['ana a completed', 'ana b at b']);
    await s.advance('1min');
    expect(await s.ways()).toEqual(['ana a completed', 'ana b not-sent']);
    expect(await s.messages()).toMatchObject([
      { state: 'sent' },
      { state: 'expired', decision: { deferred_by: ['cap house/weekly'] } },
    ]);
  });

  it('stops at its end what is still being tried', async () => {
    const s = await scenario(house('valid_for: 2h', [{ id: 'letter', channel: 'mail', more: ', valid_for: 10min' }]));
    s.block('mail');
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    await s.advance('1h');
    expect(await s.messages()).toMatchObject([{ state: 'expired' }]);
    expect(await s.rows('select 1 from parcours.outbox')).toEqual([]);
  });
});

describe('a mute', () => {
  it('stops whatever a journey says, but not the journeys that it leaves out, nor service', async () => {
    const s = await scenario(
      house('mute: [ { id: sunset, where: { trait: plan, is: asleep }, not_journeys: [wake-up] } ]', [
        { id: 'offer' },
        { id: 'wake-up' },
        { id: 'code', objective: 'service' },
      ]),
    );
    await s.traits('ana', { plan: 'asleep' });
    await s.traits('ben', { plan: 'awake' });
    await signUp(s, 'ana');
    await signUp(s, 'ben');
    expect([...(await s.decisions())].sort()).toEqual([
      'ana code queued',
      'ana offer suppressed mute house/sunset',
      'ana wake-up queued',
      'ben code queued',
      'ben offer queued',
      'ben wake-up queued',
    ]);
  });

  it('on one channel lets the next one of `first_of` through', async () => {
    const s = await scenario(
      house('mute: [ { id: silent, channels: [push], where: { trait: plan, is: asleep } } ]', [
        { id: 'offer', channel: '{ first_of: [push, mail] }' },
      ]),
    );
    await s.person({ external_id: 'ana', traits: { ...everywhere, plan: 'asleep' } });
    await s.person({ external_id: 'ben', traits: everywhere });
    await signUp(s, 'ana');
    await signUp(s, 'ben');
    expect(await s.messages()).toMatchObject([
      { who: 'ana', channel: 'mail' },
      { who: 'ben', channel: 'push' },
    ]);
  });
});

describe('the channel', () => {
  const first = { id: 'offer', channel: '{ first_of: [push, text, mail] }' };

  it('of `first_of` is the first with an address and without a denial (9)', async () => {
    const s = await scenario(house('valid_for: 2d', [first]));
    const { push_token: _, ...noPush } = everywhere;
    await s.person({ external_id: 'ana', traits: everywhere });
    await s.person({ external_id: 'ben', traits: noPush });
    await s.person({
      external_id: 'cat',
      traits: everywhere,
      consents: { 'marketing/push': 'denied', 'marketing/sms': 'denied' },
    });
    await s.person({
      external_id: 'dan',
      traits: everywhere,
      consents: { 'marketing/*': 'denied', 'marketing/push': 'granted' },
    });
    await s.person({ external_id: 'eve', traits: { push_token: '', phone: null } });
    for (const who of ['ana', 'ben', 'cat', 'dan', 'eve']) await signUp(s, who);
    expect(await s.messages()).toMatchObject([
      { who: 'ana', channel: 'push', state: 'sent' },
      { who: 'ben', channel: 'text', state: 'sent' },
      { who: 'cat', channel: 'mail', state: 'sent' },
      { who: 'dan', channel: null, state: 'suppressed', decision: { rule: 'no-consent marketing' } },
      { who: 'eve', channel: null, state: 'suppressed', decision: { rule: 'no-address mail' } },
    ]);
  });

  it('needs a word of the person where the basis is consent', async () => {
    const s = await scenario(house('valid_for: 2d', [{ id: 'news', channel: 'mail', more: ', purpose: newsletter' }]));
    await s.person({ external_id: 'ana', traits: everywhere });
    await s.person({ external_id: 'ben', traits: everywhere, consents: { 'newsletter/email': 'granted' } });
    await signUp(s, 'ana');
    await signUp(s, 'ben');
    expect(await s.decisions()).toEqual(['ana news suppressed no-consent newsletter', 'ben news queued']);
  });

  it('is closed by a denial that comes while the message is on its way', async () => {
    const s = await scenario(house('valid_for: 2d', [{ id: 'letter', channel: 'mail' }]));
    s.block('mail');
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    await s.person({ external_id: 'ana', consents: { 'marketing/email': 'denied' } });
    s.unblock('mail');
    await s.advance('2h');
    expect(await s.messages()).toMatchObject([{ state: 'suppressed', sent: null }]);
    expect(s.lines('mail')).toEqual([]);
    expect(await s.rows('select 1 from parcours.contact')).toEqual([]);
  });

  it('is closed for an address on the suppression list', async () => {
    const s = await scenario(house('valid_for: 2d', [{ id: 'letter', channel: 'mail' }]));
    await s.rows(`insert into parcours.suppression (hash, reason, at) values ($1, 'bounced', $2)`, [
      suppressionHash('email', everywhere.email),
      s.clock.now(),
    ]);
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    expect(await s.decisions()).toEqual(['ana letter suppressed suppressed-address mail']);
  });
});

describe('a decision that no longer holds', () => {
  const quiet = 'quiet_hours: [ { channels: [mail], from: "10:10", to: "12:00" } ]\nvalid_for: 3d';

  /** Queued at ten, and the channel can't send before the quiet hours begin. */
  async function returned(
    rules: string,
    more: readonly Journey[] = [],
    { exits = '', steps = '' } = {},
  ): Promise<Scenario> {
    const text = house(rules, [{ id: 'letter', channel: 'mail' }, ...more]);
    const s = await scenario(`${text.replace('reentry: always }\n', `reentry: always }\n${exits}`)}${steps}`);
    s.block('mail');
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    await s.runUntil('2026-03-02T10:30:00Z');
    return s;
  }

  it('brings the message back to its lane, which decides anew; it is not lost', async () => {
    const s = await returned(quiet);
    expect(await s.messages()).toMatchObject([
      {
        state: 'deferred',
        accepted: null,
        decision: { rule: 'quiet house', until: Date.parse('2026-03-02T12:00:00Z') },
      },
    ]);
    expect(await s.rows('select 1 from parcours.contact')).toEqual([]);
    s.unblock('mail');
    await s.runUntil('2026-03-02T13:00:00Z');
    expect(await s.sent()).toEqual(['ana letter 2026-03-02 12:00']);
    expect(await s.rows('select at from parcours.contact')).toEqual([{ at: new Date('2026-03-02T12:00:00Z') }]);
    expect(s.lines('mail')).toHaveLength(1);
  });

  it('may still fail for good, the next time', async () => {
    const s = await returned(quiet);
    await s.runUntil('2026-03-06T00:00:00Z');
    expect(await s.messages()).toMatchObject([{ state: 'failed' }]);
    expect(await s.rows('select 1 from parcours.outbox')).toEqual([]);
    expect(await s.rows('select 1 from parcours.contact')).toEqual([]);
    expect(await s.deadLetters()).toEqual([]);
  });

  it('gives its room away while it waits, and asks for room again', async () => {
    const s = await returned(`${quiet}\ncaps: [ { id: daily, max: 1, rolling: 1d } ]`, [{ id: 'note', on: 'visited' }]);
    await s.event('ana', 'visited');
    s.unblock('mail');
    await s.runUntil('2026-03-04T00:00:00Z');
    // A day after the note it is 10:30, which is quiet.
    expect(await s.sent()).toEqual(['ana note 2026-03-02 10:30', 'ana letter 2026-03-03 12:00']);
  });

  it('is not taken again for who has left the journey by an exit meanwhile (b20, b21)', async () => {
    const s = await returned(quiet, [], {
      exits: 'exit:\n  - { event: order_placed, as: bought }\n',
      steps: '  - id: rest\n    wait: 2d\n',
    });
    await s.event('ana', 'order_placed');
    expect(await s.ways()).toEqual(['ana letter bought']);
    s.unblock('mail');
    await s.runUntil('2026-03-03T00:00:00Z');
    expect(await s.sent()).toEqual([]);
    expect(await s.messages()).toMatchObject([{ state: 'suppressed', decision: { rule: 'left the journey' } }]);
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
