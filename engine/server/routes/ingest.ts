/**
 * The ingestion API: the Segment specification (`/v1/identify track page screen group alias batch`). A 200 means durable. What a call means
 * is read by `profiles/calls`, how calls become transactions is in `ingest/`.
 */
import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type AppFeedback, readAppFeedback } from '../../activation/messages/providers/app-feedback.ts';
import { messageKey } from '../../channels/push-proof.ts';
import type { RejectedCall } from '../../profiles/calls/queries.ts';
import {
  type CallOptions,
  type CallType,
  callTypes,
  occurredAt,
  type ReadCall,
  readCall,
  snake,
} from '../../profiles/calls/read-call.ts';
import type { IdentifiedFact } from '../../profiles/identified-fact.ts';
import { type MicroBatch, microBatch } from '../ingest/micro-batch.ts';
import { readJsonBodies } from '../ingest/read-body.ts';
import { type KeyedSource, type WriteKeys, writeKeys } from '../ingest/write-keys.ts';
import type { Live } from '../live-bundle.ts';
import type { ServeContext } from '../serve-context.ts';
import { ServeError } from '../serve-error.ts';
import { describeBatch, describeCall } from './ingest-schemas.ts';

/** Of one call. */
export const callBytesMax = 32 * 1024;
/** Of a batch. */
export const batchBytesMax = 500 * 1024;
/** Calls of a batch. */
export const batchCallsMax = 2_000;
/** Rejected calls of a batch that its answer lists. */
const listedMax = 100;

/** Where requests of one source go. */
interface Caller {
  readonly live: Live;
  readonly source: KeyedSource;
}

interface Ingestion {
  readonly context: ServeContext;
  readonly keys: WriteKeys;
  readonly batches: MicroBatch;
}

export function addIngestRoutes(app: FastifyInstance, context: ServeContext): void {
  const batches = microBatch({ sessions: context.sessions, clock: context.clock });
  const ingestion: Ingestion = { context, keys: writeKeys(context.secrets), batches };
  app.addHook('onClose', () => batches.close());
  readJsonBodies(app, batchBytesMax);
  // Schemas here are for `/docs`: whoever reads the calls gives better reasons, and more of them.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  // Sites call from other origins; what opens the door is the key, not the origin.
  app.addHook('onSend', async (_request, reply) => void reply.header('access-control-allow-origin', '*'));
  app.options('/v1/*', { schema: { hide: true } as object }, async (_request, reply) =>
    reply
      .header('access-control-allow-methods', 'POST')
      .header('access-control-allow-headers', 'authorization, content-type, content-encoding')
      .header('access-control-max-age', '86400')
      .status(204)
      .send(),
  );
  for (const type of callTypes) {
    app.post(`/v1/${type}`, { bodyLimit: callBytesMax, schema: describeCall(type) }, async (request) =>
      takeCall(ingestion, type, request),
    );
  }
  app.post('/v1/batch', { bodyLimit: batchBytesMax, schema: describeBatch() }, async (request) =>
    takeBatch(ingestion, request),
  );
}

async function takeCall(ingestion: Ingestion, type: CallType, request: FastifyRequest) {
  const { body, caller } = await readRequest(ingestion, request);
  const read = readAny(ingestion, caller, { type, call: body, options: optionsOf(ingestion, caller, body.sentAt) });
  if (read.kind === 'bad') {
    throw new ServeError(400, 'invalid_call', `The ${type} call cannot be used.`, { details: read.reasons });
  }
  if (read.kind !== 'ignored')
    await ingestion.batches.add({ ...loadOf([read]), rejected: [], identity: identityOf(caller) });
  return { success: true, ...(read.kind === 'ignored' && { ignored: 1 }) };
}

/** What a call is: of the people whom it names, of a message that we sent, or both. */
type ReadAny =
  | ReadCall
  | { readonly kind: 'told'; readonly feedback: AppFeedback; readonly fact: IdentifiedFact | null };
type Usable = Extract<ReadAny, { readonly kind: 'fact' | 'told' }>;

function loadOf(read: readonly Usable[]) {
  return {
    facts: read.flatMap(({ fact }) => fact ?? []),
    feedback: read.flatMap((one) => (one.kind === 'told' ? [one.feedback] : [])),
  };
}

/** An app that tells of a push message needn't have declared its events. */
function readAny(
  { context }: Ingestion,
  { live }: Caller,
  { type, call, options }: { readonly type: CallType; readonly call: object; readonly options: CallOptions },
): ReadAny {
  const read = readCall(type, call, options);
  const { event, properties } = call as { readonly event?: unknown; readonly properties?: unknown };
  if (type !== 'track' || typeof event !== 'string' || typeof properties !== 'object') return read;
  const happened = occurredAt(call as Body, options);
  const at = new Date(typeof happened === 'number' ? happened : options.received);
  const feedback = readAppFeedback(snake(event), properties, { program: live.program, secrets: context.secrets, at });
  if (feedback === 'none') return read;
  if (feedback === 'forged') return bad(`/properties/${messageKey} is none that we sent`);
  return { kind: 'told', feedback, fact: read.kind === 'fact' ? read.fact : null };
}

