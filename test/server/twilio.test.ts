/** Twilio's callbacks: what they change, and what those change nothing that aren't Twilio's, come twice, too late or about nothing. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { askMerges } from '../../engine/profiles/identity/queries.ts';
import { createServe } from '../../engine/server/serve.ts';
import { type Scenario, scenario } from '../activation/scenario.ts';
import { way } from '../activation/steps-yaml.ts';
import { account, authToken, signedCall, type TwilioServer, twilioServer } from '../support/twilio-server.ts';

const hooks = 'https://hooks.shop.example';
let provider: TwilioServer;
beforeAll(async () => {
  provider = await twilioServer();
});
afterAll(() => provider.close());

const files = (steps: string) => ({
  'channels.yaml': `kind: channel
id: text
type: sms
twilio:
  account_sid: \${secret.SID}
  auth_token: \${secret.TOKEN}
  from: "+33755530000"
  callback_url: ${hooks}/
  segments_max: 2
  opt_out_words: { FR: [Ça suffit] }
  base_url: ${provider.url}
cost: { default: 0.08 EUR, by_country: { FR: 0.045 EUR } }
---
kind: channel
id: chat
type: whatsapp
twilio:
  account_sid: \${secret.SID}
  auth_token: \${secret.TOKEN}
  from: "+33755530000"
  callback_url: ${hooks}
  base_url: ${provider.url}
---
kind: channel
id: diary
type: log
---
kind: channel
id: mail
type: email
via: log
---
kind: channel
id: push
type: push
via: log
`,
  'consents.yaml': `kind: consent
id: marketing
channels: [email, sms, whatsapp, push, log]
basis: legitimate-interest
---
kind: consent
id: newsletter
channels: [email, sms]
basis: consent
---
kind: consent
id: service
channels: [email, sms, push, log]
basis: contract
`,
  'templates.yaml': `kind: template
id: hello
any:
  en: { subject: Hello, title: Hello, text: "Hello {{first_name}}" }
---
kind: template
id: approved
whatsapp:
  en:
    text: "Hello {{first_name}}, any text"
    content: { sid: HX0123456789abcdef0123456789abcdef, variables: { "1": "{{first_name}}" } }
`,
  'scenario.yaml': way(steps),
});

const told = `  - id: hello
    send: { channel: text, template: hello }
  - id: fate
    wait_for: { message: hello, status: delivered }
    for: 2d
    then: [ { exit: arrived } ]
    otherwise: [ { exit: lost } ]`;

const once = `  - id: hello
    send: { channel: text, template: hello }`;

interface Shop {
  readonly s: Scenario;
  readonly failures: string[];
  call(
    channel: string,
    kind: 'status' | 'inbound',
    form: Readonly<Record<string, string>>,
    more?: { readonly m?: string; readonly token?: string },
  ): Promise<number>;
  /** Of the newest message that Twilio took. */
  status(status: string, more?: Readonly<Record<string, string>>): Promise<number>;
  answer(text: string, more?: Readonly<Record<string, string>>): Promise<number>;
}

let answers = 0;

async function shop(steps = told): Promise<Shop> {
  provider.answer = () => null;
  (provider.taken as unknown[]).length = 0;
  const env = { SID: account, TOKEN: authToken };
  const s = await scenario(files(steps), { env });
  const failures: string[] = [];
  const server = await createServe({
    ...{ store: s.store, clock: s.clock, root: s.root, env },
    onFailure: ({ code }) => failures.push(code),
  });
  onTestFinished(() => server.close());
  const call: Shop['call'] = async (channel, kind, form, { m, token } = {}) => {
    const url = `${hooks}/v1/twilio/${channel}/${kind}${m === undefined ? '' : `?m=${m}`}`;
    const answer = await server.app.inject(signedCall(url, form, token));
    await s.settle();
    return answer.statusCode;
  };
  return {
    ...{ s, failures, call },
    async status(status, more = {}) {
      const last = provider.taken.at(-1)!;
      const form = { MessageSid: last.sid, MessageStatus: status, To: last.To!, AccountSid: account, ...more };
      const answer = await server.app.inject(signedCall(last.StatusCallback!, form));
      await s.settle();
      return answer.statusCode;
    },
    answer(text, more = {}) {
      answers += 1;
      const form = {
        MessageSid: `SM${answers}`,
        From: '+33612345678',
        To: '+33755530000',
        Body: text,
        NumMedia: '0',
        ...more,
      };
      return call('text', 'inbound', form);
    },
  };
}

async function ana(s: Scenario, who = 'ana'): Promise<void> {
  await s.person({ external_id: who, traits: { phone: '+33 6 12 34 56 78', first_name: 'Ana' } });
  await s.event(who, 'signed_up');
}

