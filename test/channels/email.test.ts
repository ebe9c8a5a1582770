/** What a mail holds beside its words: headers, attachments, signature, its way back; and how it is kept from who listens. */
import { createHash, createVerify, generateKeyPairSync } from 'node:crypto';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { ChannelAdapter } from '../../engine/channels/adapter.ts';
import { createSmtpAdapter } from '../../engine/channels/smtp.ts';
import type { SmtpConfig } from '../../engine/channels/smtp-config.ts';
import { certificates } from '../support/fcm-server.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';
import { outgoing } from './messages.ts';
import { type Bends, startSmtpServer, type TestSmtpServer } from './smtp-server.ts';

const opened: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing.stop();
});

const tlsOptions = {
  disabledCommands: [],
  key: readFileSync(join(certificates, 'localhost.key.pem')),
  cert: readFileSync(join(certificates, 'localhost.pem')),
};

async function server(bends?: Bends): Promise<TestSmtpServer> {
  const started = await startSmtpServer(bends);
  opened.push(started);
  return started;
}

function adapter(
  port: number,
  change: Partial<SmtpConfig> = {},
  { root = certificates, secrets = {} }: { root?: string; secrets?: Readonly<Record<string, string>> } = {},
): ChannelAdapter {
  const config: SmtpConfig = {
    ...{ host: 'localhost', port, secure: false, from: 'Tienda <hola@shop.example>', user: null, password: null },
    ...change,
  };
  const made = createSmtpAdapter(config, { root, secret: (name) => secrets[name] });
  opened.push({ stop: () => made.close() });
  return made;
}

const headersOf = (raw: string) => raw.slice(0, raw.indexOf('\r\n\r\n'));
const header = (raw: string, name: string) =>
  new RegExp(`^${name}: ((?:.|\\r\\n[ \\t])*)`, 'im')
    .exec(headersOf(raw))?.[1]
    ?.replace(/\r\n[ \t]+/g, ' ')
    .trim();

