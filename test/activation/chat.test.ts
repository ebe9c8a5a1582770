/** Inbound text: what is wanted by declared words, which way a journey takes by it, and the hand-over to a desk that sees the conversation. */
import { describe, expect, it } from 'vitest';
import { takenJson } from '../../engine/activation/calls/call-form.ts';
import { takeCalls } from '../../engine/activation/calls/take-calls.ts';
import { receiveInbound } from '../../engine/activation/messages/providers/inbound.ts';
import { intentOf } from '../../engine/activation/messages/providers/intents.ts';
import { type Running, runningPrograms } from '../../engine/activation/running.ts';
import { liveRevisionNumber } from '../../engine/store/revisions.ts';
import { scenario } from './scenario.ts';

describe('an intent', () => {
  const intents = { human: ['AGENT', 'SPEAK TO SOMEBODY'], price: ['PRICE', 'CUANTO'], speech: ['SPEAK'] };

  it.each([
    ['I want an AGENT!', 'human'],
    ['¿Cuánto?', 'price'],
    ['price, or an agent?', 'price'],
    ['can I speak to  somebody', 'human'],
    ['I speak', 'speech'],
    ['pricey agents', null],
    ['', null],
    ['💬', null],
  ])('of %j is %j: whole words, the first that stands there, the longest of a place', (text, wanted) => {
    expect(intentOf(text, intents)).toBe(wanted);
  });
});

const files = {
  'chat.yaml': `kind: channel
id: chat
type: whatsapp
via: log
intents:
  human: [agente, "hablar con alguien"]
  price: [precio, cuanto]
---
kind: consent
id: talks
channels: [whatsapp, call]
basis: legitimate-interest
---
kind: channel
id: desk
type: call-list
transcript: 7d
---
kind: channel
id: blind-desk
type: call-list
`,
  'scenario.yaml': `kind: journey
id: chat
objective: engagement
purpose: talks
entry: { when: { event: signed_up } }
steps:
  - id: ask
    send: { channel: chat, template: hello }
  - id: answer
    wait_for:
      - when: { event: message_received, where: { intent: human } }
        steps:
          - id: hand-over
            call: { list: desk, script: talk, within: 1d }
            then: [ { exit: spoken-to } ]
          - exit: not-reached
      - when: { event: message_received, where: { intent: price } }
        steps:
          - id: price
            send: { channel: chat, template: hello }
          - exit: told-the-price
    for: 2d
    otherwise: [ { exit: silent } ]
`,
};

describe('a conversation', () => {
  it('branches by what somebody wants, and is handed to a desk with what was said', async () => {
    const s = await scenario(files);
    const names = ['ana', 'ben', 'cat'];
    const numberOf = (who: string) => `+3361234567${names.indexOf(who)}`;
    for (const who of names) await s.person({ external_id: who, traits: { phone: numberOf(who) } });
    await s.tell(names.map((who) => ({ who, type: 'signed_up' })));
    await s.settle();
    const running = await s.store.withSession(async (session) => {
      const number = await liveRevisionNumber(session);
      return (await runningPrograms().get(session, number)) as Running;
    });
    let told = 0;
    // The number is how somebody is known who writes first.
    await s.rows(
      `insert into parcours.identifier (type, value, lane, profile_id)
       select 'phone', p.traits->>'phone', p.lane, p.profile_id from parcours.profile p returning 1`,
    );
    const says = async (who: string, text: string) => {
      await s.advance('5min');
      told += 1;
      const inbound = {
        ...{ channel: 'chat', type: 'whatsapp', from: numberOf(who), providerId: `SM${told}`, text, media: 0 },
        ...{ meaning: 'text' as const, at: s.clock.now() },
      };
      await s.store.withSession((session) => receiveInbound(session, inbound, running.program));
      await s.settle();
    };
    await says('ana', 'Hola, es azul?');
    await says('ana', 'Quiero HABLAR con alguien, por favor');
    await says('ben', '¿Cuánto cuesta?');
    expect(await s.ways()).toEqual(['ana chat at hand-over', 'ben chat told-the-price', 'cat chat at answer']);

    const take = async (list: string) => {
      const request = { list, agent: 'ida', limit: 5, t: s.clock.now() };
      return await s.store.withSession((session) => takeCalls(session, running, request));
    };
    const taken = await take('desk');
    const [call] = takenJson(taken as NonNullable<typeof taken>).calls;
    expect(call).toMatchObject({ script: 'talk', phone: numberOf('ana') });
    expect(call?.transcript?.map(({ by, text, intent, template }) => [by, text ?? template, intent])).toEqual([
      ['us', 'hello', null],
      ['person', 'Hola, es azul?', null],
      ['person', 'Quiero HABLAR con alguien, por favor', 'human'],
    ]);
    await s.advance('3d');
    expect((await s.ways()).at(-1)).toBe('cat chat silent');
    expect(await s.deadLetters()).toEqual([]);
  });
});
