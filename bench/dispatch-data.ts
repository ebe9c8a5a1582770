/** What benchmark `dispatch` sends: a workspace with a channel a provider, and messages that stand in the outbox. */
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OwnSession, Session } from '../engine/store/session.ts';
import { certificates, serviceAccount } from '../test/support/fcm-server.ts';
import { account, authToken } from '../test/support/twilio-server.ts';

export interface Sinks {
  readonly smtpPort: number;
  readonly twilio: string;
  readonly fcm: string;
}

export const channels = ['mail', 'text', 'app'] as const;
export type BenchChannel = (typeof channels)[number];

/** The number of the message to a person by a channel. */
export function messageIdOf(channel: BenchChannel, person: number): number {
  return (channels.indexOf(channel) + 1) * 10_000_000 + person;
}

/** The secrets that the workspace names. */
export const secrets: Readonly<Record<string, string>> = { SID: account, TOKEN: authToken, FIREBASE: serviceAccount() };

export const words = {
  subject: 'Hello {{first_name}}',
  text: 'Hello {{first_name}} of {{city}}, your order is ready at our shop. We are open from nine to seven.',
} as const;

/** Writes the workspace to a new folder and tells where. */
export function dispatchWorkspace(sinks: Sinks): string {
  const folder = mkdtempSync(join(tmpdir(), 'parcours-dispatch-'));
  cpSync(join(certificates, 'localhost.pem'), join(folder, 'ca.pem'));
  writeFileSync(
    join(folder, 'parcours.yaml'),
    'kind: workspace\nid: bench\nzone: UTC\ncurrency: EUR\nlocale: en\nlocales: [en]\n',
  );
  writeFileSync(
    join(folder, 'all.yaml'),
    `kind: schema
id: bench
traits: { first_name: { type: text }, city: { type: text }, email: { type: text }, phone: { type: text }, push_token: { type: text } }
---
kind: channel
id: mail
type: email
smtp: { host: 127.0.0.1, port: ${sinks.smtpPort}, from: "Shop <shop@shop.example>" }
---
kind: channel
id: text
type: sms
twilio: { account_sid: "\${secret.SID}", auth_token: "\${secret.TOKEN}", from: "+33755530000", base_url: "${sinks.twilio}" }
---
kind: channel
id: app
type: push
firebase: { service_account: "\${secret.FIREBASE}", base_url: "${sinks.fcm}", ca_file: ca.pem }
---
kind: consent
id: news
channels: [email, sms, push]
basis: legitimate-interest
---
kind: template
id: hello
any:
  en: { subject: "${words.subject}", title: "${words.subject}", text: "${words.text}" }
`,
  );
  return folder;
}

/** People with all addresses, and messages to them that wait in the outbox, the same number by each channel. */
export async function queueMessages(session: OwnSession, people: number, t: Date): Promise<void> {
  await session.query(
    `insert into parcours.profile (lane, profile_id, traits, zone, locale, created_at)
     select i % 1024, i, jsonb_build_object('first_name', 'Ana ' || i, 'city', 'Lyon', 'email', 'p' || i || '@shop.example',
       'phone', '+336' || lpad(i::text, 8, '0'), 'push_token', 'device-' || i), 'UTC', 'en', $2
     from generate_series(1, $1::integer) i`,
    [people, t],
  );
  const end = new Date(t.getTime() + 7 * 86_400_000);
  for (const channel of channels) {
    await session.query(
      `insert into parcours.message (lane, message_id, profile_id, journey, key, n, step, channel, template, objective, purpose, priority,
         state, rank, created_at, accepted_at, valid_until, with_values, decision, revision)
       select i % 1024, $4::bigint + i, i, 'welcome', '', 1, 'hello', $2, 'hello', 'engagement', 'news', 50, 'queued', 1, $3, $3, $5, '{}', '{}', 1
       from generate_series(1, $1::integer) i`,
      [people, channel, t, messageIdOf(channel, 0), end],
    );
    await requeue(session, channel, t);
  }
  await session.script('vacuum analyze');
}

/** Puts the messages of a channel into the outbox again; what lanes were told is taken back. At most so many. */
export async function requeue(session: Session, channel: BenchChannel, t: Date, most = 1_000_000_000): Promise<void> {
  await session.query('delete from parcours.outbox where channel = $1', [channel]);
  await session.query('truncate parcours.inbox');
  await session.query(
    `insert into parcours.outbox (lane, message_id, profile_id, channel, class, due_at, decided_until)
     select m.lane, m.message_id, m.profile_id, m.channel, 1, $2, m.valid_until from parcours.message m
     where m.channel = $1 order by m.message_id limit $3`,
    [channel, t, most],
  );
}