describe('headers', () => {
  const unsubscribe = {
    'List-Unsubscribe': '<https://hello.shop.example/unsubscribe/abc>',
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  };

  test('let people leave with one click, and mailboxes tell complaints apart', async () => {
    const smtp = await server();
    await adapter(smtp.port, { replyTo: 'Ayuda <ayuda@shop.example>' }).send([outgoing({ headers: unsubscribe })]);
    const raw = smtp.received[0]?.raw ?? '';
    expect(header(raw, 'List-Unsubscribe')).toBe('<https://hello.shop.example/unsubscribe/abc>');
    expect(header(raw, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
    expect(header(raw, 'Feedback-ID')).toBe('hello:welcome:first-order:shop.example');
    expect(header(raw, 'Reply-To')).toBe('Ayuda <ayuda@shop.example>');
    expect(header(raw, 'X-Parcours-Message')).toBe('17-4211');
  });

  test('cannot be added by a name, a subject or anything else of a message', async () => {
    const smtp = await server();
    const evil = 'x\r\nBcc: thief@shop.example\r\n\r\nbody';
    const sent = outgoing({
      ...{ subject: evil, headers: { 'List-Unsubscribe': evil }, proof: evil },
      about: { profile: 1, journey: evil, step: evil, template: evil },
    });
    const outcomes = await adapter(smtp.port, { from: `Tienda ${evil} <hola@shop.example>`, replyTo: evil }).send([
      sent,
    ]);
    expect(outcomes).toEqual([{ kind: 'accepted' }]);
    const [{ raw, recipients } = { raw: '', recipients: [] }] = smtp.received;
    expect(recipients).toEqual(['ana@shop.example']);
    expect(headersOf(raw)).not.toMatch(/^bcc:/im);
    expect(smtp.received[0]?.mail.text?.trim()).toBe('Tu primer pedido');
    for (const to of [
      `ana@shop.example\r\nBcc: thief@shop.example`,
      'ana@shop.example, thief@shop.example',
      'Ana <ana@shop.example>',
    ]) {
      expect(await adapter(smtp.port).send([outgoing({ to })])).toMatchObject([{ kind: 'rejected', addressBad: true }]);
    }
  });

  test('of a proof to look at say so', async () => {
    const smtp = await server();
    await adapter(smtp.port).send([outgoing({ isTest: true })]);
    const raw = smtp.received[0]?.raw ?? '';
    expect([header(raw, 'X-Parcours-Test'), header(raw, 'Feedback-ID'), header(raw, 'Subject')]).toEqual([
      'yes',
      undefined,
      '[Test] Hola Ana',
    ]);
  });
});

describe('the way back', () => {
  test('is an address of its own for each message', async () => {
    const froms: string[] = [];
    const smtp = await server({
      options: {
        disabledCommands: ['STARTTLS'],
        onMailFrom(address, _session, done) {
          froms.push(address.address);
          done();
        },
      },
    });
    const mail = adapter(smtp.port, { bounces: 'bounces@shop.example' });
    await mail.send([outgoing(), outgoing({ proof: '0123456789abcdef' })]);
    expect(froms.sort()).toEqual(['bounces+17-4211.0123456789abcdef@shop.example', 'bounces+17-4211@shop.example']);
  });
});

describe('attachments', () => {
  function files(): string {
    const root = writeWorkspace({
      'files/terms.pdf': 'terms',
      'files/large.pdf': Buffer.alloc(7_000_001),
    });
    symlinkSync('/etc/hostname', join(root, 'files/link.pdf'));
    return root;
  }

  test('go with the message, as they are when it leaves', async () => {
    const smtp = await server();
    const root = files();
    const mail = adapter(smtp.port, {}, { root });
    const attachments = [{ file: 'files/terms.pdf', name: 'Términos.pdf' }];
    await mail.send([outgoing({ attachments })]);
    writeFileSync(join(root, 'files/terms.pdf'), 'other terms');
    await mail.send([outgoing({ attachments: [{ ...attachments[0]!, type: 'application/x-terms' }] })]);
    const read = smtp.received.map(({ mail: { attachments: sent } }) =>
      sent.map((file) => [file.filename, file.mimeType, Buffer.from(file.content as ArrayBuffer).toString()]),
    );
    expect(read).toEqual([
      [['Términos.pdf', 'application/pdf', 'terms']],
      [['Términos.pdf', 'application/x-terms', 'other terms']],
    ]);
  });

  test.each([
    ['files/none.pdf', 'attachment files/none.pdf is missing'],
    ['files', 'attachment files is no file'],
    ['files/link.pdf', 'attachment files/link.pdf lies outside of the workspace'],
    ['files/large.pdf', 'attachment files/large.pdf has more than 7 MB'],
  ])('that cannot go stop the message and no other: %s', async (file, reason) => {
    const smtp = await server();
    const outcomes = await adapter(smtp.port, {}, { root: files() }).send([
      outgoing({ attachments: [{ file, name: 'x.pdf' }] }),
      outgoing(),
    ]);
    expect(outcomes).toEqual([{ kind: 'rejected', reason, addressBad: false }, { kind: 'accepted' }]);
  });
});

describe('DKIM', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const dkim = { domain: 'shop.example', selector: 'p1', key: `\${secret.DKIM_KEY}` };

  test('signs the body and the headers, the one of one click among them', async () => {
    const smtp = await server();
    const headers = {
      'List-Unsubscribe': '<https://x.example/u>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    };
    await adapter(smtp.port, { dkim }, { secrets: { DKIM_KEY: pem } }).send([outgoing({ headers })]);
    const raw = smtp.received[0]?.raw ?? '';
    const signature = header(raw, 'DKIM-Signature') ?? '';
    const tag = (name: string) =>
      new RegExp(`(?:^|;)\\s*${name}=([^;]*)`).exec(signature)?.[1]?.replace(/\s+/g, '') ?? '';
    expect([tag('d'), tag('s'), tag('c')]).toEqual(['shop.example', 'p1', 'relaxed/relaxed']);
    expect(tag('h').toLowerCase().split(':')).toEqual(
      expect.arrayContaining(['from', 'subject', 'list-unsubscribe-post']),
    );
    const body = raw
      .slice(raw.indexOf('\r\n\r\n') + 4)
      .replace(/[ \t]+(?=\r\n)/g, '')
      .replace(/[ \t]+/g, ' ');
    expect(tag('bh')).toBe(
      createHash('sha256')
        .update(`${body.replace(/(\r\n)+$/, '')}\r\n`)
        .digest('base64'),
    );
    const relaxed = (name: string, value: string) => `${name.toLowerCase()}:${value.replace(/\s+/g, ' ').trim()}`;
    const covered = tag('h')
      .split(':')
      .map((name) => `${relaxed(name, header(raw, name) ?? '')}\r\n`);
    const own = relaxed('dkim-signature', signature.replace(/(\bb=)[^;]*$/, '$1'));
    const verified = createVerify('sha256')
      .update(covered.join('') + own)
      .verify(publicKey, tag('b'), 'base64');
    expect(verified).toBe(true);
  });

  test('that cannot sign keeps everybody waiting, since a mail should not leave without', async () => {
    const smtp = await server();
    for (const [secrets, reason] of [
      [{}, 'secret DKIM_KEY is not set'],
      [{ DKIM_KEY: 'no key' }, 'the DKIM key cannot sign'],
    ] as const) {
      const outcomes = await adapter(smtp.port, { dkim }, { secrets }).send([outgoing(), outgoing()]);
      expect(outcomes).toEqual([
        { kind: 'retry', reason },
        { kind: 'retry', reason },
      ]);
    }
    expect(smtp.received).toEqual([]);
  });
});

describe('TLS', () => {
  test('is begun where the server offers it, and its certificate is checked', async () => {
    const smtp = await server({ options: tlsOptions });
    expect(await adapter(smtp.port, { ca: 'localhost.pem' }).send([outgoing()])).toEqual([{ kind: 'accepted' }]);
    expect(smtp.received[0]?.raw).toBeDefined();
    const [refused] = await adapter(smtp.port).send([outgoing()]);
    expect(refused).toMatchObject({ kind: 'retry', reason: expect.stringMatching(/^no SMTP connection \(.*CERT/) });
    expect(smtp.received).toHaveLength(1);
  });

  test('can be demanded: a server without it is told nothing', async () => {
    const smtp = await server();
    const outcomes = await adapter(smtp.port, { tls: 'required' }).send([outgoing()]);
    expect(outcomes).toMatchObject([{ kind: 'retry', reason: expect.stringMatching(/^no TLS with the SMTP server/) }]);
    expect(smtp.received).toEqual([]);
    const secure = await server({ options: tlsOptions });
    const sent = await adapter(secure.port, { tls: 'required', ca: 'localhost.pem' }).send([outgoing()]);
    expect(sent).toEqual([{ kind: 'accepted' }]);
  });

  test('may be there from the start', async () => {
    const smtp = await server({ options: { ...tlsOptions, secure: true } });
    expect(await adapter(smtp.port, { secure: true, ca: 'localhost.pem' }).send([outgoing()])).toEqual([
      { kind: 'accepted' },
    ]);
    const [wrong] = await adapter(smtp.port, { secure: true, ca: 'nothing.pem' }).send([outgoing()]);
    expect(wrong).toEqual({ kind: 'retry', reason: 'no SMTP connection (ENOENT)' });
  });
});

test('a server that is silent for longer than the channel says is given up, and the message tried again', async () => {
  const smtp = await server({ sender: () => 'silence' });
  const outcomes = await adapter(smtp.port, { timeoutMs: 1_000 }).send([outgoing()]);
  expect(outcomes).toMatchObject([{ kind: 'retry', reason: expect.stringMatching(/SMTP connection/) }]);
});
