/**
 * What a request is refused with: a status, a code for programs and words for people, as JSON. The one place where errors become answers.
 * Nothing of the request is ever repeated: it may hold personal data.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { StoreError } from '../store/store-error.ts';

export interface RefusalOptions extends ErrorOptions {
  /** Seconds after which it may be tried again. */
  readonly retryAfter?: number;
  /** What exactly is wrong, in places and reasons, never values. */
  readonly details?: readonly string[];
  /** Whoever watches the server is told, though it is nobody's failure here: somebody may be trying doors. */
  readonly isLogged?: true;
}

/** A request that isn't answered as it was asked. */
export class ServeError extends Error {
  override readonly name = 'ServeError';
  readonly status: number;
  readonly code: string;
  readonly retryAfter: number | null;
  readonly details: readonly string[];
  readonly isLogged: boolean;

  constructor(status: number, code: string, message: string, options: RefusalOptions = {}) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.retryAfter = options.retryAfter ?? null;
    this.details = options.details ?? [];
    this.isLogged = options.isLogged ?? false;
  }
}

/** The body of each answer that isn't a success. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly details?: readonly string[] };
}

/** Told of what was our fault or the store's: a code and where, and nothing of the request. */
export type OnFailure = (failure: { readonly code: string; readonly route: string; readonly error: unknown }) => void;

export function bodyOf({ code, message, details }: Pick<ServeError, 'code' | 'message' | 'details'>): ErrorBody {
  return { error: { code, message, ...(details.length > 0 && { details }) } };
}

/** The error handler of the server. */
export function answerErrors(onFailure: OnFailure) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const refusal = refusalOf(error);
    if (refusal.status >= 500 || refusal.isLogged) {
      onFailure({ code: refusal.code, route: request.routeOptions.url ?? 'unknown', error });
    }
    if (refusal.retryAfter !== null) void reply.header('retry-after', String(refusal.retryAfter));
    void reply.status(refusal.status).header('cache-control', 'no-store').send(bodyOf(refusal));
  };
}

/** What Fastify itself refuses, in our words: its own may quote the request. */
const ofFastify: Readonly<Record<string, readonly [number, string, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'body_too_large', 'The body is larger than this address takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'unsupported_media_type', 'This address does not take that type of content.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'empty_body', 'The body is empty where JSON is expected.'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'invalid_json', 'The body is no JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'invalid_length', 'The body is not as long as its Content-Length says.'],
  FST_ERR_VALIDATION: [400, 'invalid_request', 'The request is not of the form that this address takes.'],
  FST_ERR_BAD_URL: [400, 'invalid_url', 'The address cannot be read.'],
};

function refusalOf(error: unknown): ServeError {
  if (error instanceof ServeError) return error;
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown };
  if (error instanceof StoreError || isStoreAway(code)) {
    const words = 'The store does not answer. Nothing was taken; try again.';
    return new ServeError(503, 'store_unavailable', words, { retryAfter: 5, cause: error });
  }
  const known = typeof code === 'string' && Object.hasOwn(ofFastify, code) ? ofFastify[code] : undefined;
  if (known !== undefined) return new ServeError(...known);
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new ServeError(statusCode, 'bad_request', 'The request cannot be read.');
  }
  return new ServeError(500, 'internal', 'The request could not be handled. This is a fault of the server.', {
    cause: error,
  });
}

/** Errors of the network, and of the server when it is lost, full or stopped (SQLSTATE 08, 53, 57, 58). */
function isStoreAway(code: unknown): boolean {
  return (
    typeof code === 'string' &&
    (/^E(CONN|PIPE|HOST|NET|TIMEDOUT|NOENT)/.test(code) || /^(08|53|57|58)[0-9A-Z]{3}$/.test(code))
  );
}
