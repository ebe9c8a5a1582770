/** A provider of mail that takes its time for each message and remembers which it got: what it has heard whole, it delivers. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface SlowProvider {
  readonly port: number;
  /** The tokens of messages that it got, in order, each as often as it got it. */
  readonly tokens: readonly string[];
  /** The most connections that were open at the same time. */
  connectionsMax(): number;
  stop(): Promise<void>;
}

/** `chance`: a number between 0 and 1, for how long it thinks about each message, up to `slowestMs`. */
export async function slowProvider(chance: () => number, slowestMs = 40): Promise<SlowProvider> {
  const tokens: string[] = [];
  let connections = 0;
  let connectionsMax = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onConnect(_session, done) {
      connections += 1;
      connectionsMax = Math.max(connectionsMax, connections);
      done();
    },
    onClose() {
      connections -= 1;
    },
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
    connectionsMax: () => connectionsMax,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
