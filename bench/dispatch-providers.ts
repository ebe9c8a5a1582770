/**
 * The far ends of HTTP in benchmark `dispatch`. They read of a request where it goes, who sends it and how long it is, and answer with bytes made
 * before: on a machine of two cores, whatever they do is taken from who sends.
 */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createSecureServer } from 'node:tls';
import { accessToken, certificates, messagesPath } from '../test/support/fcm-server.ts';
import { account, authToken, resourceOf, path as textsPath } from '../test/support/twilio-server.ts';

export interface Provider {
  readonly url: string;
  /** Is handed the body of each message that is taken. */
  onMessage: (body: Buffer) => void;
}

/** A request: its first lines as they came, and its body. */
type Answering = (head: string, body: Buffer, provider: Provider) => string;

/** Firebase: tokens, and messages that are all taken. */
export async function quickFirebase(): Promise<Provider> {
  const token = answerOf(200, JSON.stringify({ access_token: accessToken, expires_in: 3599, token_type: 'Bearer' }));
  const refusal = answerOf(401, '{"error":{"code":401,"status":"UNAUTHENTICATED"}}');
  let count = 0;
  const pem = (name: string) => readFileSync(join(certificates, name), 'utf8');
  const server = createSecureServer({ key: pem('localhost.key.pem'), cert: pem('localhost.pem') });
  return await listening(server, 'https://localhost', (head, body, provider) => {
    if (!head.startsWith(`POST ${messagesPath} `)) return token;
    if (!head.includes(`Bearer ${accessToken}`)) return refusal;
    provider.onMessage(body);
    count += 1;
    return answerOf(200, `{"name":"projects/shop-0001/messages/${count}"}`);
  });
}

/** Twilio: messages that are all taken. */
export async function quickTwilio(): Promise<Provider> {
  const credentials = Buffer.from(`${account}:${authToken}`).toString('base64');
  const refusal = answerOf(401, '{"code":20003,"status":401}');
  const [before = '', between = '', after = ''] = JSON.stringify(resourceOf('{sid}', { From: '', To: '' })).split(
    '{sid}',
  );
  let count = 0;
  return await listening(createServer(), 'http://127.0.0.1', (head, body, provider) => {
    if (!head.startsWith(`POST ${textsPath} `) || !head.includes(`Basic ${credentials}`)) return refusal;
    provider.onMessage(body);
    count += 1;
    const sid = `SM${String(count).padStart(32, '0')}`;
    return answerOf(201, `${before}${sid}${between}${sid}${after}`);
  });
}

function answerOf(status: number, body: string): string {
  return `HTTP/1.1 ${status} Said\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

async function listening(server: Server, at: string, answer: Answering): Promise<Provider> {
  let provider: Provider | undefined;
  const serve = (socket: Socket) => serveRequests(socket, (head, body) => answer(head, body, provider as Provider));
  server.on(at.startsWith('https') ? 'secureConnection' : 'connection', serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  provider = { url: `${at}:${(server.address() as AddressInfo).port}`, onMessage: () => {} };
  return provider;
}

/** Requests of a connection, one after the other. */
function serveRequests(socket: Socket, answer: (head: string, body: Buffer) => string): void {
  let came: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => {}); // Who sent it went.
  socket.on('data', (chunk) => {
    came = came.length === 0 ? chunk : Buffer.concat([came, chunk]);
    for (let end = came.indexOf('\r\n\r\n'); end >= 0; end = came.indexOf('\r\n\r\n')) {
      const head = came.toString('latin1', 0, end);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      const next = end + 4 + length;
      if (came.length < next) return;
      socket.write(answer(head, came.subarray(end + 4, next)));
      came = came.subarray(next);
    }
  });
}
