/** What countries and purposes ask before anything leaves: double opt-in, numbers that are numbers, registers; at queueing and again at dispatch. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { takeCalls } from '../../engine/activation/calls/take-calls.ts';
import { type Running, runningPrograms } from '../../engine/activation/running.ts';
import { importRegister } from '../../engine/profiles/registers/import-register.ts';
import { liveRevisionNumber } from '../../engine/store/revisions.ts';
import { strayMembers } from './anew.ts';
import { everywhere } from './pressure-house.ts';
import { type Happening, type Scenario, scenario } from './scenario.ts';

const journey = (channel: string, more = '', purpose = 'newsletter') => `kind: journey
id: hi
objective: engagement
purpose: ${purpose}
entry: { when: { event: signed_up }, reentry: always }
steps:
  - id: hi
    send: { channel: ${channel}, template: hello }
    otherwise: [ { exit: not-sent } ]
${more}`;

/** The consent of the shop, with a double opt-in by email. */
const newsletter = {
  'consents.yaml': `kind: consent
id: newsletter
channels: [email, sms, call]
double_opt_in: [email]
---
kind: consent
id: marketing
channels: [email, sms, call, log]
basis: legitimate-interest
---
kind: consent
id: service
channels: [email, sms, log]
basis: contract
`,
};

const france = (more: string) => `kind: country
id: fr
where: { trait: country, is: FR }
zone: Europe/Paris
phone: { prefix: 33, mobile: ['^\\+33[67]\\d{8}$'] }
${more}
---
`;
const french = { ...everywhere, country: 'FR', phone: '06 12 34 56 78' };

type Consents = NonNullable<Happening['consents']>;
const says = async (s: Scenario, who: string, consents: Consents, at?: string) => {
  await s.tell([{ who, consents, ...(at !== undefined && { at }) }]);
  await s.settle();
};
const state = async (s: Scenario) =>
  (
    await s.rows<{ line: string }>(
      `select k.channel || ' ' || k.state || case when k.confirmed_at > coalesce(k.denied_at, '-infinity') then ' confirmed' else '' end as line
     from parcours.consent k order by 1`,
    )
  ).map(({ line }) => line);

