/** The `twilio` adapter: the real SDK against a local server that answers as Twilio's documentation says. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../../engine/channels/adapter.ts';
import {
  createTwilioAdapter,
  defaultTwilioLimits,
  type TwilioConfig,
  type TwilioLimits,
} from '../../engine/channels/twilio.ts';
import { meaningOf } from '../../engine/channels/twilio-outcome.ts';
import { account, authToken, type TwilioServer, twilioServer } from '../support/twilio-server.ts';
import { outgoing } from './messages.ts';

let server: TwilioServer;
beforeAll(async () => {
  server = await twilioServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.answer = () => null;
  (server.requests as unknown[]).length = 0;
  (server.taken as unknown[]).length = 0;
});

const secrets: Readonly<Record<string, string>> = { SID: account, TOKEN: authToken, WRONG: 'another-token' };
const sms: TwilioConfig = {
  type: 'sms',
  accountSid: `\${secret.SID}`,
  authToken: `\${secret.TOKEN}`,
  messagingService: 'MG0123456789abcdef0123456789abcdef',
};

async function send(
  messages: readonly OutgoingMessage[],
  config: { readonly [K in keyof TwilioConfig]?: TwilioConfig[K] | undefined } = {},
  limits: Partial<TwilioLimits> = {},
) {
  const adapter = createTwilioAdapter(
    { ...sms, baseUrl: server.url, ...config } as TwilioConfig,
    (name) => secrets[name],
    {
      ...defaultTwilioLimits,
      ...limits,
    },
  );
  const outcomes = await adapter.send(messages);
  await adapter.close();
  return outcomes;
}

const text = (change: Partial<OutgoingMessage> = {}) =>
  outgoing({ channel: 'sms', to: '+33 6 12 34 56 78', text: 'Hola Ana', ...change });
const many = (count: number) =>
  Array.from({ length: count }, (_, i) => text({ token: `1-${i}`, to: `+3361234${String(i).padStart(4, '0')}` }));

describe('a message', () => {
  it('leaves by the messaging service, asks to be told what becomes of it, and is known by its number at Twilio', async () => {
    const [outcome] = await send([text()], { callbackUrl: 'https://hooks.shop.example' });
    expect(outcome).toEqual({ kind: 'accepted', providerId: server.taken[0]?.sid });
    expect(server.taken).toMatchObject([
      {
        To: '+33612345678',
        Body: 'Hola Ana',
        MessagingServiceSid: sms.messagingService,
        StatusCallback: 'https://hooks.shop.example/v1/twilio/sms/status?m=17-4211',
      },
    ]);
  });

  it('waits at Twilio no longer than it is valid', async () => {
    const at = text().at;
    await send([text({ validUntil: at + 90_000 }), text({ validUntil: at + 7 * 86_400_000 })]);
    expect(server.taken.map((one) => one.ValidityPeriod)).toEqual(['90', undefined]);
  });

  it('of WhatsApp names sender and recipient as WhatsApp does, and is an approved template with its variables', async () => {
    const content = { sid: 'HX0123456789abcdef0123456789abcdef', variables: { 1: 'Ana', 2: '12 €' } };
    await send([text({ content })], { type: 'whatsapp', from: '+33755530000', messagingService: undefined });
    expect(server.taken).toMatchObject([
      {
        ...{ To: 'whatsapp:+33612345678', From: 'whatsapp:+33755530000' },
        ...{ ContentSid: content.sid, ContentVariables: '{"1":"Ana","2":"12 €"}' },
      },
    ]);
    expect(server.taken[0]?.Body).toBeUndefined();
  });

  it('to what is no number in international form is never sent', async () => {
    const reason = 'the address is no telephone number in international form';
    expect(await send([text({ to: '0612345678' }), text({ to: '' })])).toEqual([
      { kind: 'rejected', reason, addressBad: true },
      { kind: 'rejected', reason, addressBad: true },
    ]);
    expect(server.requests).toEqual([]);
  });
});

describe('what is refused', () => {
  it.each([
    [21211, 'the number is none', { addressBad: true }],
    [21614, 'the number is no mobile one', { addressBad: true }],
    [21610, 'the person has unsubscribed', { addressBad: false, optedOut: true }],
    [21408, 'the account may not write to this country', { addressBad: false }],
    [
      63016,
      'the 24 hours since his last message are over, and only an approved template may be sent',
      { addressBad: false },
    ],
  ])('by %d alone concerns that message: %s', async (code, words, more) => {
    server.answer = (form) => (form.To === '+33612340001' ? { status: 400, code } : null);
    const [first, second, third] = await send(many(3));
    expect(second).toEqual({ kind: 'rejected', reason: `Twilio ${code}: ${words}`, ...more });
    expect([first?.kind, third?.kind]).toEqual(['accepted', 'accepted']);
  });

  it('half of a batch leaves the other half alone', async () => {
    server.answer = (form) => (Number(form.To?.slice(-1)) % 2 === 0 ? { status: 400, code: 21211 } : null);
    const kinds = (await send(many(10))).map(({ kind }) => kind);
    expect(kinds).toEqual(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? 'rejected' : 'accepted')));
  });

  it('says nothing that Twilio said: its words hold the number', async () => {
    server.answer = () => ({ status: 400, code: 29999 });
    expect(JSON.stringify(await send([text()]))).not.toContain('33612345678');
  });

  it('by 429 is tried again when Twilio says so, with all that waits behind it', async () => {
    server.answer = () => ({ status: 429, code: 20429, headers: { 'retry-after': '17' } });
    const outcomes = await send(many(50), {}, { requestsAtOnce: 1 });
    const reason = 'Twilio takes no more for now (20429)';
    expect(outcomes).toEqual(outcomes.map(() => ({ kind: 'retry', reason, afterMs: 17_000 })));
    expect(server.requests).toHaveLength(1);
  });

  it('by 429 without a time is left to our own backoff', async () => {
    server.answer = () => ({ status: 429, code: 20429 });
    expect(await send([text()])).toEqual([{ kind: 'retry', reason: 'Twilio takes no more for now (20429)' }]);
  });

  it('by wrong credentials is tried again, and one attempt is enough to know', async () => {
    const outcomes = await send(many(5), { authToken: `\${secret.WRONG}` }, { requestsAtOnce: 1 });
    expect(outcomes).toEqual(outcomes.map(() => ({ kind: 'retry', reason: 'Twilio refused the account (20003)' })));
    expect(server.requests).toHaveLength(1);
  });

  it('for lack of a secret is tried again, and tells its name alone', async () => {
    expect(await send([text()], { authToken: `\${secret.NOBODY}` })).toEqual([
      { kind: 'retry', reason: 'secret NOBODY is not set' },
    ]);
  });

  it('by an account that is none is tried again', async () => {
    expect(await send([text()], { accountSid: 'SK1' })).toEqual([
      { kind: 'retry', reason: 'the account of Twilio is none' },
    ]);
  });
});

describe('without an answer', () => {
  it('nothing has left where nobody listens', async () => {
    const { baseUrl } = { baseUrl: server.url.replace(/\d+$/, '1') };
    expect(await send(many(3), { baseUrl }, { requestsAtOnce: 1 })).toEqual(
      Array.from({ length: 3 }, () => ({ kind: 'retry', reason: 'no connection to Twilio (ECONNREFUSED)' })),
    );
  });

  it('nothing has left where TLS fails', async () => {
    const [outcome] = await send([text()], { baseUrl: server.url.replace('http:', 'https:') });
    expect(outcome).toMatchObject({ kind: 'retry', reason: expect.stringContaining('no connection to Twilio') });
  });

  it('nobody knows whether it left, and what waits behind it is tried again', async () => {
    server.answer = () => 'cut';
    expect(await send(many(2), {}, { requestsAtOnce: 1 })).toEqual([
      { kind: 'unknown', reason: 'no answer from Twilio (ECONNRESET)' },
      { kind: 'retry', reason: 'Twilio does not answer' },
    ]);
  });

  it('a slow provider is given up after a while', async () => {
    server.answer = () => 'silence';
    expect(await send([text()], {}, { timeoutMs: 50 })).toEqual([
      { kind: 'unknown', reason: 'no answer from Twilio (ECONNABORTED)' },
    ]);
  });
});

describe('a callback', () => {
  it('means a status, or nothing', () => {
    const states = ['queued', 'accepted', 'sending', 'sent', 'delivered', 'read', 'whatever'].map(
      (one) => meaningOf(one, null)?.state,
    );
    expect(states).toEqual([undefined, undefined, undefined, 'sent', 'delivered', 'seen', undefined]);
  });

  it.each([
    [30003, 'the handset cannot be reached', false],
    [30004, 'the message was blocked', false],
    [30005, 'the handset is unknown', true],
    [30006, 'a land line, or a carrier that cannot be reached', true],
    [30007, 'the carrier filtered the message', false],
    [30008, 'the carrier gives no reason', false],
  ])('of %d says that %s', (code, words, addressBad) => {
    const meaning = { state: 'bounced', reason: `Twilio ${code}: ${words}`, addressBad, optedOut: false };
    expect(meaningOf('undelivered', code)).toEqual(meaning);
  });

  it('of a code that is new says so', () => {
    expect(meaningOf('failed', 39_999)).toMatchObject({ state: 'bounced', reason: 'Twilio says failed (39999)' });
    expect(meaningOf('failed', null)).toMatchObject({ state: 'bounced', reason: 'Twilio says failed' });
  });
});
