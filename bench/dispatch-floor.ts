/** The floor of benchmark `dispatch`: the same library sends the same messages, rendered before, in a plain loop with the same concurrency. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';
import { JWT } from 'google-auth-library';
import nodemailer from 'nodemailer';
import twilio from 'twilio';
import { firebaseAgent } from '../engine/channels/firebase-agent.ts';
import { certificates } from '../test/support/fcm-server.ts';
import { type BenchChannel, type Sinks, secrets } from './dispatch-data.ts';

export interface Floor {
  send(channel: BenchChannel, count: number): Promise<void>;
  close(): Promise<void>;
}

/** As many as our adapters have in hand. */
const atOnce = { mail: 5, text: 20, app: 50 } as const;
const batchMax = 500;

export function floorOf(sinks: Sinks): Floor {
  const post = nodemailer.createTransport({
    ...{ host: '127.0.0.1', port: sinks.smtpPort, pool: true, maxConnections: atOnce.mail, maxMessages: 100 },
  });
  const client = twilioClient(sinks);
  const push = messaging(sinks);
  return {
    async send(channel, count) {
      if (channel === 'mail') await inWorkers(count, atOnce.mail, (i) => post.sendMail(mailOf(i)));
      else if (channel === 'text') await inWorkers(count, atOnce.text, (i) => client.messages.create(textOf(i)));
      else await push.send(count);
    },
    async close() {
      post.close();
      await push.close();
    },
  };
}

const text = (i: number) => `Hello Ana ${i} of Lyon, your order is ready at our shop. We are open from nine to seven.`;
const mailOf = (i: number) => ({
  ...{ from: 'Shop <shop@shop.example>', to: `p${i}@shop.example`, subject: `Hello Ana ${i}`, text: text(i) },
  messageId: `<${i}@shop.example>`,
});
const textOf = (i: number) => ({ to: `+336${String(i).padStart(8, '0')}`, from: '+33755530000', body: text(i) });

async function inWorkers(count: number, width: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 1;
  const run = async () => {
    while (next <= count) {
      const i = next;
      next += 1;
      await work(i);
    }
  };
  await Promise.all(Array.from({ length: width }, run));
}

function twilioClient(sinks: Sinks) {
  class Requests extends twilio.RequestClient {
    override request<T>(options: Parameters<InstanceType<(typeof twilio)['RequestClient']>['request']>[0]) {
      const uri = options.uri.replace(/^https:\/\/[^/]+/, sinks.twilio);
      return super.request<T>({ ...options, uri } as never);
    }
  }
  return twilio(secrets.SID, secrets.TOKEN, { httpClient: new Requests({ maxSockets: atOnce.text, keepAlive: true }) });
}

function messaging(sinks: Sinks) {
  const ca = readFileSync(join(certificates, 'localhost.pem'), 'utf8');
  const agent = firebaseAgent({ connectionsMax: atOnce.app, timeoutMs: 12_000, baseUrl: sinks.fcm, ca });
  const account = JSON.parse(secrets.FIREBASE ?? '{}') as {
    readonly client_email: string;
    readonly private_key: string;
    readonly project_id: string;
  };
  const signedIn = new JWT({
    ...{ email: account.client_email, key: account.private_key, transporterOptions: { agent } },
    scopes: ['https://www.googleapis.com/auth/firebase.messaging'],
  });
  const credential = {
    getAccessToken: async () => ({ access_token: (await signedIn.getAccessToken()).token ?? '', expires_in: 3_000 }),
  };
  const app = initializeApp({ credential, projectId: account.project_id, httpAgent: agent } as object, 'floor');
  const sender = getMessaging(app);
  sender.enableLegacyHttpTransport();
  return {
    async send(count: number) {
      for (let from = 1; from <= count; from += batchMax) {
        const batch = Array.from({ length: Math.min(batchMax, count - from + 1) }, (_, n) => pushOf(from + n));
        const { failureCount } = await sender.sendEach(batch);
        if (failureCount > 0) throw new Error('assertion failed: the floor sends all');
      }
    },
    async close() {
      await deleteApp(app);
      agent.destroy();
    },
  };
}

function pushOf(i: number) {
  const notification = { title: `Hello Ana ${i}`, body: text(i) };
  return {
    token: `device-${i}`,
    notification,
    data: { parcours_message: `${i % 1024}-${i}` },
    android: { ttl: 14_400_000 },
  };
}