describe('a double opt-in', () => {
  it('lets nothing leave until it is confirmed, and asks again after a denial', async () => {
    const s = await scenario({ ...newsletter, 'scenario.yaml': journey('mail') });
    await s.person({ external_id: 'ana', traits: everywhere, consents: { 'newsletter/email': 'granted' } });
    await s.event('ana', 'signed_up');
    await s.advance('1h');
    await says(s, 'ana', { 'newsletter/email': 'confirmed' });
    await s.event('ana', 'signed_up');
    // Granted once more, it is still confirmed.
    await s.advance('1h');
    await says(s, 'ana', { 'newsletter/email': 'granted' });
    await s.event('ana', 'signed_up');
    await s.advance('1h');
    await says(s, 'ana', { 'newsletter/email': 'denied' });
    await s.advance('1h');
    await says(s, 'ana', { 'newsletter/email': 'granted' });
    await s.event('ana', 'signed_up');
    expect(await s.decisions()).toEqual([
      'ana hi suppressed no-consent newsletter',
      'ana hi queued',
      'ana hi queued',
      'ana hi suppressed no-consent newsletter',
    ]);
    // Where it isn't asked for, a grant is enough.
    expect(await state(s)).toEqual(['email granted']);
  });

  it('stands alike in whatever order statements arrive', async () => {
    const told = [
      ['granted', '2026-02-01T10:00:00Z'],
      ['confirmed', '2026-02-02T10:00:00Z'],
      ['denied', '2026-02-03T10:00:00Z'],
      ['granted', '2026-02-04T10:00:00Z'],
    ] as const;
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [3, 1, 0, 2],
      [1, 3, 2, 0],
    ]) {
      const s = await scenario(newsletter);
      for (const i of order) {
        const [word, at] = told[i] as (typeof told)[number];
        await says(s, 'ana', { 'newsletter/email': word }, at);
      }
      expect(await state(s), order.join()).toEqual(['email granted']);
      await says(s, 'ana', { 'newsletter/email': 'confirmed' }, '2026-02-05T10:00:00Z');
      expect(await state(s)).toEqual(['email granted confirmed']);
    }
  });

  it('is asked for by a service message, and heard of by journeys and segments, now and as of a time', async () => {
    const ask = `kind: journey
id: confirm
objective: service
purpose: service
entry: { when: { event: consent_changed, where: { purpose: newsletter, to: granted } }, if: { consent: newsletter, channel: email, is: pending }, reentry: always }
goal: { event: consent_changed, where: { purpose: newsletter, to: confirmed }, within: 7d, exit: true }
steps:
  - id: please-confirm
    send: { channel: mail, template: hello }
  - id: answer
    wait: 7d
---
kind: segment
id: pending
where: { consent: newsletter, channel: email, is: pending }
---
kind: segment
id: confirmed
where: { consent: newsletter, channel: email, is: confirmed, given: { after: 1d ago } }
`;
    const s = await scenario({ ...newsletter, 'scenario.yaml': ask });
    await s.person({ external_id: 'ana', traits: everywhere, consents: { 'newsletter/email': 'granted' } });
    await s.settle();
    expect(await s.decisions()).toEqual(['ana please-confirm queued']);
    expect([await s.members('pending'), await s.members('confirmed')]).toEqual([['ana'], []]);
    await s.advance('1h');
    await says(s, 'ana', { 'newsletter/email': 'confirmed' });
    await s.settle();
    expect(await s.ways()).toEqual(['ana confirm goal']);
    expect([await s.members('pending'), await s.members('confirmed')]).toEqual([[], ['ana']]);
    await s.advance('2d');
    expect(await s.members('confirmed')).toEqual([]);
    // Who comes confirmed is granted by the same word: both are told, once.
    await says(s, 'ben', { 'newsletter/email': 'confirmed' });
    const told = await s.rows<{ line: string }>(
      `select (properties ->> 'from') || ' ' || (properties ->> 'to') as line from parcours.event where type = 'consent_changed' order by event_id`,
    );
    expect(told.map(({ line }) => line)).toEqual([
      'unknown granted',
      'granted confirmed',
      'unknown granted',
      'granted confirmed',
    ]);
    expect(
      (await s.rows<{ state: string }>('select state from parcours.consent_log order by seq')).map((row) => row.state),
    ).toEqual([...['granted', 'confirmed', 'confirmed']]);
  });

  it('may be confirmed by a journey, with its proof; what is kept is what the statements say', async () => {
    const yaml = `kind: journey
id: confirm
objective: service
purpose: service
entry: { when: { event: visited }, reentry: always }
steps:
  - { id: yes, consent: { purpose: newsletter, channel: email, set: confirmed, proof: clicked-the-link } }
---
kind: segment
id: granted
where: { consent: newsletter, is: granted }
---
kind: segment
id: pending
where: { consent: newsletter, channel: email, is: pending }
---
kind: segment
id: confirmed
where: { consent: newsletter, is: confirmed, given: { after: 2d ago } }
`;
    const s = await scenario({ ...newsletter, 'scenario.yaml': yaml });
    const feeds: readonly (() => Promise<void>)[] = [
      () => says(s, 'ana', { 'newsletter/*': 'granted' }),
      () => s.event('ana', 'visited'),
      () => says(s, 'ana', { 'newsletter/email': 'denied' }, '2026-03-01T10:00:00Z'),
      () => says(s, 'ana', { 'newsletter/email': 'denied' }),
      () => says(s, 'ana', { 'newsletter/email': 'confirmed' }, '2026-03-01T12:00:00Z'),
      () => says(s, 'ben', { 'newsletter/sms': 'confirmed' }),
      () => says(s, 'ana', { 'newsletter/email': 'granted' }),
      () => s.advance('3d'),
    ];
    for (const feed of feeds) {
      await feed();
      await s.advance('10min');
      expect(await strayMembers(s)).toEqual([]);
    }
    const log = await s.rows<{ line: string }>(
      "select state || ' ' || source || ' ' || proof as line from parcours.consent_log where proof is not null",
    );
    expect(log.map(({ line }) => line)).toEqual(['confirmed parcours clicked-the-link']);
  });

  it('is asked for by the country of the person, where the purpose does not', async () => {
    const rule = 'consent: [ { purpose: marketing, channels: [email], needs: double-opt-in } ]';
    const s = await scenario({ ...newsletter, 'scenario.yaml': france(rule) + journey('mail', '', 'marketing') });
    for (const [who, said] of [
      ['ana', 'granted'],
      ['ben', 'confirmed'],
    ] as const) {
      await s.person({ external_id: who, traits: french });
      await says(s, who, { 'marketing/*': said });
      await s.event(who, 'signed_up');
    }
    await s.person({ external_id: 'cat', traits: everywhere });
    await s.event('cat', 'signed_up');
    expect(await s.decisions()).toEqual(['ana hi suppressed no-consent marketing', 'ben hi queued', 'cat hi queued']);
  });
});

