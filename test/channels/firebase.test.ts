/** The `firebase` adapter: the real SDK against a local TLS server that answers as the documentation of FCM says. */
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../../engine/channels/adapter.ts';
import { createFirebaseAdapter } from '../../engine/channels/firebase.ts';
import {
  defaultFirebaseLimits,
  type FirebaseConfig,
  type FirebaseLimits,
} from '../../engine/channels/firebase-config.ts';
import { provenToken, withProofs } from '../../engine/channels/push-proof.ts';
import { certificates, type FcmServer, fcmServer, serviceAccount } from '../support/fcm-server.ts';
import { outgoing } from './messages.ts';

let server: FcmServer;
beforeAll(async () => {
  server = await fcmServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.answer = () => null;
  server.isKnown = true;
  server.taken.length = 0;
  server.bodies.length = 0;
  Object.assign(server.asked, { tokens: 0, messages: 0 });
});

async function send(
  messages: readonly OutgoingMessage[],
  config: Partial<FirebaseConfig> = {},
  limits: Partial<FirebaseLimits> = {},
) {
  const adapter = createFirebaseAdapter(
    { serviceAccount: `\${secret.FIREBASE}`, baseUrl: server.url, caFile: 'localhost.pem', ...config },
    {
      root: certificates,
      secret: (name) => ({ FIREBASE: serviceAccount(), BROKEN: '{"project_id":' })[name],
      limits: { ...defaultFirebaseLimits, ...limits },
    },
  );
  const outcomes = await adapter.send(messages);
  await adapter.close();
  return outcomes;
}

const push = (change: Partial<OutgoingMessage> = {}) =>
  outgoing({ channel: 'push', to: 'device-1', title: 'Hola', text: 'Tu primer pedido', ...change });

describe('a message', () => {
  it('is a notification, and data by which the app tells what became of it', async () => {
    expect(await send([push()], { data: { screen: 'offers' } })).toEqual([
      { kind: 'accepted', providerId: 'projects/shop-0001/messages/1' },
    ]);
    expect(server.taken).toMatchObject([
      {
        ...{ token: 'device-1', notification: { title: 'Hola', body: 'Tu primer pedido' } },
        data: { screen: 'offers', parcours_message: withProofs(['17-4211'], serviceAccount())[0] },
      },
    ]);
    expect(server.bodies).toEqual([{}]);
  });

  it('waits for a device as long as the channel says, and never longer than it is valid', async () => {
    const ttl = { months: 0, days: 0, ms: 4 * 3_600_000 };
    const { at } = push();
    await send([push(), push({ validUntil: at + 60_000 })], { ttl });
    expect(server.taken.map(({ android }) => android.ttl).sort()).toEqual(['14400s', '60s']);
    const expirations = server.taken.map(({ apns }) => Number(apns.headers['apns-expiration']) - at / 1000);
    expect(expirations.sort()).toEqual([14_400, 60]);
  });

  it('takes the place of one of its kind that still waits, where the channel says so', async () => {
    await send([push()], { collapse: 'journey' });
    await send([push()]);
    expect(server.taken.map(({ android }) => android.collapse_key)).toEqual(['welcome', undefined]);
    expect(server.taken[0]?.apns.headers['apns-collapse-id']).toBe('welcome');
  });

  it('is only checked in a dry run', async () => {
    expect(await send([push()], { dryRun: true })).toMatchObject([{ kind: 'accepted' }]);
    expect(server.bodies).toEqual([{ validate_only: true }]);
  });

  it('goes to all devices of the person, and tells which of them are no more', async () => {
    server.answer = ({ token }) => (token === 'old' ? { status: 404, error: 'UNREGISTERED' } : null);
    expect(await send([push({ devices: ['phone', 'old', 'tablet'] })])).toMatchObject([
      { kind: 'accepted', dead: ['old'] },
    ]);
    expect(server.taken.map(({ token }) => token).sort()).toEqual(['phone', 'tablet']);
  });

  it('to nobody but dead devices is rejected with their address', async () => {
    server.answer = () => ({ status: 404, error: 'UNREGISTERED' });
    const reason = 'no device of the person is registered any more';
    expect(await send([push()])).toEqual([{ kind: 'rejected', reason, addressBad: true, dead: ['device-1'] }]);
  });
});

describe('what an app tells', () => {
  it('is believed of a message that it got, and of no other', () => {
    const [mine = '', other = '', far = ''] = withProofs(['17-4211', '17-4212', '1023-999999999999999'], 'account');
    expect(provenToken(mine, 'account')).toBe('17-4211');
    expect(provenToken(far, 'account')).toBe('1023-999999999999999');
    expect(provenToken(`17-4212.${mine.split('.')[1]}`, 'account')).toBeNull();
    expect(provenToken(`18-4211.${mine.split('.')[1]}`, 'account')).toBeNull();
    expect(provenToken(`017-4211.${mine.split('.')[1]}`, 'account')).toBeNull();
    expect(provenToken(other, 'another account')).toBeNull();
    const foreign = ['', '17-4211', '17-4211.', `${mine}x`, 'é', `17-4211.${'A'.repeat(22)}`];
    expect(foreign.map((one) => provenToken(one, 'account'))).toEqual(foreign.map(() => null));
  });

  it('is not believed of a message to look at, whose proof is of nothing', () => {
    const [looked = ''] = withProofs(['test-m1x2'], 'account');
    const proof = looked.split('.')[1];
    expect(['test-m1x2', '0-0', '1-1'].map((token) => provenToken(`${token}.${proof}`, 'account'))).toEqual([
      null,
      null,
      null,
    ]);
  });
});

