/** A provider of mail that takes its time for each message and remembers which it got: what it has heard whole, it delivers. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface SlowProvider {
  readonly port: number;
  /** The tokens of messages that it got, in order, each as often as it got it. */
  readonly tokens: readonly string[];
  stop(): Promise<void>;
}

const slowestMs = 40;

/** `chance`: a number between 0 and 1, for how long it thinks about each message. */
export async function slowProvider(chance: () => number): Promise<SlowProvider> {
  const tokens: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const id = /^Message-ID: <([^@>]+)@/im.exec(Buffer.concat(chunks).toString('latin1'))?.[1];
        tokens.push(id ?? 'nameless');
        setTimeout(() => done(), chance() * slowestMs);
      });
    },
  });
  // Connections of processes that were killed break off.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    tokens,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