describe('at dispatch', () => {
  it('the law of the country is looked at again: who moved there, or denied, gets nothing', async () => {
    const rule = 'consent: [ { purpose: marketing, channels: [email], needs: opt-in } ]';
    const s = await scenario({ ...newsletter, 'scenario.yaml': france(rule) + journey('mail', '', 'marketing') });
    s.block('mail');
    for (const who of ['ana', 'ben', 'cat']) await s.person({ external_id: who, traits: everywhere });
    for (const who of ['ana', 'ben', 'cat']) await s.event(who, 'signed_up');
    expect((await s.messages()).map((one) => one.state)).toEqual(['queued', 'queued', 'queued']);
    await s.traits('ana', { country: 'FR' });
    await says(s, 'ben', { 'marketing/email': 'denied' });
    s.unblock('mail');
    await s.advance('1h');
    expect((await s.messages()).map(({ state, decision }) => [state, decision.reason])).toEqual([
      ['suppressed', 'no consent for marketing on email'],
      ['suppressed', 'consent for marketing on email is denied'],
      ['sent', undefined],
    ]);
  });
});

describe('the numbers of a country', () => {
  it('are used in international form; an SMS goes to mobile ones alone', async () => {
    const s = await scenario({ ...newsletter, 'scenario.yaml': france('') + journey('text', '', 'marketing') });
    const numbers = { ana: '06 12 34 56 78', ben: '01 42 68 53 00', cat: 'call me', dan: '+33 6 99 99 99 99' };
    for (const [who, phone] of Object.entries(numbers)) {
      await s.person({ external_id: who, traits: { ...french, phone } });
      await s.event(who, 'signed_up');
    }
    await s.person({ external_id: 'eve', traits: { phone: '0612' } });
    await s.event('eve', 'signed_up');
    expect(await s.decisions()).toEqual([
      'ana hi queued',
      'ben hi suppressed not-mobile text',
      'cat hi suppressed bad-number text',
      'dan hi queued',
      // Nobody says how numbers are written where she lives.
      'eve hi queued',
    ]);
    expect(s.lines('text').map(({ to }) => to)).toEqual(['+33612345678', '+33699999999', '0612']);
  });
});