const events = (s: Scenario) =>
  s.rows<{ line: string }>(
    `select type || coalesce(' ' || (properties->>'text'), '') as line from parcours.event where type like 'message%' order by occurred_at, event_id`,
  );
const consents = async (s: Scenario) =>
  (
    await s.rows<{ line: string }>(
      `select purpose || ' ' || channel || ' ' || state as line from parcours.consent order by 1`,
    )
  ).map(({ line }) => line);

describe('what became of a message', () => {
  it('moves its journey, once; its name there and its price are known', async () => {
    const { s, status } = await shop();
    await ana(s);
    expect(await s.messages()).toMatchObject([{ state: 'sent' }]);
    expect(await s.rows('select provider_id, segments, cost_micros, cost_currency from parcours.message')).toEqual([
      { provider_id: provider.taken[0]?.sid, segments: 1, cost_micros: 45_000, cost_currency: 'EUR' },
    ]);
    expect(await status('delivered')).toBe(204);
    expect(await s.messages()).toMatchObject([{ state: 'delivered' }]);
    expect(await s.ways()).toEqual(['ana way arrived']);
    // Twice, and out of order: nothing more is changed.
    expect([await status('delivered'), await status('sent'), await status('queued')]).toEqual([204, 204, 204]);
    expect(await s.messages()).toMatchObject([{ state: 'delivered' }]);
    expect((await events(s)).map(({ line }) => line)).toEqual(['message_delivered']);
  });

  it('of somebody who became another one since moves that one', async () => {
    const { s, status } = await shop();
    await ana(s);
    await s.person({ external_id: 'zoe' });
    const people = await s.rows<{ profile_id: number }>('select profile_id from parcours.identifier order by value');
    const [a, z] = people.map(({ profile_id }) => profile_id) as [number, number];
    const [from, into] = [a, z];
    const asked = [{ a: from, b: into, rule: 'by hand', at: s.clock.now() }];
    await s.store.withSession((session) => askMerges(session, asked));
    await s.settle();
    expect(await status('delivered')).toBe(204);
    expect(await s.messages()).toMatchObject([{ state: 'delivered' }]);
    expect(await s.rows('select distinct profile_id from parcours.message')).toEqual(
      await s.rows('select profile_id from parcours.profile where merged_into is null'),
    );
  });

  it('that was not delivered fails the message, and its person goes on at once', async () => {
    const { s, status } = await shop();
    await ana(s);
    expect(await status('undelivered', { ErrorCode: '30003' })).toBe(204);
    expect(await s.messages()).toMatchObject([
      { state: 'failed', decision: { reason: 'Twilio 30003: the handset cannot be reached' } },
    ]);
    expect(await s.ways()).toEqual(['ana way lost']);
    expect(await s.rows('select 1 from parcours.suppression')).toEqual([]);
  });

  it('for a number that gets no messages ends all that would go there', async () => {
    const { s, status } = await shop();
    await ana(s);
    await status('undelivered', { ErrorCode: '30006' });
    await s.event('ana', 'signed_up');
    expect((await s.messages()).map(({ state, decision }) => [state, decision.rule])).toEqual([
      ['failed', null],
      ['suppressed', 'suppressed-address text'],
    ]);
  });

  it("with a signature that is not Twilio's is refused, told to who watches, and changes nothing", async () => {
    const { s, call, failures } = await shop();
    await ana(s);
    const m = new URL(provider.taken[0]!.StatusCallback!).searchParams.get('m')!;
    const form = { MessageStatus: 'delivered', MessageSid: 'SM1' };
    expect(await call('text', 'status', form, { m, token: 'guessed' })).toBe(403);
    expect(failures).toEqual(['wrong_signature']);
    expect(await s.messages()).toMatchObject([{ state: 'sent' }]);
    // A message or a channel that isn't there.
    expect(await call('text', 'status', form, { m: '17-999999' })).toBe(404);
    expect(await call('text', 'status', form, { m: 'nonsense' })).toBe(404);
    expect(await call('diary', 'status', form, { m: '17-1' })).toBe(404);
    expect(await s.messages()).toMatchObject([{ state: 'sent' }]);
    expect(await s.rows('select 1 from parcours.inbox')).toEqual([]);
  });
});

