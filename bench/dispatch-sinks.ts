/**
 * The providers of benchmark `dispatch`, in a process of their own: a mail server, and those of `dispatch-providers.ts`. Told `keep`, they keep what they
 * take, and tell it when they are told `tell`.
 */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { quickFirebase, quickTwilio } from './dispatch-providers.ts';

let isKeeping = false;
const mails: string[] = [];
const mail = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, _session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => {
      if (isKeeping) chunks.push(chunk);
    });
    stream.on('end', () => {
      if (isKeeping) mails.push(Buffer.concat(chunks).toString('utf8'));
      done();
    });
  },
});
mail.on('error', () => {});
await new Promise<void>((resolve) => mail.listen(0, '127.0.0.1', resolve));
const [twilio, fcm] = await Promise.all([quickTwilio(), quickFirebase()]);
const texts: string[] = [];
const pushed: string[] = [];
for (const [provider, kept] of [
  [twilio, texts],
  [fcm, pushed],
] as const) {
  provider.onMessage = (body) => {
    if (isKeeping) kept.push(body.toString('utf8'));
  };
}

process.on('message', (asked) => {
  process.send?.({
    mail: mails.splice(0),
    text: texts.splice(0).map((form) => Object.fromEntries(new URLSearchParams(form))),
    app: pushed.splice(0).map((body) => (JSON.parse(body) as { readonly message: object }).message),
  });
  isKeeping = asked === 'keep';
});
const { port } = mail.server.address() as AddressInfo;
process.stdout.write(`${JSON.stringify({ smtpPort: port, twilio: twilio.url, fcm: fcm.url })}\n`);
process.once('disconnect', () => process.exit(0));
