/** What providers do to messages, end to end over a real SMTP server, and that whatever it is the person goes on. */
import { describe, expect, it } from 'vitest';
import { cut, reply } from '../../channels/smtp-server.ts';
import { mailShop, signUpAll } from './mail-server.ts';

describe('edge case 15: a provider', () => {
  it('that is busy (4xx) is asked again later, and the message leaves once', async () => {
    let refusals = 2;
    const { s, smtp } = await mailShop({
      recipient: () => (refusals-- > 0 ? reply(451, '4.7.1 too many messages') : null),
    });
    await signUpAll(s, ['ana']);
    expect(await s.messages()).toMatchObject([{ state: 'queued' }]);
    expect(await s.ways()).toEqual(['ana letter completed']);
    await s.advance('1h');
    expect(await s.messages()).toMatchObject([{ state: 'sent' }]);
    expect(smtp.received).toHaveLength(1);
  });

  it('that refuses the content (5xx) fails the message and leaves the address alone', async () => {
    const { s, smtp } = await mailShop({ content: () => reply(554, '5.7.1 looks like spam') });
    await signUpAll(s, ['ana']);
    await s.advance('3h');
    expect(await s.messages()).toMatchObject([
      { state: 'failed', decision: { reason: expect.stringContaining('SMTP 554 5.7.1') } },
    ]);
    expect(await s.rows('select 1 from parcours.suppression')).toEqual([]);
    expect(smtp.received).toEqual([]);
    expect(await s.ways()).toEqual(['ana letter completed']);
  });

  it('that is lost after it had the content leaves marketing uncertain, which is not sent again', async () => {
    const { s } = await mailShop({
      content: (_session, server) => {
        cut(server);
        return 'silence';
      },
    });
    await signUpAll(s, ['ana']);
    await s.advance('3h');
    expect(await s.messages()).toMatchObject([{ state: 'uncertain' }]);
    expect(await s.rows('select 1 from parcours.outbox')).toEqual([]);
    expect(await s.ways()).toEqual(['ana letter completed']);
  });

  it('that says that the address is none (hard bounce) gets no more for it, by whatever journey', async () => {
    let asked = 0;
    const { s } = await mailShop({
      recipient: () => {
        asked += 1;
        return reply(550, '5.1.1 no such user');
      },
    });
    await signUpAll(s, ['ana']);
    await signUpAll(s, ['ana']);
    expect(asked).toBe(1);
    expect((await s.messages()).map(({ state, decision }) => [state, decision.rule])).toEqual([
      ['failed', null],
      ['suppressed', 'suppressed-address mail'],
    ]);
    expect(await s.ways()).toEqual(['ana letter completed', 'ana letter not-sent']);
  });

  it('gets nothing of a template that cannot be rendered: the message fails with its reason, the person goes on', async () => {
    let isBusy = true;
    const { s, smtp } = await mailShop({ recipient: () => (isBusy ? reply(451, '4.2.0 later') : null) });
    await signUpAll(s, ['ana', 'bob']);
    isBusy = false;
    await s.rows(
      `update parcours.message set template = 'gone' where message_id = (select min(message_id) from parcours.message)`,
    );
    await s.advance('1h');
    expect((await s.messages()).map(({ state, decision }) => [state, decision.reason])).toEqual([
      ['failed', 'template gone is not in the live revision'],
      ['sent', undefined],
    ]);
    expect(smtp.received).toHaveLength(1);
    expect(await s.ways()).toEqual(['ana letter completed', 'bob letter completed']);
  });
});

describe('edge case 16: one bad recipient in a batch', () => {
  it('fails alone: all others hear, once', async () => {
    const { s, smtp } = await mailShop({
      recipient: (address) => (address.startsWith('p7@') ? reply(550, '5.1.1 no such user') : null),
    });
    const people = Array.from({ length: 30 }, (_, i) => `p${i}`);
    await signUpAll(s, people);
    const states = (await s.messages()).map(({ who, state }) => `${who} ${state}`);
    expect(states.sort()).toEqual(people.map((who) => `${who} ${who === 'p7' ? 'failed' : 'sent'}`).sort());
    expect(smtp.received.flatMap(({ recipients }) => recipients).sort()).toEqual(
      people
        .filter((who) => who !== 'p7')
        .map((who) => `${who}@shop.example`)
        .sort(),
    );
    expect(await s.rows('select 1 from parcours.suppression')).toHaveLength(1);
  });
});
