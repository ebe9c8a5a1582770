/** Push messages end to end: devices of people, those that are no more, and what the app tells through the ingestion API. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createServe } from '../../engine/server/serve.ts';
import { type Scenario, scenario } from '../activation/scenario.ts';
import { way } from '../activation/steps-yaml.ts';
import { certificates, type FcmServer, fcmServer, serviceAccount } from '../support/fcm-server.ts';

let provider: FcmServer;
beforeAll(async () => {
  provider = await fcmServer();
});
afterAll(() => provider.close());

const writeKey = 'app-key-0123456789abcdef';

const files = () => ({
  'ca.pem': readFileSync(`${certificates}localhost.pem`, 'utf8'),
  'app.yaml': `kind: channel
id: app
type: push
firebase:
  service_account: \${secret.FIREBASE}
  ttl: 4h
  base_url: ${provider.url}
  ca_file: ca.pem
cost: { default: 0.0001 EUR }
---
kind: source
id: app
type: api
write_keys: ["\${secret.APP_KEY}"]
`,
  'scenario.yaml': way(`  - id: hello
    send: { channel: app, template: hello }
  - id: fate
    wait_for: { message: hello, status: acted }
    for: 2d
    then: [ { exit: opened } ]
    otherwise: [ { exit: ignored } ]`),
});

interface Shop {
  readonly s: Scenario;
  tell(event: string, properties?: object): Promise<number>;
}

async function shop(): Promise<Shop> {
  provider.answer = () => null;
  provider.taken.length = 0;
  const env = { FIREBASE: serviceAccount(), APP_KEY: writeKey };
  const s = await scenario(files(), { env });
  const server = await createServe({ store: s.store, clock: s.clock, root: s.root, env });
  onTestFinished(() => server.close());
  return {
    s,
    async tell(event, properties = { parcours_message: provider.taken.at(-1)?.data.parcours_message }) {
      const payload = { event, userId: 'ana', properties };
      const headers = { authorization: `Bearer ${writeKey}` };
      const answer = await server.app.inject({ method: 'POST', url: '/v1/track', headers, payload });
      await s.settle();
      return answer.statusCode;
    },
  };
}

async function signIn(s: Scenario, who: string, token: string | null): Promise<void> {
  await s.traits(who, { push_token: token });
  await s.advance('1min');
}

const reached = () => provider.taken.map(({ token }) => token).sort();

describe('devices', () => {
  it('of a person are all that told of him; who signs out has none', async () => {
    const { s } = await shop();
    await signIn(s, 'ana', 'phone');
    await signIn(s, 'ana', 'tablet');
    await s.event('ana', 'signed_up');
    expect(reached()).toEqual(['phone', 'tablet']);
    await signIn(s, 'ana', null);
    await s.advance('3d');
    await s.event('ana', 'signed_up');
    expect(reached()).toEqual(['phone', 'tablet']);
    expect((await s.messages()).map(({ decision }) => decision.rule)).toEqual([null, 'no-address app']);
  });

  it('that are no more are dropped, and another one takes their place', async () => {
    const { s } = await shop();
    await signIn(s, 'ana', 'phone');
    await signIn(s, 'ana', 'lost');
    provider.answer = ({ token }) => (token === 'lost' ? { status: 404, error: 'UNREGISTERED' } : null);
    await s.event('ana', 'signed_up');
    expect(reached()).toEqual(['phone']);
    expect(await s.messages()).toMatchObject([{ state: 'sent' }]);
    expect(await s.rows('select token from parcours.device')).toEqual([{ token: 'phone' }]);
    expect(await s.rows(`select traits->>'push_token' as token from parcours.profile`)).toEqual([{ token: 'phone' }]);
    expect(await s.rows('select 1 from parcours.suppression')).toEqual([]);
  });

  it('all of which are no more fail the message; its person goes on, and has no address', async () => {
    const { s } = await shop();
    await signIn(s, 'ana', 'lost');
    provider.answer = () => ({ status: 404, error: 'UNREGISTERED' });
    await s.event('ana', 'signed_up');
    expect(await s.messages()).toMatchObject([
      { state: 'failed', decision: { reason: 'no device of the person is registered any more' } },
    ]);
    expect(await s.ways()).toEqual(['ana way ignored']);
    await s.event('ana', 'signed_up');
    expect((await s.messages()).at(-1)).toMatchObject({ state: 'suppressed', decision: { rule: 'no-address app' } });
  });

  it('that somebody else uses now get nothing of who used them before', async () => {
    const { s } = await shop();
    await signIn(s, 'ana', 'shared');
    await signIn(s, 'zoe', 'shared');
    await s.event('ana', 'signed_up');
    await s.event('zoe', 'signed_up');
    expect(provider.taken).toHaveLength(1);
    expect((await s.messages()).map(({ who, state }) => `${who} ${state}`)).toEqual(['ana suppressed', 'zoe sent']);
  });
});

describe('the app', () => {
  it('tells that a message came, was seen and was opened; its person goes on, and the price is known', async () => {
    const { s, tell } = await shop();
    await signIn(s, 'ana', 'phone');
    await s.event('ana', 'signed_up');
    const states: string[] = [];
    for (const event of [
      'Push Notification Received',
      'Push Notification Displayed',
      'Push Notification Opened',
      'push_notification_opened',
    ]) {
      expect(await tell(event)).toBe(200);
      states.push((await s.messages())[0]!.state);
    }
    expect(states).toEqual(['delivered', 'seen', 'acted', 'acted']);
    expect(await s.ways()).toEqual(['ana way opened']);
    expect(
      await s.rows(`select type from parcours.event where type in ('message_clicked', 'message_acted')`),
    ).toHaveLength(2);
    expect(await s.rows('select cost_micros, cost_currency, provider_id from parcours.message')).toEqual([
      { cost_micros: 100, cost_currency: 'EUR', provider_id: 'projects/shop-0001/messages/1' },
    ]);
  });

  it('is not believed of messages that it never got', async () => {
    const { s, tell } = await shop();
    await signIn(s, 'ana', 'phone');
    await s.event('ana', 'signed_up');
    const [token] = provider.taken[0]!.data.parcours_message!.split('.');
    expect(await tell('Push Notification Opened', { parcours_message: token })).toBe(400);
    expect(await tell('Push Notification Opened', { parcours_message: `${token}.${'A'.repeat(22)}` })).toBe(400);
    expect(await s.messages()).toMatchObject([{ state: 'sent' }]);
  });
});

describe('a provider', () => {
  it('that takes no more for now gets it later', async () => {
    const { s } = await shop();
    await signIn(s, 'ana', 'phone');
    let refused = 1;
    provider.answer = () =>
      refused-- > 0 ? { status: 429, error: 'QUOTA_EXCEEDED', headers: { 'retry-after': '600' } } : null;
    await s.event('ana', 'signed_up');
    await s.advance('9min');
    expect(provider.taken).toHaveLength(0);
    await s.advance('2min');
    expect(await s.messages()).toMatchObject([{ state: 'sent' }]);
  });

  it('that may have taken it gets it once', async () => {
    const { s } = await shop();
    await signIn(s, 'ana', 'phone');
    provider.answer = () => 'cut';
    await s.event('ana', 'signed_up');
    provider.answer = () => null;
    await s.advance('3d');
    expect(provider.taken).toHaveLength(0);
    expect(await s.messages()).toMatchObject([{ state: 'uncertain' }]);
    expect(await s.ways()).toEqual(['ana way ignored']);
  });
});
