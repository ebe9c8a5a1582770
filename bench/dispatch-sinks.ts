/** The providers of benchmark `dispatch`, in a process of their own: a mail server, and local servers that answer as Twilio and Firebase do. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { fcmServer } from '../test/support/fcm-server.ts';
import { twilioServer } from '../test/support/twilio-server.ts';

const mail = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, _session, done) {
    stream.on('data', () => {});
    stream.on('end', () => done());
  },
});
mail.on('error', () => {});
await new Promise<void>((resolve) => mail.listen(0, '127.0.0.1', resolve));
const [twilio, fcm] = await Promise.all([twilioServer(), fcmServer()]);
// Nobody reads what was taken, and it would be all that this process holds.
setInterval(() => {
  fcm.taken.length = 0;
  fcm.bodies.length = 0;
  (twilio.requests as unknown[]).length = 0;
}, 1_000);
const { port } = mail.server.address() as AddressInfo;
process.stdout.write(`${JSON.stringify({ smtpPort: port, twilio: twilio.url, fcm: fcm.url })}\n`);
process.once('disconnect', () => process.exit(0));
