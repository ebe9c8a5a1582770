/** Connections that never come about: nothing has left by them, and the SDK must not repeat what it was to send. */
import { request } from 'node:https';
import { createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { firebaseAgent } from '../../engine/channels/firebase-agent.ts';

it.each([
  ['is never ready', () => {}],
  ['is cut while it is made', (socket: Socket) => void socket.once('data', () => socket.destroy())],
] as const)('a request whose connection %s has not left', async (_, meet) => {
  const met: Socket[] = [];
  const server = createServer((socket) => {
    met.push(socket.on('error', () => {}));
    meet(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { readonly port: number };
  const agent = firebaseAgent({ connectionsMax: 1, timeoutMs: 80, baseUrl: `https://localhost:${port}` });
  onTestFinished(() => {
    agent.destroy();
    for (const socket of met) socket.destroy();
    server.close();
  });
  // The second one waits for the connection of the first.
  const codes = await Promise.all([codeOfRequest(), codeOfRequest()]);
  expect(codes).toEqual(['ENOTCONN', 'ENOTCONN']);

  function codeOfRequest(): Promise<string | undefined> {
    return new Promise((end) => {
      const asked = request({ host: 'fcm.example', method: 'POST', agent }, () => end('answered'));
      asked.on('error', (error: NodeJS.ErrnoException) => end(error.code));
      asked.end('{}');
    });
  }
});