describe('an answer', () => {
  it('is an event of its person, and an act on the message that he answers', async () => {
    const { s, answer } = await shop();
    await ana(s);
    expect(await answer('Is it blue?')).toBe(200);
    expect(await s.messages()).toMatchObject([{ state: 'acted' }]);
    expect((await events(s)).map(({ line }) => line).sort()).toEqual([
      'message_acted',
      'message_received Is it blue?',
      'message_replied Is it blue?',
    ]);
    expect(await s.ways()).toEqual(['ana way arrived']);
    // The same one again, one of nobody who is known, and a word that means something in another country.
    await answer('Yes', { MessageSid: 'SMtwice' });
    await answer('Yes', { MessageSid: 'SMtwice' });
    expect(await answer('Hello', { From: '+33699999999' })).toBe(200);
    await answer('Baja');
    const received = (await events(s)).map(({ line }) => line).filter((line) => line.startsWith('message_received'));
    expect(received).toEqual(['message_received Is it blue?', 'message_received Yes', 'message_received Baja']);
    expect(await consents(s)).toEqual([]);
  });

  it('of "no more" denies what can be refused, in the words of the country, and nothing more is sent there', async () => {
    const { s, answer } = await shop(once);
    const words = ['stop', 'Arrêt !', 'STOP 36179', 'ça suffit', 'Baja'];
    const number = (i: number) => (words[i] === 'Baja' ? '+5491123456789' : `+3361234567${i}`);
    const traits = (i: number) => ({ phone: number(i), first_name: 'Ana' });
    await s.tell(
      words.map((_, i) => ({ who: `p${i}`, traits: traits(i), consents: { 'newsletter/sms': 'granted' as const } })),
    );
    await s.tell(words.map((_, i) => ({ who: `p${i}`, type: 'signed_up' })));
    await s.settle();
    for (const [i, word] of words.entries()) await answer(word, { From: number(i) });
    expect(new Set(await consents(s))).toEqual(new Set(['marketing sms denied', 'newsletter sms denied']));
    expect(await consents(s)).toHaveLength(2 * words.length);
    await s.tell(words.map((_, i) => ({ who: `p${i}`, type: 'signed_up' })));
    await s.settle();
    expect((await s.messages()).map(({ state }) => state)).toEqual([
      ...words.map(() => 'sent'),
      ...words.map(() => 'suppressed'),
    ]);
    expect(provider.taken).toHaveLength(words.length);
  });

  it('of `start` gives back what was taken, and nothing that was never given', async () => {
    const { s, answer } = await shop(once);
    await ana(s);
    await answer('STOP');
    await s.rows(`delete from parcours.consent where purpose = 'newsletter'`);
    await answer('start');
    expect(await consents(s)).toEqual(['marketing sms granted']);
    expect(await s.rows('select 1 from parcours.suppression')).toEqual([]);
    await s.event('ana', 'signed_up');
    expect(provider.taken).toHaveLength(2);
  });
});

describe('a message that Twilio refuses', () => {
  it('because its person has unsubscribed there is failed, and denied here', async () => {
    const { s } = await shop();
    provider.answer = () => ({ status: 400, code: 21610 });
    await ana(s);
    expect(await s.messages()).toMatchObject([
      { state: 'failed', decision: { reason: 'Twilio 21610: the person has unsubscribed' } },
    ]);
    expect(await s.ways()).toEqual(['ana way lost']);
    expect(await consents(s)).toEqual(['marketing sms denied', 'newsletter sms denied']);
    expect(await s.rows('select reason from parcours.suppression')).toEqual([{ reason: 'unsubscribed' }]);
  });

  it('for now leaves when Twilio takes it again', async () => {
    const { s } = await shop();
    let refused = 1;
    provider.answer = () => (refused-- > 0 ? { status: 429, code: 20429, headers: { 'retry-after': '600' } } : null);
    await ana(s);
    expect(await s.messages()).toMatchObject([{ state: 'queued' }]);
    await s.advance('9min');
    expect(provider.taken).toHaveLength(0);
    await s.advance('2min');
    expect(await s.messages()).toMatchObject([{ state: 'sent' }]);
  });

  it('for ever fails in the end, and its person goes on', async () => {
    const { s } = await shop();
    provider.answer = () => ({ status: 500 });
    await ana(s);
    await s.advance('1d');
    expect(await s.messages()).toMatchObject([
      { state: 'failed', decision: { reason: 'given up after 8 attempts: Twilio refused it (500)' } },
    ]);
    expect(await s.ways()).toEqual(['ana way lost']);
  });

  it('or may have taken is uncertain, and not sent again', async () => {
    const { s } = await shop();
    provider.answer = () => 'cut';
    await ana(s);
    provider.answer = () => null;
    await s.advance('3d');
    expect(await s.messages()).toMatchObject([{ state: 'uncertain' }]);
    expect(provider.taken).toHaveLength(0);
    expect(await s.ways()).toEqual(['ana way lost']);
  });

  it('never gets what is longer than the channel sends', async () => {
    const { s } = await shop();
    await s.person({ external_id: 'ana', traits: { phone: '+33612345678', first_name: 'A'.repeat(400) } });
    await s.event('ana', 'signed_up');
    expect(await s.messages()).toMatchObject([
      { state: 'failed', decision: { reason: 'the message takes 3 parts, and the channel sends 2 at most' } },
    ]);
    expect(provider.requests.filter(({ form }) => form.Body?.startsWith('Hello AAA'))).toEqual([]);
  });
});

