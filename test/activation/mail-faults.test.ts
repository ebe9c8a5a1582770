/**
 * Faults of mail on a person's way: what becomes of the message, and where its person goes on. Over a real SMTP server that behaves as badly as
 * each test says.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Bends, reply, startSmtpServer, type TestSmtpServer } from '../channels/smtp-server.ts';
import { certificates } from '../support/fcm-server.ts';
import { type Scenario, scenario } from './scenario.ts';
import { way } from './steps-yaml.ts';

const opened: TestSmtpServer[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.stop();
});

async function server(bends?: Bends): Promise<TestSmtpServer> {
  const started = await startSmtpServer(bends);
  opened.push(started);
  return started;
}

const steps = `  - id: hello
    send: { channel: mail, template: hello }
  - id: fate
    wait_for: { message: hello, status: sent }
    for: 3d
    then: [ { exit: sent } ]
    otherwise: [ { exit: unsent } ]`;

const secret = (name: string) => `\${secret.${name}}`;

interface Given {
  readonly port: number;
  readonly smtp?: string;
  readonly template?: string;
  readonly links?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly more?: Readonly<Record<string, string>>;
}

function shop({
  port,
  smtp = '',
  template = 'text: "Hello {{first_name}}"',
  links = false,
  env = {},
  more = {},
}: Given): Promise<Scenario> {
  const signing = links ? `links: { base_url: "https://x.example", keys: ["${secret('LINK_KEY')}"] }\n` : '';
  return scenario(
    {
      'parcours.yaml': `kind: workspace\nid: test\nzone: UTC\ncurrency: EUR\nlocale: en\n${signing}`,
      'channels.yaml': `kind: channel
id: mail
type: email
smtp: { host: localhost, port: ${port}, from: "Shop <shop@shop.example>"${smtp} }
---
kind: channel
id: diary
type: log
---
kind: channel
id: push
type: push
via: log
`,
      'templates.yaml': `kind: template
id: hello
any:
  en: { subject: Hello, title: Hello, text: Hello }
email:
  en: { subject: "Hello {{first_name}}", ${template} }
`,
      'scenario.yaml': way(steps),
      ...more,
    },
    { env },
  );
}

async function signUp(s: Scenario, who: string, email = `${who}@shop.example`): Promise<void> {
  await s.person({ external_id: who, traits: { email, first_name: who }, consents: { 'marketing/email': 'granted' } });
  await s.event(who, 'signed_up');
}

/** `ana failed: reason | ana way exited unsent`. */
async function fate(s: Scenario): Promise<readonly (readonly [string, string, string])[]> {
  const rows = await s.rows<{ who: string; state: string; reason: string | null; exit_as: string | null }>(
    `select i.value as who, m.state, m.decision ->> 'reason' as reason, e.exit_as from parcours.message m
     join parcours.identifier i on i.lane = m.lane and i.profile_id = m.profile_id and i.type = 'external_id'
     join parcours.enrollment e on e.lane = m.lane and e.profile_id = m.profile_id and e.journey = m.journey and e.n = m.n
     order by i.value`,
  );
  return rows.map(({ who, state, exit_as: exit }) => [who, state, exit ?? 'there']);
}

describe('what is wrong with a message ends it, and its person goes on by `otherwise`', () => {
  it('an attachment that is missing, a template that makes five megabytes of a list, MJML that is none', async () => {
    const smtp = await server();
    const mail = (id: string, words: string) =>
      `---\nkind: template\nid: ${id}\nemail:\n  en: { subject: Hello, ${words} }\n`;
    const html = `<p>{{#each interests}}${'x'.repeat(100_000)}{{/each}}</p>`;
    const faulty = ['attached', 'large', 'sektion'];
    const waits = faulty.map(
      (id) => `  - id: ${id}
    send: { channel: mail, template: ${id} }
  - id: after-${id}
    wait_for: { message: ${id}, status: sent }
    for: 3d
    then: [ { exit: sent } ]`,
    );
    const s = await shop({
      port: smtp.port,
      more: {
        'lists.yaml': 'kind: schema\nid: lists\ntraits: { interests: { type: list } }\n',
        'faulty.yaml': [
          mail('attached', 'text: Hello, attachments: [{ file: files/none.pdf }]'),
          mail('large', `html: '${html}'`),
          mail('sektion', `mjml: '<mj-sektion>x</mj-sektion>'`),
        ].join(''),
        'scenario.yaml': way(`${waits.join('\n')}\n  - id: bye\n    exit: unsent`),
      },
    });
    await s.person({
      ...{ external_id: 'ana', consents: { 'marketing/email': 'granted' } },
      traits: { email: 'ana@shop.example', interests: Array.from({ length: 50 }, (_, i) => `i${i}`) },
    });
    await s.event('ana', 'signed_up');
    expect(await fate(s)).toEqual(faulty.map(() => ['ana', 'failed', 'unsent']));
    expect(smtp.received).toEqual([]);
  });

  it('half a batch that the server refuses: the others arrive, and who is not there gets no more', async () => {
    const smtp = await server({
      recipient: (address) => (/[13]@/.test(address) ? reply(550, '5.1.1 no such user') : null),
    });
    const s = await shop({ port: smtp.port });
    const people = ['p0', 'p1', 'p2', 'p3'];
    await s.tell(
      people.map((who) => ({
        who,
        traits: { email: `${who}@shop.example` },
        consents: { 'marketing/email': 'granted' },
      })),
    );
    await s.tell(people.map((who) => ({ who, type: 'signed_up' })));
    await s.settle();
    expect(await fate(s)).toEqual([
      ['p0', 'sent', 'sent'],
      ['p1', 'failed', 'unsent'],
      ['p2', 'sent', 'sent'],
      ['p3', 'failed', 'unsent'],
    ]);
    expect(smtp.received.map(({ recipients }) => recipients[0]).sort()).toEqual(['p0@shop.example', 'p2@shop.example']);
    expect(await s.rows('select 1 from parcours.suppression')).toHaveLength(2);
  });
});