describe('batches', () => {
  it('of any size leave in small calls, by one token', async () => {
    const messages = Array.from({ length: 620 }, (_, i) => push({ token: `1-${i}`, to: `device-${i}` }));
    const outcomes = await send(messages);
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(620);
    expect(server.asked).toEqual({ tokens: 1, messages: 620 });
  });

  it('of which half is refused send the other half', async () => {
    server.answer = ({ token }) =>
      Number(token.slice(-1)) % 2 === 0 ? { status: 400, error: 'INVALID_ARGUMENT' } : null;
    const outcomes = await send(Array.from({ length: 10 }, (_, i) => push({ to: `device-${i}` })));
    expect(outcomes.map(({ kind }) => kind)).toEqual(
      Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? 'rejected' : 'accepted')),
    );
    expect(outcomes[0]).toEqual({
      kind: 'rejected',
      reason: 'Firebase refused it (invalid-argument)',
      addressBad: false,
    });
  });
});

describe('what is refused for now', () => {
  it('by 429 is tried again when Firebase says so, or after a minute', async () => {
    server.answer = () => ({ status: 429, error: 'QUOTA_EXCEEDED', headers: { 'retry-after': '90' } });
    const reason = 'Firebase takes no more for now';
    expect(await send([push()])).toEqual([{ kind: 'retry', reason, afterMs: 90_000 }]);
    server.answer = () => ({ status: 429, error: 'QUOTA_EXCEEDED' });
    expect(await send([push()])).toEqual([{ kind: 'retry', reason, afterMs: 60_000 }]);
  });

  it('by 503 is tried again when Firebase says so', async () => {
    server.answer = () => ({ status: 503, error: 'UNAVAILABLE', headers: { 'retry-after': '120' } });
    expect(await send([push()])).toEqual([
      { kind: 'retry', reason: 'Firebase cannot answer now (server-unavailable)', afterMs: 120_000 },
    ]);
  });

  it('for credentials that are wrong is tried again, and asked once', async () => {
    server.isKnown = false;
    const reason = 'Firebase refused the account (invalid-credential)';
    expect(await send([push(), push(), push()])).toEqual([1, 2, 3].map(() => ({ kind: 'retry', reason })));
    expect(server.asked).toEqual({ tokens: 1, messages: 0 });
  });

  it('for a token of another project is tried again', async () => {
    server.answer = () => ({ status: 403, error: 'SENDER_ID_MISMATCH' });
    expect(await send([push()])).toEqual([
      { kind: 'retry', reason: 'Firebase refused the account (mismatched-credential)' },
    ]);
  });

  it('for an account that is none is tried again, and tells nothing of it', async () => {
    const reason = 'the service account of Firebase is none';
    expect(await send([push()], { serviceAccount: `\${secret.BROKEN}` })).toEqual([{ kind: 'retry', reason }]);
    expect(await send([push()], { serviceAccount: `\${secret.NOBODY}` })).toEqual([
      { kind: 'retry', reason: 'secret NOBODY is not set' },
    ]);
  });
});

describe('without an answer', () => {
  it('nothing has left where nobody listens, or where TLS fails', async () => {
    const [nobody] = await send([push()], { baseUrl: 'https://localhost:1' });
    expect(nobody).toMatchObject({ kind: 'retry', reason: expect.stringContaining('Firebase') });
    const adapter = createFirebaseAdapter(
      { serviceAccount: `\${secret.FIREBASE}`, baseUrl: server.url },
      { root: certificates, secret: () => serviceAccount() },
    );
    expect(await adapter.send([push()])).toMatchObject([
      { kind: 'retry', reason: expect.stringContaining('Firebase') },
    ]);
    await adapter.close();
    expect(server.asked.messages).toBe(0);
  });

  it.each(['cut', 'half cut', 'nonsense'] as const)(
    '(%s) nobody knows whether it left, and it is not sent twice',
    async (fault) => {
      server.answer = () => fault;
      expect(await send([push()])).toEqual([{ kind: 'unknown', reason: 'no answer from Firebase' }]);
      expect(server.asked.messages).toBe(1);
    },
  );

  it.each(['silence', 'half silence'] as const)(
    '(%s) a slow provider is given up after a while, and not asked twice',
    async (fault) => {
      server.answer = () => fault;
      expect(await send([push()], {}, { timeoutMs: 80 })).toEqual([
        { kind: 'unknown', reason: 'no answer from Firebase' },
      ]);
      expect(server.asked.messages).toBe(1);
    },
  );

  it('a connection that rested has all of its time again', async () => {
    const timeoutMs = 200;
    const adapter = createFirebaseAdapter(
      { serviceAccount: `\${secret.FIREBASE}`, baseUrl: server.url, caFile: 'localhost.pem' },
      { root: certificates, secret: () => serviceAccount(), limits: { ...defaultFirebaseLimits, timeoutMs } },
    );
    expect(await adapter.send([push()])).toMatchObject([{ kind: 'accepted' }]);
    await setTimeout(2 * timeoutMs);
    server.answer = () => 'silence';
    const began = performance.now();
    expect(await adapter.send([push()])).toMatchObject([{ kind: 'unknown' }]);
    expect(performance.now() - began).toBeGreaterThan(0.9 * timeoutMs);
    await adapter.close();
  });
});
