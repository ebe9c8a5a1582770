/**
 * Mails from the journey to what comes back, over a real SMTP server: links, opens and clicks, bounces and complaints, and what each does to
 * the person's way. Faults of the mail server are in `mail-faults.test.ts`.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../../engine/cli/run-cli.ts';
import { createServe, type ServeServer } from '../../engine/server/serve.ts';
import { type Scenario, scenario } from '../activation/scenario.ts';
import { way } from '../activation/steps-yaml.ts';
import { startSmtpServer, type TestSmtpServer } from '../channels/smtp-server.ts';
import { databaseUrl } from '../examples/database-url.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';

let smtp: TestSmtpServer;
const envelopes: string[] = [];
beforeAll(async () => {
  smtp = await startSmtpServer({
    options: {
      ...{ authOptional: true, disabledCommands: ['STARTTLS'] },
      onMailFrom(address, _session, done) {
        envelopes.push(address.address);
        done();
      },
    },
  });
});
afterAll(() => smtp.stop());

const base = 'https://hello.shop.example';
const env = { LINK_KEY: 'the key of links, long enough' };
const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

const files = (steps: string, more = '') => ({
  'parcours.yaml': `kind: workspace
id: test
zone: UTC
currency: EUR
locale: en
links: { base_url: ${base}, keys: ["\${secret.LINK_KEY}"] }
`,
  'channels.yaml': `kind: channel
id: mail
type: email
smtp: { host: 127.0.0.1, port: ${smtp.port}, from: "Shop <shop@shop.example>", bounces: bounces@shop.example }
tracking: { opens: true, clicks: true, consent: analytics, not_in: [fr] }
${more}---
kind: channel
id: diary
type: log
---
kind: channel
id: push
type: push
via: log
`,
  'countries.yaml': 'kind: country\nid: fr\nwhere: { trait: country, is: FR }\nzone: Europe/Paris\n',
  'consents.yaml': `kind: consent
id: marketing
channels: [email, push, log]
basis: legitimate-interest
---
kind: consent
id: analytics
channels: [email]
basis: consent
---
kind: consent
id: service
channels: [email, push, log]
basis: contract
`,
  'templates.yaml': `kind: template
id: hello
any:
  en: { subject: Hello, title: Hello, text: "Hello {{first_name}}" }
email:
  en:
    subject: Hello {{first_name}}
    html: '<body><p>Hello <a href="https://shop.example/?a=1&amp;b=2">shop</a> <a href="{{unsubscribe_url}}">leave</a></p></body>'
`,
  'scenario.yaml': way(steps),
});

const waitFor = (status: string) => `  - id: hello
    send: { channel: mail, template: hello }
  - id: fate
    wait_for: { message: hello, status: ${status} }
    for: 2d
    then: [ { exit: met } ]
    otherwise: [ { exit: unmet } ]`;

interface Shop {
  readonly s: Scenario;
  readonly server: ServeServer;
  /** Of the newest mail. */
  raw(): string;
  html(): string;
  visit(path: string, agent?: string): Promise<{ readonly status: number; readonly location: unknown }>;
  report(text: string): Promise<number>;
}

async function shop(steps: string): Promise<Shop> {
  const s = await scenario(files(steps), { env });
  const server = await createServe({ store: s.store, clock: s.clock, root: s.root, env });
  onTestFinished(() => server.close());
  return {
    ...{ s, server },
    raw: () => smtp.received.at(-1)?.raw ?? '',
    html: () => smtp.received.at(-1)?.mail.html ?? '',
    async visit(url, agent = browser) {
      const { statusCode, headers } = await server.app.inject({
        url: url.replace(base, ''),
        headers: { 'user-agent': agent },
      });
      await s.settle();
      return { status: statusCode, location: headers.location };
    },
    async report(payload) {
      const headers = { 'content-type': 'message/rfc822' };
      const { statusCode } = await server.app.inject({ method: 'POST', url: '/v1/mail-reports', payload, headers });
      await s.settle();
      return statusCode;
    },
  };
}

const analytics = { 'analytics/email': 'granted' } as const;
const linkIn = (html: string, path: string) => new RegExp(`${base}${path}[A-Za-z0-9_-]+`).exec(html)?.[0] ?? 'none';
const header = (raw: string, name: string) =>
  new RegExp(`^${name}:((?:.|\\r\\n[ \\t])*)`, 'im')
    .exec(raw)?.[1]
    ?.replace(/\r\n[ \t]+/g, '')
    .trim();