describe('what is wrong with the server is tried again until it is mended, or the message is over', () => {
  it('wrong credentials, then right ones', async () => {
    const env: Record<string, string> = { PASSWORD: 'wrong' };
    const smtp = await server({
      options: {
        ...{ authOptional: false, allowInsecureAuth: true, disabledCommands: ['STARTTLS'] },
        onAuth: ({ password }, _session, done) =>
          password === 'right' ? done(null, { user: 'shop' }) : done(reply(535, '5.7.8 bad')),
      },
    });
    const s = await shop({ port: smtp.port, smtp: `, user: shop, password: "${secret('PASSWORD')}"`, env });
    await signUp(s, 'ana');
    expect(await fate(s)).toEqual([['ana', 'queued', 'there']]);
    env.PASSWORD = 'right';
    await s.advance('1h');
    expect(await fate(s)).toEqual([['ana', 'sent', 'sent']]);
  });

  it('nobody there: after eight attempts the message fails', async () => {
    const smtp = await server();
    await smtp.stop();
    opened.splice(0);
    const s = await shop({ port: smtp.port });
    await signUp(s, 'ana');
    expect(await fate(s)).toEqual([['ana', 'queued', 'there']]);
    await s.advance('2d');
    expect((await fate(s)).map(([, , exit]) => exit)).toEqual(['unsent']);
  });

  it('a certificate that nobody vouches for: nothing is said to the server', async () => {
    const tls = {
      key: readFileSync(join(certificates, 'localhost.key.pem')),
      cert: readFileSync(join(certificates, 'localhost.pem')),
    };
    const smtp = await server({ options: { ...tls, disabledCommands: [] } });
    const s = await shop({ port: smtp.port, smtp: ', tls: required' });
    await signUp(s, 'ana');
    expect(await fate(s)).toEqual([['ana', 'queued', 'there']]);
    await s.advance('2d');
    expect((await fate(s)).map(([, , exit]) => exit)).toEqual(['unsent']);
    expect(smtp.received).toEqual([]);
  });

  it('a key of links that is not set: no mail leaves without a way to unsubscribe', async () => {
    const env: Record<string, string> = {};
    const smtp = await server();
    const s = await shop({ port: smtp.port, links: true, env });
    await signUp(s, 'ana');
    expect([await fate(s), smtp.received.length]).toEqual([[['ana', 'queued', 'there']], 0]);
    env.LINK_KEY = 'the key of links, long enough';
    await s.advance('5min');
    expect(await fate(s)).toEqual([['ana', 'sent', 'sent']]);
    expect(smtp.received[0]?.raw).toMatch(/^List-Unsubscribe:/m);
  });
});

describe('a server that takes its time', () => {
  it('is waited for as long as the channel says', async () => {
    const smtp = await server({
      options: {
        disabledCommands: ['STARTTLS'],
        onRcptTo: (_address, _session, done) => void setTimeout(done, 300),
      },
    });
    const s = await shop({ port: smtp.port, smtp: ', timeout: 1min' });
    await signUp(s, 'ana');
    expect(await fate(s)).toEqual([['ana', 'sent', 'sent']]);
  });

  it('and never answers after the content: marketing is in doubt and not sent twice', async () => {
    const smtp = await server({
      content: (_session, all) => {
        // It went away with the mail in its hands.
        for (const connection of all.connections)
          (connection as unknown as { _socket: { destroy(): void } })._socket.destroy();
        return 'silence';
      },
    });
    const s = await shop({ port: smtp.port });
    await signUp(s, 'ana');
    const connections = smtp.connections();
    await s.advance('1d');
    expect((await fate(s)).map(([, state]) => state)).toEqual(['uncertain']);
    expect(smtp.connections()).toBe(connections);
  });
});

describe('rates of domains', () => {
  it('hold up their own domain and no other, and nobody is lost', async () => {
    const smtp = await server();
    const s = await shop({ port: smtp.port, smtp: ', domain_rates: { slow.example: { per_minute: 2 } }' });
    const people = Array.from({ length: 7 }, (_, i) => ({
      who: `p${i}`,
      email: `p${i}@${i === 6 ? 'quick' : 'slow'}.example`,
    }));
    await s.tell(
      people.map(({ who, email }) => ({ who, traits: { email }, consents: { 'marketing/email': 'granted' } })),
    );
    await s.tell(people.map(({ who }) => ({ who, type: 'signed_up' })));
    await s.settle();
    const arrived = () => smtp.received.map(({ recipients }) => recipients[0]);
    expect(arrived()).toContain('p6@quick.example');
    const first = arrived().length;
    expect(first).toBeLessThanOrEqual(3);
    await s.advance('1min');
    expect(arrived().length).toBeLessThanOrEqual(first + 3);
    await s.advance('10min');
    expect(arrived()).toHaveLength(7);
    expect(new Set(arrived()).size).toBe(7);
    const attempts = await s.rows<{ state: string }>('select state from parcours.message');
    expect(attempts.every(({ state }) => state === 'sent')).toBe(true);
  });
});
