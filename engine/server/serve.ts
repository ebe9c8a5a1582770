/**
 * The HTTP server of `parcours serve`: Fastify, limits, errors as JSON, a graceful end. What it answers is in `routes/`. It keeps no log of
 * requests: addresses may hold tokens, bodies are of people.
 */
import { STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import { secretsOf } from '../channels/secrets.ts';
import type { Clock } from '../clock/clock.ts';
import type { Store } from '../store/store.ts';
import { describeRoute, openApi } from './describe-api.ts';
import { liveBundle } from './live-bundle.ts';
import { allRoutes } from './routes/all.ts';
import type { AddRoutes, ServeContext } from './serve-context.ts';
import { answerErrors, bodyOf, type OnFailure, ServeError } from './serve-error.ts';
import { sessionPool } from './session-pool.ts';
import type { ListenAddress } from './watch-server.ts';

export interface ServeOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** The workspace's folder. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Shows the local mailbox of the sandbox, to this machine alone. Default: it isn't there. */
  readonly hasOutbox?: boolean;
  /** Sessions at the store at most. Default 8. */
  readonly sessionsMax?: number;
  /** Until a request must have arrived whole. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** Told of what went wrong on our side. Default: nobody. */
  readonly onFailure?: OnFailure;
  /** Default: all. */
  readonly routes?: readonly AddRoutes[];
}

export interface ServeServer {
  /** For requests inside the process, which need no port. */
  readonly app: FastifyInstance;
  /** Starts to listen and tells where. Errors: those of the system (`EADDRINUSE`, `EACCES`, …). */
  listen(at: ListenAddress): Promise<ListenAddress>;
  /** Takes no more connections, answers what is in hand, and lets go of the store. */
  close(): Promise<void>;
}

/** The largest body of any route; each route may say less. */
const bodyBytesMax = 1024 * 1024;

/** Makes the server with its routes; it listens when it is told to. */
export async function createServe(options: ServeOptions): Promise<ServeServer> {
  const { store, clock, root, env, sessionsMax = 8, requestTimeoutMs = 30_000, onFailure = () => {} } = options;
  const sessions = sessionPool({ store, max: sessionsMax, settings: { application_name: 'parcours serve' } });
  const context: ServeContext = {
    ...{ store, sessions, clock, root, secrets: secretsOf(env), live: liveBundle(sessions) },
    hasOutbox: options.hasOutbox === true,
  };
  const app = Fastify({
    logger: false,
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: 'idle',
    http: {
      // Node takes the smaller of the two for the headers and the larger one for the whole.
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.max(100, Math.min(5_000, requestTimeoutMs / 2)),
    },
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: 1_000 },
  });
  app.setErrorHandler(answerErrors(onFailure));
  app.setNotFoundHandler((_request, reply) =>
    reply
      .status(404)
      .send(bodyOf(new ServeError(404, 'not_found', 'There is nothing here. /docs tells what there is.'))),
  );
  await app.register(swagger, {
    openapi: openApi as unknown as Record<string, unknown>,
    transform: ({ schema, url }) => ({ schema: describeRoute(schema), url }),
  });
  for (const addRoutes of options.routes ?? allRoutes) {
    await app.register(async (scope) => await addRoutes(scope, context));
  }
  return {
    app,
    async listen({ host, port }) {
      await app.listen({ host, port });
      return { host, port: (app.server.address() as AddressInfo).port };
    },
    async close() {
      await app.close();
      await sessions.close();
    },
  };
}

/** Answers what never became a request: no HTTP, headers without end, a body that doesn't arrive. */
function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, code, message] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ([408, 'too_slow', 'The request did not arrive in time.'] as const)
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? ([431, 'headers_too_large', 'The headers are larger than is taken.'] as const)
        : ([400, 'bad_request', 'This is no HTTP request that can be read.'] as const);
  const body = JSON.stringify(bodyOf({ code, message, details: [] }));
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
  if (socket.writable) socket.write(`${head}\r\nconnection: close\r\n\r\n${body}`);
  socket.destroySoon();
}
