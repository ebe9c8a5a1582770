/**
 * The HTTP server of a daemon, for who watches it: `/healthz`, `/readyz`, `/metrics`. It only reads, tells of no person, and knows no
 * user: it belongs behind what guards the machine, and binds to the machine itself unless told otherwise.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Observer } from '../activation/observer.ts';
import type { Trouble } from '../activation/trouble.ts';
import type { Clock } from '../clock/clock.ts';
import type { Store } from '../store/store.ts';
import { pulse, readReadiness } from './health.ts';
import { createMetrics } from './metrics.ts';
import { storeReader } from './store-reader.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

export interface WatchServerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly listen: ListenAddress;
  /** A lane that waits longer makes `/readyz` say no. */
  readonly lateMs: number;
}

export interface WatchServer {
  /** Where it listens. */
  readonly address: ListenAddress;
  /** To be told what the engine does. */
  readonly observe: Observer;
  readonly trouble: (trouble: Trouble) => void;
  close(): Promise<void>;
}

const connectionsMax = 64;
const requestTimeoutMs = 10_000;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Starts to listen. Errors: those of the system (`EADDRINUSE`, `EACCES`, …). */
export async function openWatchServer({ store, clock, listen, lateMs }: WatchServerOptions): Promise<WatchServer> {
  const reader = storeReader(store);
  const metrics = createMetrics(reader, clock);
  const heart = pulse();
  const answers: Readonly<Record<string, () => Promise<Answer>>> = {
    '/healthz': async () => {
      const found = heart.read();
      return json(found.status === 'ok' ? 200 : 503, found);
    },
    '/readyz': async () => {
      const found = await readReadiness(reader, clock, lateMs);
      return json(found.status === 'ready' ? 200 : 503, found);
    },
    '/metrics': async () => ({ status: 200, type: metrics.contentType, body: await metrics.text() }),
  };
  const server = createServer((request, response) => void answer(request, response, answers));
  server.maxConnections = connectionsMax;
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = requestTimeoutMs;
  const address = await listenAt(server, listen);
  return {
    address,
    observe(one) {
      heart.observe(one);
      metrics.observe(one);
    },
    trouble: metrics.trouble,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await reader.close();
    },
  };
}

function listenAt(server: Server, { host, port }: ListenAddress): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve({ host, port: (server.address() as AddressInfo).port });
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  answers: Readonly<Record<string, () => Promise<Answer>>>,
): Promise<void> {
  request.resume();
  const { status, type, body } = await answerTo(request, answers);
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...(status === 405 && allow) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

const allow = { allow: 'GET, HEAD' };

async function answerTo(
  { method, url = '/' }: IncomingMessage,
  answers: Readonly<Record<string, () => Promise<Answer>>>,
): Promise<Answer> {
  const path = url.split('?')[0] as string;
  if (!Object.hasOwn(answers, path)) return json(404, { error: 'There is /healthz, /readyz and /metrics here.' });
  if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'It can only be read: GET or HEAD.' });
  try {
    return await (answers[path] as () => Promise<Answer>)();
  } catch {
    // The words of an error may tell of the store: who asked learns that there was one.
    return json(500, { error: 'The answer could not be made.' });
  }
}

function json(status: number, value: unknown): Answer {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` };
}