async function takeBatch(ingestion: Ingestion, request: FastifyRequest) {
  const { body, caller } = await readRequest(ingestion, request);
  const calls: unknown = body.batch;
  if (!Array.isArray(calls)) {
    throw new ServeError(400, 'invalid_batch', 'The body of a batch is an object with a list `batch`.');
  }
  if (calls.length > batchCallsMax) {
    throw new ServeError(413, 'batch_too_long', `A batch holds at most ${batchCallsMax} calls.`);
  }
  const options = optionsOf(ingestion, caller, body.sentAt);
  const usable: Usable[] = [];
  const rejected: RejectedCall[] = [];
  const errors: { readonly index: number; readonly reasons: readonly string[] }[] = [];
  let ignored = 0;
  for (const [index, call] of calls.entries()) {
    const read = readItem(ingestion, caller, { call, envelope: body, options });
    if (read.kind === 'fact' || read.kind === 'told') usable.push(read);
    else if (read.kind === 'ignored') ignored += 1;
    else {
      errors.push({ index, reasons: read.reasons });
      rejected.push(rejectedCall(call, read.reasons, options));
    }
  }
  if (usable.length > 0 || rejected.length > 0)
    await ingestion.batches.add({ ...loadOf(usable), rejected, identity: identityOf(caller) });
  return {
    success: true,
    ...(ignored > 0 && { ignored }),
    ...(errors.length > 0 && { rejected: errors.length, errors: errors.slice(0, listedMax) }),
  };
}

/** A call of a batch. What its envelope says of all holds where it says nothing. */
function readItem(
  ingestion: Ingestion,
  caller: Caller,
  { call, envelope, options }: { readonly call: unknown; readonly envelope: Body; readonly options: CallOptions },
): ReadAny {
  const { context } = envelope;
  if (typeof call !== 'object' || call === null || Array.isArray(call)) return bad('the call is no object');
  const { type } = call as { readonly type?: unknown };
  const known = callTypes.find((one) => one === type);
  if (known === undefined) return bad(`/type is none of ${callTypes.join(', ')}`);
  const whole = context === undefined || 'context' in call ? call : { ...call, context };
  const read = readAny(ingestion, caller, { type: known, call: whole, options });
  if (read.kind === 'bad') return read;
  // Only what passed the look at its depth may be written as text again.
  const bytes = Buffer.byteLength(JSON.stringify(call));
  return bytes > callBytesMax ? bad(`the call is larger than ${callBytesMax} bytes`) : read;
}

function bad(reason: string): Extract<ReadCall, { readonly kind: 'bad' }> {
  return { kind: 'bad', reasons: [reason] };
}

function rejectedCall(call: unknown, reasons: readonly string[], { sourceId, received }: CallOptions): RejectedCall {
  const body = textOf(call);
  const { messageId } = (call ?? {}) as { readonly messageId?: unknown };
  const own = typeof messageId === 'string' && /^[\x20-\x7e]{1,200}$/.test(messageId) ? messageId : null;
  return {
    ...{ source: sourceId, reasons, receivedAt: new Date(received) },
    messageId: own ?? `sha256:${hash('sha256', body ?? String(received), 'base64url')}`,
    body: body !== null && Buffer.byteLength(body) <= callBytesMax ? body : null,
  };
}

/** As JSON, in which nothing stands that a text of the store can't hold; null: nested too deep to be written. */
function textOf(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function optionsOf({ context }: Ingestion, { live, source }: Caller, sentAt: unknown): CallOptions {
  const received = context.clock.now().getTime();
  return { sourceId: source.id, source: source.body, declared: live.declared, received, sentAt };
}

function identityOf({ live }: Caller) {
  return live.declared.identity ?? null;
}

type Body = Readonly<Record<string, unknown>>;

async function readRequest({ context, keys }: Ingestion, request: FastifyRequest) {
  const body = request.body;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ServeError(400, 'invalid_call', 'The body is no JSON object.');
  }
  const live = await context.live.read();
  const key = keyOf(request.headers.authorization) ?? (body as Body).writeKey;
  const source = live === null || typeof key !== 'string' ? undefined : keys(live, key);
  if (live === null || source === undefined) {
    const words =
      'No source of type `api` answers to this write key. Give it as the user name of HTTP Basic, or as `writeKey` in the body.';
    throw new ServeError(401, 'unknown_write_key', words);
  }
  return { body: body as Body, caller: { live, source } };
}

/** The user name of HTTP Basic, or the token of Bearer. */
export function keyOf(authorization: string | undefined): string | undefined {
  const [, scheme = '', token = ''] = /^(Basic|Bearer) ([A-Za-z0-9+/=._~-]{1,1000})$/i.exec(authorization ?? '') ?? [];
  if (token === '') return undefined;
  if (scheme.toLowerCase() === 'bearer') return token;
  return Buffer.from(token, 'base64').toString('utf8').split(':')[0];
}
