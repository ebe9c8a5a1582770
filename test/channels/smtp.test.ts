import { afterEach, describe, expect, test } from 'vitest';
import type { ChannelAdapter } from '../../engine/channels/adapter.ts';
import { createSmtpAdapter } from '../../engine/channels/smtp.ts';
import type { SmtpConfig, SmtpLimits } from '../../engine/channels/smtp-config.ts';
import { outgoing } from './messages.ts';
import { type Bends, cut, reply, startSmtpServer, type TestSmtpServer } from './smtp-server.ts';

const opened: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing.stop();
});

async function server(bends?: Bends): Promise<TestSmtpServer> {
  const started = await startSmtpServer(bends);
  opened.push(started);
  return started;
}

function adapter(
  port: number,
  change: Partial<SmtpConfig> = {},
  secrets: Readonly<Record<string, string>> = {},
  limits: Partial<SmtpLimits> = {},
): ChannelAdapter {
  const config: SmtpConfig = {
    host: '127.0.0.1',
    port,
    secure: false,
    from: 'Tienda <hola@shop.example>',
    user: null,
    password: null,
    ...change,
  };
  const made = createSmtpAdapter(config, { root: process.cwd(), secret: (name) => secrets[name] }, limits);
  opened.push({ stop: () => made.close() });
  return made;
}

describe('a message that the server takes', () => {
  test('arrives with sender, recipient, subject, both parts and the date of the engine', async () => {
    const smtp = await server();
    const outcomes = await adapter(smtp.port).send([outgoing({ html: '<p>Tu <b>pedido</b></p>' })]);
    expect(outcomes).toEqual([{ kind: 'accepted' }]);
    const [{ recipients, mail } = { recipients: [], mail: undefined }] = smtp.received;
    expect(recipients).toEqual(['ana@shop.example']);
    expect(mail?.from).toMatchObject({ name: 'Tienda', address: 'hola@shop.example' });
    expect(mail?.subject).toBe('Hola Ana');
    expect(mail?.text?.trim()).toBe('Tu primer pedido');
    expect(mail?.html?.trim()).toBe('<p>Tu <b>pedido</b></p>');
    expect(mail?.date).toBe('2026-03-01T10:00:00.000Z');
  });

  test('has the same Message-ID at each attempt, made of its token', async () => {
    const smtp = await server();
    const email = adapter(smtp.port);
    await email.send([outgoing()]);
    await email.send([outgoing({ at: Date.parse('2026-03-02T10:00:00Z') })]);
    expect(smtp.received.map(({ mail }) => mail.messageId)).toEqual([
      '<17-4211@shop.example>',
      '<17-4211@shop.example>',
    ]);
  });

  test('gets a text part when its template has HTML only', async () => {
    const smtp = await server();
    const { text: _text, ...html } = outgoing({
      html: '<style>p{color:red}</style><h1>Hola</h1><p>Ana &amp; Luis, <a href="https://shop.example/a?b=1">compra</a></p><ul><li>uno</li><li>dos</li></ul>',
    });
    await adapter(smtp.port).send([html]);
    expect(smtp.received[0]?.mail.text?.trim()).toBe(
      'Hola\nAna & Luis, compra (https://shop.example/a?b=1)\n\n- uno\n\n- dos',
    );
  });

  test('shares a few connections with the others of its batch and of the next', async () => {
    const smtp = await server();
    const email = adapter(smtp.port, {}, {}, { connectionsMax: 3 });
    const batch = Array.from({ length: 20 }, (_, i) => outgoing({ token: `1-${i}` }));
    await email.send(batch);
    const outcomes = await email.send(batch);
    expect(outcomes.every((outcome) => outcome.kind === 'accepted')).toBe(true);
    expect(smtp.received).toHaveLength(40);
    expect(smtp.connections()).toBeLessThanOrEqual(3);
  });

  test('leaves over a new connection when the server has closed the idle one', async () => {
    let running: Parameters<NonNullable<Bends['content']>>[1] | undefined;
    const smtp = await server({
      content: (_session, itself) => {
        running = itself;
        return 'take';
      },
    });
    const email = adapter(smtp.port);
    await email.send([outgoing()]);
    cut(running!);
    expect(await email.send([outgoing()])).toEqual([{ kind: 'accepted' }]);
    expect(smtp.connections()).toBe(2);
  });
});

describe('values of people', () => {
  test.each([
    ['a line end in the subject', { subject: 'Hola\r\nBcc: spy@evil.example' }],
    ['a line end in the token', { token: '1-2>\r\nBcc: spy@evil.example' }],
    [
      'a line end in a step',
      { about: { profile: 1, journey: 'a\r\nBcc: spy@evil.example', step: 's', template: 't' } },
    ],
  ])('add no header: %s', async (_name, change) => {
    const smtp = await server();
    await adapter(smtp.port).send([outgoing(change)]);
    expect(smtp.received[0]?.recipients).toEqual(['ana@shop.example']);
    expect(smtp.received[0]?.mail.bcc).toBeUndefined();
    expect(smtp.received[0]?.raw).not.toMatch(/^bcc:/im);
  });

  test.each([
    'a@shop.example, spy@evil.example',
    'a@shop.example\r\nRCPT TO:<spy@evil.example>',
    'Ana <a@shop.example>',
    '"a b"@shop.example',
    'nobody',
    '',
  ])('add no recipient: %j is refused as a bad address', async (to) => {
    const smtp = await server();
    const outcomes = await adapter(smtp.port).send([outgoing({ to })]);
    expect(outcomes).toEqual([{ kind: 'rejected', reason: 'the address is malformed', addressBad: true }]);
    expect(smtp.received).toEqual([]);
  });
});