describe('WhatsApp', () => {
  const steps = (template: string) => `  - id: hello
    send: { channel: chat, template: ${template} }
  - id: fate
    wait_for: { message: hello, status: seen }
    for: 2d
    then: [ { exit: read } ]
    otherwise: [ { exit: unread } ]`;

  it('gets an approved template, and any text for a day after its person wrote', async () => {
    const { s, call, status } = await shop(steps('approved'));
    await ana(s);
    await status('read');
    expect(await s.ways()).toEqual(['ana way read']);
    const form = { MessageSid: 'SMchat', From: 'whatsapp:+33612345678', To: 'whatsapp:+33755530000', Body: 'Hi' };
    expect(await call('chat', 'inbound', form)).toBe(200);
    await s.advance('1h');
    await s.event('ana', 'signed_up');
    await s.advance('3d');
    await s.event('ana', 'signed_up');
    expect(
      provider.taken.map(({ ContentSid, ContentVariables, Body }) => [ContentSid?.slice(0, 4), ContentVariables, Body]),
    ).toEqual([
      ['HX01', '{"1":"Ana"}', undefined],
      [undefined, undefined, 'Hello Ana, any text'],
      ['HX01', '{"1":"Ana"}', undefined],
    ]);
  });

  it('gets nothing else: the message fails with its reason, and its person goes on', async () => {
    const { s } = await shop(steps('hello'));
    await ana(s);
    expect(await s.messages()).toMatchObject([
      { state: 'failed', decision: { reason: expect.stringContaining('`content`') } },
    ]);
    expect(await s.ways()).toEqual(['ana way unread']);
    expect(provider.taken).toEqual([]);
  });
});

describe('a provider that can take nothing', () => {
  it('fails messages in the end, each with its reason, and their person goes on', async () => {
    provider.answer = () => null;
    (provider.taken as unknown[]).length = 0;
    const broken = (id: string, more: string, token = 'TOKEN') => `kind: channel
id: ${id}
type: sms
twilio: { account_sid: "\${secret.SID}", auth_token: "\${secret.${token}}", from: "+33755530000", ${more} }
---
`;
    const away = provider.url.replace(/\d+$/, '1');
    const channels =
      broken('wrong', `base_url: "${provider.url}"`, 'WRONG') +
      broken('unset', `base_url: "${provider.url}"`, 'NOBODY') +
      broken('away', `base_url: "${away}"`) +
      broken('tls', `base_url: "${provider.url.replace('http:', 'https:')}"`);
    const all = files(`  - id: hello
    send: { channel: { all_of: [wrong, unset, away, tls] }, template: hello }
  - id: fate
    wait_for: { message: hello, status: delivered }
    for: 5d
    otherwise: [ { exit: lost } ]`);
    const env = { SID: account, TOKEN: authToken, WRONG: 'another-token' };
    const s = await scenario({ ...all, 'channels.yaml': `${channels}${all['channels.yaml']}` }, { env });
    await ana(s);
    expect((await s.messages()).map(({ state }) => state)).toEqual(['queued', 'queued', 'queued', 'queued']);
    await s.advance('1d');
    const reasons = (await s.messages()).map(
      ({ channel, state, decision }) => `${channel} ${state} ${decision.reason}`,
    );
    expect(reasons).toEqual([
      'wrong failed given up after 8 attempts: Twilio refused the account (20003)',
      'unset failed given up after 8 attempts: secret NOBODY is not set',
      'away failed given up after 8 attempts: no connection to Twilio (ECONNREFUSED)',
      expect.stringMatching(/^tls failed given up after 8 attempts: no connection to Twilio \((EPROTO|ERR_SSL)/),
    ]);
    expect(provider.taken).toEqual([]);
    expect(await s.ways()).toEqual(['ana way lost']);
  });

  it('of half a batch fails that half', async () => {
    const { s } = await shop();
    provider.answer = (form) => (Number(form.To?.slice(-1)) % 2 === 0 ? { status: 400, code: 21211 } : null);
    const people = Array.from({ length: 6 }, (_, i) => `p${i}`);
    await s.tell(people.map((who, i) => ({ who, traits: { phone: `+3361234567${i}`, first_name: 'Ana' } })));
    await s.tell(people.map((who) => ({ who, type: 'signed_up' })));
    await s.settle();
    expect((await s.messages()).map(({ who, state }) => `${who} ${state}`).sort()).toEqual(
      people.map((who, i) => `${who} ${i % 2 === 0 ? 'failed' : 'sent'}`),
    );
    expect((await s.ways()).filter((way) => way.endsWith('lost'))).toHaveLength(3);
  });
});
