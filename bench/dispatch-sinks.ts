/**
 * The providers of benchmark `dispatch`, in a process of their own: a mail server, and local servers that answer as Twilio and Firebase do. Told
 * `keep`, they keep what they take, and tell it when they are told `tell`.
 */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { fcmServer } from '../test/support/fcm-server.ts';
import { twilioServer } from '../test/support/twilio-server.ts';

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
const [twilio, fcm] = await Promise.all([twilioServer(), fcmServer()]);

function forget(): void {
  mails.length = 0;
  fcm.taken.length = 0;
  fcm.bodies.length = 0;
  (twilio.requests as unknown[]).length = 0;
}

// Nobody reads what was taken, and it would be all that this process holds.
setInterval(() => {
  if (!isKeeping) forget();
}, 1_000);
process.on('message', (asked) => {
  const told = { mail: [...mails], text: twilio.requests.map(({ form }) => form), app: [...fcm.taken] };
  forget();
  isKeeping = asked === 'keep';
  process.send?.(told);
});
const { port } = mail.server.address() as AddressInfo;
process.stdout.write(`${JSON.stringify({ smtpPort: port, twilio: twilio.url, fcm: fcm.url })}\n`);
process.once('disconnect', () => process.exit(0));
