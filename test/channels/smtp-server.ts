/** A real SMTP server in the test's process, whose answers a test can bend. */
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

export interface Received {
  readonly recipients: readonly string[];
  readonly raw: string;
  readonly mail: Email;
}

export interface TestSmtpServer {
  readonly port: number;
  readonly received: readonly Received[];
  /** Connections that were opened. */
  readonly connections: () => number;
  readonly stop: () => Promise<void>;
}

export interface Bends {
  readonly options?: SMTPServerOptions;
  /** What happens at MAIL FROM, instead of taking the sender. */
  readonly sender?: (server: SMTPServer) => 'take' | 'silence';
  /** An answer to RCPT TO: null takes the recipient. */
  readonly recipient?: (address: string) => Error | null;
  /** What happens once the content is there, instead of taking it: an answer, or nothing. */
  readonly content?: (session: SMTPServerSession, server: SMTPServer) => Error | 'take' | 'silence';
}

/** An answer of the server with a reply code; the text may begin with an enhanced one. */
export function reply(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

export async function startSmtpServer(bends: Bends = {}): Promise<TestSmtpServer> {
  const received: Received[] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onConnect(_session, done) {
      connections += 1;
      done();
    },
    onMailFrom(_address, _session, done) {
      if (bends.sender?.(server) !== 'silence') done();
    },
    onRcptTo(address, _session, done) {
      done(bends.recipient?.(address.address) ?? null);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        const verdict = bends.content?.(session, server) ?? 'take';
        if (verdict === 'silence') return;
        if (verdict !== 'take') return done(verdict);
        const raw = Buffer.concat(chunks).toString('utf8');
        const recipients = session.envelope.rcptTo.map((recipient) => recipient.address);
        received.push({ recipients, raw, mail: await PostalMime.parse(raw) });
        done();
      });
    },
    ...bends.options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    connections: () => connections,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Cuts every connection of the server, as a crash would. */
export function cut(server: SMTPServer): void {
  for (const connection of server.connections) {
    (connection as unknown as { readonly _socket: { destroy(): void } })._socket.destroy();
  }
}
