/**
 * A provider that takes thirty seconds for a message, by the limits that channels have where their files say nothing. All times are a fifteenth
 * of what they are, the provider's as well as the limits', so that nobody waits for half a minute.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { ChannelAdapter } from '../../engine/channels/adapter.ts';
import { createFirebaseAdapter } from '../../engine/channels/firebase.ts';
import { defaultFirebaseLimits } from '../../engine/channels/firebase-config.ts';
import { createSmtpAdapter } from '../../engine/channels/smtp.ts';
import { defaultSmtpLimits } from '../../engine/channels/smtp-config.ts';
import { createTwilioAdapter, defaultTwilioLimits } from '../../engine/channels/twilio.ts';
import { createWebhookAdapter, defaultWebhookLimits } from '../../engine/channels/webhook.ts';
import { certificates, fcmServer, serviceAccount } from '../support/fcm-server.ts';
import { account, authToken, twilioServer } from '../support/twilio-server.ts';
import { outgoing } from './messages.ts';
import { startSmtpServer } from './smtp-server.ts';

const slowMs = 30_000;
const scaled = (ms: number) => ms / 15;
const waitsFor = <L extends { readonly timeoutMs: number }>(limits: L): L => ({
  ...limits,
  timeoutMs: scaled(limits.timeoutMs),
});

async function sendBy(adapter: ChannelAdapter, to: string) {
  onTestFinished(() => adapter.close());
  return await adapter.send([outgoing({ to })]);
}

it('a mail server that takes thirty seconds is waited for, and the mail has left', async () => {
  const smtp = await startSmtpServer({
    options: {
      disabledCommands: ['STARTTLS'],
      onRcptTo: (_address, _session, done) => void setTimeout(done, scaled(slowMs)),
    },
  });
  onTestFinished(() => smtp.stop());
  const server = { host: '127.0.0.1', port: smtp.port, secure: false, from: 'shop@shop.example' };
  const adapter = createSmtpAdapter(
    { ...server, user: null, password: null },
    { root: process.cwd(), secret: () => undefined },
    { silenceTimeoutMs: scaled(defaultSmtpLimits.silenceTimeoutMs) },
  );
  expect(await sendBy(adapter, 'ana@shop.example')).toEqual([{ kind: 'accepted' }]);
  expect(smtp.received).toHaveLength(1);
});

it('Twilio, Firebase and programs that take thirty seconds are given up before, and nobody knows what has left', async () => {
  for (const { timeoutMs } of [defaultTwilioLimits, defaultFirebaseLimits, defaultWebhookLimits]) {
    expect(timeoutMs).toBeLessThan(slowMs);
  }
  const [twilio, fcm] = await Promise.all([twilioServer(), fcmServer()]);
  const program = createServer((request, response) => {
    request.resume();
    setTimeout(() => response.writeHead(204).end(), scaled(slowMs));
  });
  await new Promise<void>((resolve) => program.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    program.closeAllConnections();
    program.close();
    await Promise.all([twilio.close(), fcm.close()]);
  });
  twilio.answer = () => 'silence';
  fcm.answer = () => 'silence';
  const sms = createTwilioAdapter(
    { type: 'sms', accountSid: account, authToken, from: '+33755530000', baseUrl: twilio.url },
    () => undefined,
    waitsFor(defaultTwilioLimits),
  );
  const push = createFirebaseAdapter(
    { serviceAccount: `\${secret.FIREBASE}`, baseUrl: fcm.url, caFile: 'localhost.pem' },
    { root: certificates, secret: serviceAccount, limits: waitsFor(defaultFirebaseLimits) },
  );
  const url = `http://127.0.0.1:${(program.address() as AddressInfo).port}/`;
  const webhook = createWebhookAdapter(
    { url, signWith: null, allowPrivate: true },
    () => undefined,
    waitsFor(defaultWebhookLimits),
  );
  // One after the other: what takes long to load would use up the others' time.
  const told = [await sendBy(sms, '+33612345678'), await sendBy(push, 'device-1'), await sendBy(webhook, 'whoever')];
  expect(told.flat().map(({ kind }) => kind)).toEqual(['unknown', 'unknown', 'unknown']);
  expect([twilio.requests.length, fcm.asked.messages]).toEqual([1, 1]);
});