const proofIn = (raw: string) => header(raw, 'X-Parcours-Message') ?? '';

describe('a mail', () => {
  it('lets its person leave by a header and by a link, and its opens and clicks are told', async () => {
    const { s, raw, html, visit, server } = await shop(waitFor('acted'));
    await s.person({
      external_id: 'ana',
      traits: { email: 'ana@shop.example', first_name: 'Ana' },
      consents: analytics,
    });
    await s.event('ana', 'signed_up');
    expect(header(raw(), 'List-Unsubscribe')).toMatch(
      /^<https:\/\/hello\.shop\.example\/unsubscribe\/[A-Za-z0-9_-]+>$/,
    );
    expect(header(raw(), 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
    expect(envelopes.at(-1)).toMatch(/^bounces\+\d+-\d+\.[0-9a-f]{16}@shop\.example$/);
    expect(html()).not.toContain('shop.example/?a');
    expect(linkIn(html(), '/unsubscribe/')).toMatch(/unsubscribe/);
    await s.advance('1h');
    const picture = await server.app.inject({
      url: linkIn(html(), '/o/').replace(base, ''),
      headers: { 'user-agent': browser },
    });
    expect([picture.statusCode, picture.headers['content-type'], picture.headers['cache-control']]).toEqual([
      200,
      'image/gif',
      'no-store, private',
    ]);
    await s.settle();
    expect((await s.messages())[0]?.state).toBe('seen');
    expect(await visit(linkIn(html(), '/c/'))).toEqual({ status: 302, location: 'https://shop.example/?a=1&b=2' });
    expect((await s.messages())[0]?.state).toBe('acted');
    expect(await s.ways()).toEqual([expect.stringContaining('met')]);
  });

  it('tells nothing of people who did not agree, and of those of countries without', async () => {
    const { s, html } = await shop(waitFor('acted'));
    await s.person({ external_id: 'bea', traits: { email: 'bea@shop.example', first_name: 'Bea' } });
    await s.event('bea', 'signed_up');
    expect([linkIn(html(), '/o/'), linkIn(html(), '/c/')]).toEqual(['none', 'none']);
    expect(html()).toContain('https://shop.example/?a=1&amp;b=2');
    await s.person({
      external_id: 'luc',
      traits: { email: 'luc@shop.example', first_name: 'Luc', country: 'FR' },
      consents: analytics,
    });
    await s.event('luc', 'signed_up');
    expect(html()).toContain('leave');
    expect([linkIn(html(), '/o/'), linkIn(html(), '/c/')]).toEqual(['none', 'none']);
  });

  it('that a program looked at is marked, and counts as unseen', async () => {
    const { s, html, visit } = await shop(waitFor('seen'));
    await s.person({ external_id: 'ana', traits: { email: 'ana@shop.example' }, consents: analytics });
    await s.event('ana', 'signed_up');
    await visit(linkIn(html(), '/o/'));
    await s.advance('1h');
    await visit(linkIn(html(), '/o/'), 'Mozilla/5.0');
    await visit(linkIn(html(), '/c/'), 'Mozilla/5.0 (compatible; MailScanBot/1.0)');
    expect((await s.messages())[0]?.state).toBe('sent');
    const scans = await s.store.withSession((session) =>
      session.query<{ what: string }>(
        `select properties ->> 'what' as what from parcours.event where type = 'message_scanned' order by what`,
      ),
    );
    expect(scans.map(({ what }) => what)).toEqual(['click', 'open']);
    expect(await s.ways()).toEqual([expect.stringContaining('fate')]);
  });

  it('leads nowhere by a link that was changed, and is told once of one that is followed twice', async () => {
    const { s, html, visit } = await shop(waitFor('acted'));
    await s.person({ external_id: 'ana', traits: { email: 'ana@shop.example' }, consents: analytics });
    await s.event('ana', 'signed_up');
    await s.advance('1h');
    const link = linkIn(html(), '/c/');
    expect((await visit(`${link.slice(0, -2)}AA`)).status).toBe(404);
    expect((await visit('/c/https://evil.example')).status).toBe(404);
    expect((await visit('/o/nothing')).status).toBe(200);
    await visit(link);
    expect((await visit(link)).status).toBe(302);
    const clicks = await s.store.withSession((session) =>
      session.query(`select 1 from parcours.event where type = 'message_clicked'`),
    );
    expect(clicks).toHaveLength(1);
    await s.advance('400d');
    expect(await visit(link)).toEqual({ status: 302, location: 'https://shop.example/?a=1&b=2' });
  });
});

describe('who does not read', () => {
  it('gets no more mail after a while: programs that look at mails keep nobody awake, people do', async () => {
    const sunset = `kind: pressure
id: sunset
mute:
  - id: silent
    channels: [email]
    where:
      - { trait: first_seen_at, before: 6mo ago }
      - { never: [message_seen, message_clicked], in_last: 6mo }
`;
    const s = await scenario({ ...files(waitFor('acted')), 'sunset.yaml': sunset }, { env });
    const server = await createServe({ store: s.store, clock: s.clock, root: s.root, env });
    onTestFinished(() => server.close());
    for (const who of ['ana', 'bea']) {
      await s.person({ external_id: who, traits: { email: `${who}@shop.example` }, consents: analytics });
      await s.event(who, 'signed_up');
    }
    const [ana = '', bea = ''] = smtp.received
      .slice(-2)
      .map(({ mail }) => linkIn(mail.html ?? '', '/o/').replace(base, ''));
    await s.advance('100d');
    await server.app.inject({ url: ana, headers: { 'user-agent': browser } });
    await server.app.inject({ url: bea, headers: { 'user-agent': 'Mozilla/5.0' } });
    await s.settle();
    await s.advance('100d');
    for (const who of ['ana', 'bea']) await s.event(who, 'signed_up');
    expect((await s.decisions()).slice(-2).sort()).toEqual([
      expect.stringMatching(/^ana hello (queued|sent)/),
      expect.stringMatching(/^bea hello .*sunset\/silent/),
    ]);
  });
});

const bounce = (proof: string, recipient: string, status = '5.1.1', action = 'failed') =>
  [
    'From: MAILER-DAEMON@mx.example',
    'To: bounces@shop.example',
    'Subject: Undelivered',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'Sorry.',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    `Final-Recipient: rfc822; ${recipient}`,
    `Action: ${action}`,
    `Status: ${status}`,
    `Diagnostic-Code: smtp; 550 ${status} <${recipient}> unknown`,
    '',
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    `X-Parcours-Message: ${proof}`,
    '',
    '--b--',
    '',
  ].join('\r\n');

const complaint = (proof: string) =>
  [
    'From: fbl@isp.example',
    `To: bounces+${proof}@shop.example`,
    'Subject: complaint',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'A complaint.',
    '--b',
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: abuse',
    'User-Agent: FBL/1.0',
    'Version: 1',
    '',
    '--b--',
    '',
  ].join('\r\n');

const suppressed = (s: Scenario) =>
  s.store.withSession(async (session) => (await session.query('select reason from parcours.suppression')).length);

describe('what comes back', () => {
  it('of an address where nobody is fails the message, and no mail goes there again', async () => {
    const { s, raw, report } = await shop(waitFor('bounced'));
    await s.person({ external_id: 'ana', traits: { email: 'Ana@shop.example' } });
    await s.event('ana', 'signed_up');
    const proof = proofIn(raw());
    expect(await report(bounce(`${proof.slice(0, -1)}x`, 'ana@shop.example'))).toBe(422);
    expect(await report(bounce(`${proof.slice(0, -4)}0000`, 'ana@shop.example'))).toBe(403);
    expect(await report(bounce(proof.split('.')[0] ?? '', 'ana@shop.example'))).toBe(403);
    expect(await report(bounce(proof, 'ana@shop.example', '4.4.1', 'delayed'))).toBe(200);
    expect((await s.messages())[0]?.state).toBe('sent');
    expect(await report(bounce(proof, 'ana@shop.example'))).toBe(200);
    expect(await report(bounce(proof, 'ana@shop.example'))).toBe(200);
    expect([(await s.messages())[0]?.state, await suppressed(s)]).toEqual(['failed', 1]);
    expect(await s.ways()).toEqual([expect.stringContaining('met')]);
    const reason = await s.store.withSession((session) => session.query(`select decision from parcours.message`));
    expect(JSON.stringify(reason)).not.toContain('@');
  });

  it('of a full mailbox fails the message alone; another address in it suppresses nobody', async () => {
    const { s, raw, report } = await shop(waitFor('bounced'));
    await s.person({ external_id: 'ana', traits: { email: 'ana@shop.example' } });
    await s.event('ana', 'signed_up');
    expect(await report(bounce(proofIn(raw()), 'ana@shop.example', '5.2.2'))).toBe(200);
    expect([(await s.messages())[0]?.state, await suppressed(s)]).toEqual(['failed', 0]);
    await s.person({ external_id: 'bea', traits: { email: 'bea@shop.example' } });
    await s.event('bea', 'signed_up');
    expect(await report(bounce(proofIn(raw()), 'victim@shop.example'))).toBe(200);
    expect(await suppressed(s)).toBe(0);
  });

  it('as a complaint ends all mail to the person, and his consent', async () => {
    const { s, raw, report } = await shop(waitFor('acted'));
    await s.person({ external_id: 'ana', traits: { email: 'ana@shop.example' } });
    await s.event('ana', 'signed_up');
    expect(await report(complaint(proofIn(raw())))).toBe(200);
    expect([(await s.messages())[0]?.state, await suppressed(s)]).toEqual(['sent', 1]);
    const states = await s.store.withSession((session) =>
      session.query<{ state: string }>(
        `select state from parcours.consent where purpose = 'marketing' and channel = 'email'`,
      ),
    );
    expect(states).toEqual([{ state: 'denied' }]);
    const told = await s.store.withSession((session) =>
      session.query(`select 1 from parcours.event where type = 'message_complained'`),
    );
    expect(told).toHaveLength(1);
  });

  it('that is no report, or names no message, changes nothing', async () => {
    const { report } = await shop(waitFor('acted'));
    expect(await report('From: ana@shop.example\r\nSubject: Re: Hello\r\n\r\nThanks!')).toBe(422);
    expect(await report(complaint('none'))).toBe(422);
    expect(await report('')).toBe(422);
  });
});

describe('a mailbox of reports', () => {
  it('is read mail by mail, as mbox and as Maildir; reading it again changes nothing', async () => {
    const { s, raw } = await shop(waitFor('bounced'));
    for (const who of ['ana', 'bea']) {
      await s.person({ external_id: who, traits: { email: `${who}@shop.example` } });
      await s.event(who, 'signed_up');
    }
    const [ana = '', bea = ''] = smtp.received.slice(-2).map((one) => proofIn(one.raw));
    expect(raw()).toContain(bea);
    const person = 'From: ana@shop.example\r\nSubject: Re: Hello\r\n\r\n>From me: thanks!\r\n';
    const mbox = [bounce(ana, 'ana@shop.example'), person, complaint(bea), bounce('9-9', 'x@shop.example')]
      .map((mail) => `From MAILER-DAEMON Mon Mar  2 10:00:00 2026\n${mail.replaceAll('\r\n', '\n')}\n`)
      .join('');
    const root = writeWorkspace({
      'all.mbox': mbox,
      'Maildir/new/1': bounce(ana, 'ana@shop.example'),
      'Maildir/cur/2:2,S': person,
    });
    const read = async (name: string) => {
      const out: string[] = [];
      const code = await runCli(['bounces', join(root, name), '--json', '--now', s.clock.now().toISOString()], {
        output: {
          write: (text) => out.push(text),
          note: (text) => out.push(text),
          isColoured: false,
          isNoteTerminal: false,
          ask: null,
        },
        env: { ...env, DATABASE_URL: databaseUrl(s.store.connection) },
        cwd: s.root,
        stopSignal: () => new AbortController().signal,
      });
      return [code, JSON.parse(out.join(''))];
    };
    const none = { bounced: 0, complained: 0, delivered: 0, delayed: 0, repeated: 0, unproven: 0, unknown_message: 0 };
    expect(await read('all.mbox')).toEqual([
      0,
      { ...none, bounced: 1, complained: 1, unproven: 1, not_ours: 0, no_report: 1 },
    ]);
    expect(await read('all.mbox')).toEqual([0, { ...none, repeated: 2, unproven: 1, not_ours: 0, no_report: 1 }]);
    expect(await read('Maildir')).toEqual([0, { ...none, repeated: 1, not_ours: 0, no_report: 1 }]);
    await s.settle();
    expect((await s.messages()).map(({ who, state }) => `${who} ${state}`)).toEqual(['ana failed', 'bea sent']);
  });
});