describe('refusals', () => {
  test('one bad recipient does not stop the others of the batch', async () => {
    const smtp = await server({
      recipient: (address) => (address.startsWith('gone') ? reply(550, `5.1.1 <${address}> user unknown`) : null),
    });
    const outcomes = await adapter(smtp.port, {}, {}, { connectionsMax: 1 }).send([
      outgoing({ to: 'one@shop.example' }),
      outgoing({ to: 'gone@shop.example' }),
      outgoing({ to: 'two@shop.example' }),
    ]);
    expect(outcomes).toEqual([
      { kind: 'accepted' },
      { kind: 'rejected', reason: 'SMTP 550 5.1.1 <(address)> user unknown', addressBad: true },
      { kind: 'accepted' },
    ]);
    expect(smtp.received.flatMap(({ recipients }) => recipients)).toEqual(['one@shop.example', 'two@shop.example']);
  });

  test.each([
    [reply(450, '4.2.1 mailbox busy'), 'retry', undefined],
    [reply(451, 'greylisted'), 'retry', undefined],
    [reply(550, 'no such user'), 'rejected', true],
    [reply(553, '5.1.3 bad address syntax'), 'rejected', true],
    [reply(550, '5.7.1 blocked by policy'), 'rejected', false],
    [reply(552, '5.2.2 mailbox full'), 'rejected', false],
  ])('the answer %s to the recipient means %s', async (answer, kind, addressBad) => {
    const smtp = await server({ recipient: () => answer });
    const [outcome] = await adapter(smtp.port).send([outgoing()]);
    expect(outcome).toMatchObject(addressBad === undefined ? { kind } : { kind, addressBad });
  });

  test.each([
    [reply(451, '4.3.0 try later'), { kind: 'retry' }],
    [reply(554, '5.7.1 spam'), { kind: 'rejected', addressBad: false }],
    [reply(550, 'not wanted'), { kind: 'rejected', addressBad: false }],
  ])('the answer %s to the content is an answer, not a doubt', async (answer, expected) => {
    const smtp = await server({ content: () => answer });
    const [outcome] = await adapter(smtp.port).send([outgoing()]);
    expect(outcome).toMatchObject(expected);
  });
});

describe('lost connections', () => {
  test('a connection cut after the content leaves the message in doubt', async () => {
    const smtp = await server({
      content: (_session, itself) => {
        cut(itself);
        return 'silence';
      },
    });
    const [outcome] = await adapter(smtp.port).send([outgoing()]);
    expect(outcome).toMatchObject({ kind: 'unknown' });
  });

  test('a server that is silent after the content leaves the message in doubt', async () => {
    const smtp = await server({ content: () => 'silence' });
    const [outcome] = await adapter(smtp.port, {}, {}, { silenceTimeoutMs: 200 }).send([outgoing()]);
    expect(outcome).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('after DATA') });
  });

  test('a connection cut before the content is tried again later', async () => {
    const smtp = await server({
      sender: (itself) => {
        cut(itself);
        return 'silence';
      },
    });
    const [outcome] = await adapter(smtp.port).send([outgoing()]);
    expect(outcome).toMatchObject({ kind: 'retry' });
  });

  test('a refused connection is tried again later, for the whole batch', async () => {
    const smtp = await startSmtpServer();
    await smtp.stop();
    const outcomes = await adapter(smtp.port).send([outgoing(), outgoing({ token: '1-2' })]);
    expect(outcomes).toEqual([
      { kind: 'retry', reason: 'no SMTP connection (ECONNREFUSED)' },
      { kind: 'retry', reason: 'no SMTP connection (ECONNREFUSED)' },
    ]);
  });
});

describe('login', () => {
  const secrets = { SMTP_USER: 'mailer', SMTP_PASSWORD: 'h0rse-battery' };
  const references = { user: `\${secret.SMTP_USER}`, password: `\${secret.SMTP_PASSWORD}` };
  const checking: Bends = {
    options: {
      authOptional: false,
      allowInsecureAuth: true,
      onAuth(auth, _session, done) {
        if (auth.username === 'mailer' && auth.password === 'h0rse-battery') done(null, { user: 'mailer' });
        else done(reply(535, `5.7.8 wrong password ${auth.password} for ${auth.username}`));
      },
    },
  };

  test('takes its secrets when it connects', async () => {
    const smtp = await server(checking);
    expect(await adapter(smtp.port, references, secrets).send([outgoing()])).toEqual([{ kind: 'accepted' }]);
  });

  test('with a wrong password is tried once for the batch, and the reason holds no password', async () => {
    const smtp = await server(checking);
    const wrong = { ...secrets, SMTP_PASSWORD: 'letmein-12345' };
    const batch = Array.from({ length: 10 }, (_, i) => outgoing({ token: `1-${i}` }));
    const outcomes = await adapter(smtp.port, references, wrong, { connectionsMax: 1 }).send(batch);
    expect(outcomes).toHaveLength(10);
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome)))).toEqual(
      new Set([JSON.stringify({ kind: 'retry', reason: 'SMTP login refused (535 5.7.8)' })]),
    );
    expect(JSON.stringify(outcomes)).not.toContain('letmein');
    expect(smtp.connections()).toBe(1);
  });

  test('with a missing secret names the secret and connects to nobody', async () => {
    const smtp = await server(checking);
    const outcomes = await adapter(smtp.port, references, { SMTP_USER: 'mailer' }).send([outgoing()]);
    expect(outcomes).toEqual([{ kind: 'retry', reason: 'secret SMTP_PASSWORD is not set' }]);
    expect(smtp.connections()).toBe(0);
  });
});
