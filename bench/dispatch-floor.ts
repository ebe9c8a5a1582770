/** The floor of benchmark `dispatch`: the same library sends the same messages, rendered before, in a plain loop with the same concurrency. */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';
import { JWT } from 'google-auth-library';
import nodemailer from 'nodemailer';
import twilio from 'twilio';
import { messageKey, withProofs } from '../engine/channels/push-proof.ts';
import { certificates } from '../test/support/fcm-server.ts';
import { type BenchChannel, messageIdOf, type Sinks, secrets } from './dispatch-data.ts';

export interface Floor {
  /** Makes the first messages of a channel, so that sending makes none. */
  render(channel: BenchChannel, count: number): void;
  send(channel: BenchChannel, count: number): Promise<void>;
  close(): Promise<void>;
}

/** As many as our adapters have in hand. */
const atOnce = { mail: 5, text: 20, app: 50 } as const;
const batchMax = 500;

export async function floorOf(sinks: Sinks): Promise<Floor> {
  const post = nodemailer.createTransport({
    ...{ host: '127.0.0.1', port: sinks.smtpPort, pool: true, maxConnections: atOnce.mail, maxMessages: 100 },
  });
  const client = twilioClient(sinks);
  const push = await messaging(sinks);
  const mails = rendered(mailOf);
  const texts = rendered(textOf);
  const pushed = rendered(pushOf);
  return {
    async send(channel, count) {
      if (channel === 'mail') await inWorkers(mails(count), atOnce.mail, (mail) => post.sendMail(mail));
      else if (channel === 'text') await inWorkers(texts(count), atOnce.text, (one) => client.messages.create(one));
      else await push.send(pushed(count));
    },
    render(channel, count) {
      ({ mail: mails, text: texts, app: pushed })[channel](count);
    },
    async close() {
      post.close();
      await push.close();
    },
  };
}

/** The first so many messages, made once. */
function rendered<T>(make: (i: number) => T): (count: number) => T[] {
  const made: T[] = [];
  return (count) => {
    while (made.length < count) made.push(make(made.length + 1));
    return made.slice(0, count);
  };
}

const text = (i: number) => `Hello Ana ${i} of Lyon, your order is ready at our shop. We are open from nine to seven.`;
const textOf = (i: number) => ({ to: `+336${String(i).padStart(8, '0')}`, from: '+33755530000', body: text(i) });

/** Just under a week, as of a message that was queued a moment ago. */
const lastsMs = 604_799_123;

/** As our messages are named. */
function tokenOf(channel: BenchChannel, i: number): string {
  return `${i % 1_024}-${messageIdOf(channel, i)}`;
}

function mailOf(i: number) {
  const token = tokenOf('mail', i);
  return {
    ...{ from: 'Shop <shop@shop.example>', to: `p${i}@shop.example`, subject: `Hello Ana ${i}`, text: text(i) },
    messageId: `<${token}@shop.example>`,
    date: new Date(0),
    headers: {
      'Feedback-ID': 'hello:welcome:hello:shop.example',
      'X-Parcours-Message': token,
      'X-Parcours-Step': 'welcome/hello',
      'X-Parcours-Template': 'hello',
    },
  };
}

function pushOf(i: number) {
  return {
    token: `device-${i}`,
    notification: { title: `Hello Ana ${i}`, body: text(i) },
    data: { [messageKey]: withProofs([tokenOf('app', i)], secrets.FIREBASE ?? '')[0] ?? '' },
    android: { ttl: lastsMs },
    apns: { headers: { 'apns-expiration': '1900000000' } },
    webpush: { headers: { TTL: String(Math.floor(lastsMs / 1_000)) } },
    fcmOptions: { analyticsLabel: 'hello' },
  };
}

async function inWorkers<T>(all: readonly T[], width: number, work: (one: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const run = async () => {
    while (next < all.length) {
      const one = all[next] as T;
      next += 1;
      await work(one);
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

/** Node's own connections, to the sink instead of Firebase. */
function connectionsTo(url: string): Agent {
  const { hostname, port } = new URL(url);
  const address = { host: hostname, port: Number(port), servername: hostname };
  const ca = readFileSync(join(certificates, 'localhost.pem'), 'utf8');
  class Connections extends Agent {
    override createConnection(...[options, done]: Parameters<Agent['createConnection']>) {
      return super.createConnection({ ...options, ...address, ca }, done);
    }
  }
  return new Connections({ keepAlive: true, maxSockets: atOnce.app });
}

async function messaging(sinks: Sinks) {
  const agent = connectionsTo(sinks.fcm);
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
    async send(all: ReturnType<typeof pushOf>[]) {
      for (let from = 0; from < all.length; from += batchMax) {
        const { failureCount } = await sender.sendEach(all.slice(from, from + batchMax));
        if (failureCount > 0) throw new Error('assertion failed: the floor sends all');
      }
    },
    async close() {
      await deleteApp(app);
      agent.destroy();
    },
  };
}
