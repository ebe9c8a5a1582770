/** A local TLS server that answers as the documentation of Firebase Cloud Messaging says: tokens for a service account, and `messages:send`. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** As the real one keeps connections: longer than a sender rests between two batches on a machine that is busy. */
const keepAliveTimeout = 60_000;

/** The folder with `localhost.pem`, by which the server is trusted. */
export const certificates = fileURLToPath(new URL('certificates/', import.meta.url));
const pem = (name: string) => readFileSync(`${certificates}${name}`, 'utf8');

const project = 'shop-0001';
export const accessToken = 'an-access-token';
/** Where messages are sent. */
export const messagesPath = `/v1/projects/${project}/messages:send`;
let made: string | undefined;

/** The JSON of a service account. Its key is made once a process. */
export function serviceAccount(): string {
  made ??= JSON.stringify({
    type: 'service_account',
    project_id: project,
    private_key_id: '1',
    private_key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    }),
    client_email: `sender@${project}.iam.gserviceaccount.com`,
    client_id: '1',
    token_uri: 'https://oauth2.googleapis.com/token',
  });
  return made;
}

/** `message` of a request, as it came. */
export interface Pushed {
  readonly token: string;
  readonly notification: { readonly title: string; readonly body: string };
  readonly data: Readonly<Record<string, string>>;
  readonly android: { readonly ttl: string; readonly collapse_key?: string };
  readonly apns: { readonly headers: Readonly<Record<string, string>> };
}

/** What a test lets the server do; null: as documented for a message that is taken. */
export type PushAnswer =
  | null
  | { readonly status: number; readonly error: string; readonly headers?: Readonly<Record<string, string>> }
  | 'silence'
  | 'cut'
  /** Cut, or silent, in the middle of the answer. */
  | 'half cut'
  | 'half silence'
  /** Answered, but not in HTTP. */
  | 'nonsense';

export interface FcmServer {
  readonly url: string;
  readonly taken: Pushed[];
  /** How often a token was asked for, and a message sent. */
  readonly asked: { tokens: number; messages: number };
  /** Bodies of requests beside their message. */
  readonly bodies: object[];
  answer: (message: Pushed) => PushAnswer;
  /** False: the service account is unknown. */
  isKnown: boolean;
  close(): Promise<void>;
}

export async function fcmServer(): Promise<FcmServer> {
  const state: Omit<FcmServer, 'url' | 'close'> = {
    taken: [],
    asked: { tokens: 0, messages: 0 },
    bodies: [],
    answer: () => null,
    isKnown: true,
  };
  const server = createServer(
    { key: pem('localhost.key.pem'), cert: pem('localhost.pem'), keepAliveTimeout },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const reply = (status: number, body: object, headers: Readonly<Record<string, string>> = {}) =>
          response
            .writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers })
            .end(JSON.stringify(body));
        if (request.url !== messagesPath) {
          state.asked.tokens += 1;
          if (state.isKnown) reply(200, { access_token: accessToken, expires_in: 3599, token_type: 'Bearer' });
          else reply(400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' });
          return;
        }
        state.asked.messages += 1;
        if (request.headers.authorization !== `Bearer ${accessToken}`) {
          reply(401, errorOf({ status: 401, error: 'UNAUTHENTICATED' }));
          return;
        }
        const { message, ...rest } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { readonly message: Pushed };
        const answer = state.answer(message);
        if (answer === 'silence') return;
        if (answer === 'half cut' || answer === 'half silence') {
          response.writeHead(200, { 'content-length': 100 }).write('{"name":');
          if (answer === 'half cut') setTimeout(() => request.socket.destroy(), 20);
        } else if (answer === 'nonsense') {
          request.socket.end('nonsense\r\n\r\n');
        } else if (answer === 'cut') {
          request.socket.destroy();
        } else if (answer === null) {
          state.taken.push(message);
          state.bodies.push(rest);
          reply(200, { name: `projects/${project}/messages/${state.taken.length}` });
        } else reply(answer.status, errorOf(answer), answer.headers);
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

/** Codes that FCM tells in the details of an error; the others are canonical ones of Google. */
const ofFcm = new Set([
  'UNREGISTERED',
  'QUOTA_EXCEEDED',
  'UNAVAILABLE',
  'INTERNAL',
  'SENDER_ID_MISMATCH',
  'THIRD_PARTY_AUTH_ERROR',
]);

function errorOf({ status, error }: { readonly status: number; readonly error: string }): object {
  const details = ofFcm.has(error)
    ? [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: error }]
    : [];
  return { error: { code: status, message: 'in words of the provider', status: error, details } };
}
