/** `preview`, `send` and `outbox`, and the local mailbox in `parcours serve`: what people would get, looked at before they do. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../engine/clock/clock.ts';
import { createServe, type ServeServer } from '../../engine/server/serve.ts';
import { startSmtpServer, type TestSmtpServer } from '../channels/smtp-server.ts';
import { type CommandLine, commandLine, shopFiles } from './command-line.ts';

let shop: CommandLine;
let smtp: TestSmtpServer;
let server: ServeServer;

const files = (port: number) => ({
  ...shopFiles,
  'parcours.yaml': `kind: workspace
id: shop
zone: UTC
currency: EUR
locale: en
locales: [en, es]
environments:
  staging: { channels: sandbox, allow: [me@shop.example] }
`,
  'channels.yaml': `kind: channel
id: mail
type: email
smtp: { host: 127.0.0.1, port: ${port}, from: "Shop <shop@shop.example>" }
---
kind: channel
id: text
type: sms
via: log
---
kind: channel
id: chat
type: whatsapp
via: log
`,
  'consent.yaml': 'kind: consent\nid: marketing\nchannels: [log, email, sms, whatsapp]\nbasis: contract\n',
  'template.yaml': `kind: template
id: thanks
any:
  en: { subject: Thanks, text: "Thank you from {{country}}" }
  es: { subject: Gracias, text: "Gracias desde {{country}}" }
`,
  'templates.yaml': `kind: template
id: offer
email:
  en:
    subject: An offer until {{date registered_at}}
    preheader: Only for you
    html: '<p onclick="x()">Take <a href="https://shop.example/offer">it</a></p><script>alert(1)</script><a href="/offer">or not</a><img src="https://shop.example/a.png">'
    attachments: [{ file: files/terms.pdf }]
  es: { subject: Una oferta, text: "Hola, {{with.code}}" }
sms:
  en: { text: "${'Offers all week long. '.repeat(30)}{{with.code}}" }
  es: { text: "Oferta {{with.code}}" }
---
kind: template
id: bye
any:
  en: { text: "So long. {{> foot}}" }
  es: { text: "Hasta luego. {{> foot}}" }
---
kind: template
id: foot
part:
  en: { text: Bye }
  es: { text: Chau }
`,
  'journey.yaml': shopFiles['journey.yaml'].replace(
    'template: thanks }',
    'template: thanks }\n  - id: offer\n    send: { channel: mail, template: offer, with: { code: SPRING } }',
  ),
});

beforeAll(async () => {
  smtp = await startSmtpServer();
  shop = await commandLine(files(smtp.port));
  expect(await shop.run('apply --yes --env staging')).toMatchObject({ code: 0 });
  server = await createServe({ store: shop.store, clock: systemClock, root: shop.root, env: {}, hasOutbox: true });
});
afterAll(async () => {
  await server.close();
  await shop.drop();
  await smtp.stop();
});

describe('preview', () => {
  it('shows each form and locale with made-up values, and those that journeys give', async () => {
    const { code, out } = await shop.run('preview offer --channel sms --locale es');
    expect(code).toBe(0);
    expect(out).toBe('offer · sms · es\nParts: 1\n\nOferta SPRING\n');
    const all = JSON.parse((await shop.run('preview thanks --json')).out);
    expect(
      all.previews.map((one: { channel: string; locale: string; text: string }) => [one.channel, one.locale, one.text]),
    ).toEqual([
      ['any', 'en', 'Thank you from ES'],
      ['any', 'es', 'Gracias desde ES'],
    ]);
  });

  it('says what would not arrive: files that are missing, links that lead nowhere, parts that are paid for', async () => {
    const { code, out } = await shop.run('preview offer --locale en');
    expect(code).toBe(1);
    expect(out).toContain('Subject: An offer until March 15, 2026');
    expect(out).toContain('error: The attachment files/terms.pdf is missing.');
    expect(out).toContain('error: The link `/offer` has no `https://`: in a mail it leads nowhere.');
    expect(out).toContain('error: It has a script');
    expect(out).toContain('warning: 1 picture has no `alt`');
    expect(out).toMatch(/warning: It takes 5 SMS \(GSM/);
  });

  it('writes a page that shows everything and runs nothing', async () => {
    const { code, out } = await shop.run('preview --all --out sheet.html');
    expect([code, out]).toEqual([1, expect.stringContaining('Wrote 8 forms to sheet.html.\n')]);
    const sheet = readFileSync(join(shop.root, 'sheet.html'), 'utf8');
    expect(sheet).toContain('<section id="offer">');
    expect(sheet).toContain('<iframe sandbox="" title="email en" srcdoc="');
    expect(sheet).not.toMatch(/<script|<p onclick/);
    expect(sheet).toContain('&lt;script&gt;alert(1)');
  });

  it('says what it does not find', async () => {
    expect(await shop.run('preview offr')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Did you mean offer?'),
    });
    expect(await shop.run('preview')).toMatchObject({ code: 1, err: expect.stringContaining('--all') });
    expect(await shop.run('preview foot')).toMatchObject({
      code: 1,
      err: expect.stringContaining('only a part of others'),
    });
    expect(await shop.run('preview thanks --profile nobody')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Nobody answers'),
    });
  });
});

describe('a part', () => {
  it('that changes is told at the templates that take it in', async () => {
    expect((await shop.run('preview bye --locale es')).out).toContain('Hasta luego. Chau');
    const before = readFileSync(join(shop.root, 'templates.yaml'), 'utf8');
    shop.write({ 'templates.yaml': before.replace('text: Chau', 'text: Adiós') });
    const { out } = await shop.run('plan --no-impact');
    shop.write({ 'templates.yaml': before });
    expect(out).toMatch(/template\/foot/);
    expect(out).toMatch(/template\/bye/);
  });
});

describe('send', () => {
  it('sends one proof by the real channel, marked as a test, and counts it nowhere', async () => {
    const { code, out } = await shop.run('send thanks --to me@shop.example --locale es');
    expect([code, out]).toEqual([0, 'thanks (es) by mail: sent as a test.\n']);
    const [{ raw, recipients, mail } = { raw: '', recipients: [], mail: undefined }] = smtp.received;
    expect([recipients, mail?.subject]).toEqual([['me@shop.example'], '[Test] Gracias']);
    expect(raw).toMatch(/^X-Parcours-Test: yes/m);
    const counted = await shop.store.withSession((session) => session.query('select 1 from parcours.message'));
    expect(counted).toEqual([]);
  });

  it('is refused where the address is not allowed, no channel fits, or several do; a fault of the template sends nothing', async () => {
    const sent = smtp.received.length;
    for (const [line, words] of [
      ['send thanks --to other@shop.example --env staging', 'allows a few addresses'],
      ['send offer --to +34600000000 --channel chat', "can't be sent by channel chat"],
      ['send thanks --to +34600000000', 'Several channels could send it (chat, text)'],
      ['send thanks --to some-device', 'No channel of type push'],
      ['send thanks --to me@shop.example --channel none', 'There is no channel "none"'],
      ['send thanks', '--to'],
    ] as const) {
      expect(await shop.run(line)).toMatchObject({ code: 1, err: expect.stringContaining(words) });
    }
    expect(await shop.run('send offer --to me@shop.example --locale en')).toMatchObject({
      code: 1,
      out: expect.stringContaining('refused: attachment files/terms.pdf is missing'),
    });
    expect(smtp.received).toHaveLength(sent);
  });
});

const ask = (url: string, host = 'localhost:8080') => server.app.inject({ url, headers: { host } });

describe('the local mailbox', () => {
  it('catches what the sandbox would have sent, at the terminal and in a browser', async () => {
    const sent = smtp.received.length;
    for (const to of ['me@shop.example', 'Me@shop.example']) await shop.run(`send thanks --to ${to} --env staging`);
    expect(smtp.received).toHaveLength(sent);
    const { out } = await shop.run('outbox --env staging');
    const [, id] = /^ {2}(mail:\d+) .* me@shop\.example +thanks +Thanks$/m.exec(out) ?? [];
    expect(id).toBeDefined();
    const one = JSON.parse((await shop.run(`outbox ${id} --env staging --json`)).out);
    expect(one).toMatchObject({ to: 'me@shop.example', test: true, template: 'thanks', text: 'Thank you from ES' });
    const list = await ask('/outbox');
    expect([list.statusCode, list.headers['content-security-policy']]).toEqual([
      200,
      expect.stringContaining("default-src 'none'"),
    ]);
    expect(list.body).toContain(`/outbox/${encodeURIComponent(id ?? '')}`);
    const page = await ask(`/outbox/${encodeURIComponent(id ?? '')}`);
    expect(page.body).toContain('<dt>To</dt><dd>me@shop.example</dd>');
    expect((await ask(`/outbox/${encodeURIComponent(id ?? '')}/html`)).statusCode).toBe(404);
  });

  it('shows what a message holds as text, its HTML in a frame that can do nothing, and older ones on further pages', async () => {
    const lines = Array.from({ length: 60 }, (_, i) =>
      JSON.stringify({
        ...{ at: new Date(Date.UTC(2027, 0, 1, 0, i)).toISOString(), to: `p${i}@shop.example`, locale: 'en' },
        ...{ subject: `<b>${i}</b>`, text: 'x'.repeat(9_000), html: '<script>alert(1)</script><p>Hi</p>' },
        ...{ journey: 'j', step: 's', template: 'thanks' },
      }),
    );
    const path = join(shop.root, '.parcours/outbox/mail.jsonl');
    writeFileSync(path, `${readFileSync(path, 'utf8')}${lines.join('\n')}\n{"half":`);
    const first = await ask('/outbox?channel=mail');
    expect(first.body).toContain('&lt;b&gt;59&lt;/b&gt;');
    expect(first.body).not.toContain('&lt;b&gt;9&lt;/b&gt;');
    const older = /href="(\/outbox\?[^"]*before=[^"]*)"/.exec(first.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await ask(older);
    expect(second.body).toContain('&lt;b&gt;9&lt;/b&gt;');
    expect(second.body).toContain('Thanks');
    const id = /href="\/outbox\/(mail%3A\d+)"/.exec(first.body)?.[1];
    const page = await ask(`/outbox/${id}`);
    expect(page.body).toContain('<iframe sandbox=""');
    expect(page.body).not.toContain('<script');
    const frame = await ask(`/outbox/${id}/html`);
    expect([frame.body, frame.headers['content-security-policy']]).toEqual([
      expect.stringContaining('<p>Hi</p>'),
      expect.stringMatching(/^sandbox; default-src 'none'/),
    ]);
  });

  it('is there only where it was asked for, and for this machine by its own name', async () => {
    expect((await ask('/outbox', 'evil.example')).statusCode).toBe(403);
    expect((await ask('/outbox/mail:7')).statusCode).toBe(404);
    expect((await ask('/outbox/other:0')).statusCode).toBe(404);
    expect((await ask('/outbox?before=x')).statusCode).toBe(400);
    const other = await createServe({ store: shop.store, clock: systemClock, root: shop.root, env: {} });
    expect((await other.app.inject({ url: '/outbox', headers: { host: 'localhost' } })).statusCode).toBe(404);
    await other.close();
    expect(await shop.run('serve --outbox --listen 0.0.0.0:0')).toMatchObject({
      code: 1,
      err: expect.stringContaining('--outbox'),
    });
    expect(await shop.run('outbox --channel mail')).toMatchObject({
      code: 1,
      err: expect.stringContaining('none that is caught'),
    });
  });
});
