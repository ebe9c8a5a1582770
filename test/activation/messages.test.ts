/** A message on its way: its validity, mutes, channels and consents, second looks, and decisions that no longer hold. */
import { describe, expect, it } from 'vitest';
import { suppressionHash } from '../../engine/activation/dispatch/suppression-hash.ts';
import { everywhere, house, type Journey, signUp } from './pressure-house.ts';
import { type Scenario, scenario } from './scenario.ts';

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

  it('edge case 14: is closed by a denial that comes while the message is on its way', async () => {
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