describe('a register', () => {
  const law = 'registers: [bloctel]';
  const desk = `---
kind: channel
id: desk
type: call-list
---
kind: journey
id: ring
objective: engagement
purpose: marketing
entry: { when: { event: visited }, reentry: always }
steps:
  - id: ring
    call: { list: desk, script: hello, within: 3d }
    otherwise: [ { exit: not-reached } ]
---
kind: journey
id: news
objective: service
purpose: service
entry: { when: { event: cart_updated }, reentry: always }
steps:
  - { id: news, send: { channel: text, template: hello } }
`;
  const imports = (s: Scenario, text: string, asOf = '2026-03-01') => {
    const path = join(s.root, 'numbers.csv');
    writeFileSync(path, text);
    return s.store.withSession((session) =>
      importRegister({
        ...{ session, register: 'bloctel', path, asOf: new Date(asOf), now: s.clock.now() },
        phone: { prefix: 33, mobile: [], repair: [] },
      }),
    );
  };

  it('bars numbers from what is no service, by phone and text; before it was imported, all of them', async () => {
    const s = await scenario({ ...newsletter, 'scenario.yaml': france(law) + journey('text', desk, 'marketing') });
    const people = { ana: '06 12 34 56 78', ben: '06 99 99 99 99' };
    for (const [who, phone] of Object.entries(people))
      await s.person({ external_id: who, traits: { ...french, phone } });
    await s.event('ana', 'signed_up');
    expect(await s.decisions()).toEqual(['ana hi suppressed no-register bloctel']);
    expect(await imports(s, 'number;name\n0612345678;A\n"+33 6 12 34 56 78"\n\n1234\n')).toMatchObject({
      ...{ entries: 1, lines: 5, unread: 2, unreadLines: [1, 5], isTaken: true },
    });
    for (const who of ['ana', 'ben']) await s.event(who, 'signed_up');
    for (const who of ['ana', 'ben']) await s.event(who, 'visited');
    await s.event('ana', 'cart_updated');
    expect((await s.decisions()).slice(1)).toEqual([
      'ana hi suppressed register bloctel',
      'ben hi queued',
      'ana ring suppressed register bloctel',
      'ben ring queued',
      'ana news queued',
    ]);
  });

  it('counts for who stands on a call list, or waits to be sent to, when it comes', async () => {
    const s = await scenario({ ...newsletter, 'scenario.yaml': france(law) + journey('text', desk, 'marketing') });
    await imports(s, '+33699999999\n');
    await s.person({ external_id: 'ana', traits: french });
    await s.event('ana', 'visited');
    s.block('text');
    await s.event('ana', 'signed_up');
    await imports(s, '+33612345678\n');
    const taken = await s.store.withSession(async (session) => {
      const running = await runningPrograms().get(session, await liveRevisionNumber(session));
      return await takeCalls(session, running as Running, { list: 'desk', agent: 'ida', limit: 1, t: s.clock.now() });
    });
    expect(taken?.calls).toEqual([]);
    expect(taken?.passed).toEqual([{ rule: 'register bloctel', calls: 1, until: null }]);
    s.unblock('text');
    await s.advance('1h');
    expect((await s.messages()).find(({ step }) => step === 'hi')).toMatchObject({
      ...{ state: 'suppressed', decision: { reason: 'the number may not be used: register bloctel' } },
    });
  });

  it('takes the place of the list before when it is whole, and stays what it was when nothing can be read', async () => {
    const s = await scenario({ ...newsletter, 'scenario.yaml': france(law) + journey('text', '', 'marketing') });
    const entries = () => s.rows<{ n: number }>('select count(*)::integer as n from parcours.register_entry');
    await imports(s, '+33612345678\n+33612345679\n');
    await Promise.all([imports(s, '+33699999999\n'), imports(s, '+33699999998\n')]);
    expect(await entries()).toEqual([{ n: 1 }]);
    expect(await imports(s, 'nothing\n')).toMatchObject({ isTaken: false, entries: 0 });
    expect(await entries()).toEqual([{ n: 1 }]);
    await s.person({ external_id: 'ana', traits: french });
    await s.event('ana', 'signed_up');
    expect(await s.decisions()).toEqual(['ana hi queued']);
  });
});
