/**
 * `POST /v1/sources/:source`: rows of another system, as it sends them, through the mapping of a source of type `webhook`. A 200 means durable. What a
 * row means, `profiles` knows.
 */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { signatureOf } from '../../channels/webhook.ts';
import type { SourceBody, SourceWebhook } from '../../compiler/ir.ts';
import { checkJson } from '../../profiles/calls/check-json.ts';
import type { RejectedCall } from '../../profiles/calls/queries.ts';
import type { IdentifiedFact } from '../../profiles/identified-fact.ts';
import { type MapOptions, mapRow } from '../../profiles/map-row.ts';
import { equalRows } from '../../profiles/message-id.ts';
import { rejectedRow } from '../../profiles/pulls/pull-source.ts';
import { type Cells, cellAt } from '../../profiles/read-cell.ts';
import { type MicroBatch, microBatch } from '../ingest/micro-batch.ts';
import { readJsonBodies } from '../ingest/read-body.ts';
import { secretOrNothing, type WriteKeys, writeKeys } from '../ingest/write-keys.ts';
import type { Live } from '../live-bundle.ts';
import type { ServeContext } from '../serve-context.ts';
import { ServeError } from '../serve-error.ts';
import { keyOf } from './ingest.ts';
import { describeRows } from './ingest-schemas.ts';

/** Of a request. */
const bodyBytesMax = 500 * 1024;
const rowsMax = 2_000;
/** Rejected rows that an answer lists. */
const listedMax = 100;
/** How far the time of a signed request may be from ours. */
const signedWithinMs = 300_000;

interface Taking {
  readonly context: ServeContext;
  readonly keys: WriteKeys;
  readonly batches: MicroBatch;
}

/** Bodies as they came: signatures are of their bytes. */
const texts = new WeakMap<FastifyRequest, string>();

export function addSourceRoutes(app: FastifyInstance, context: ServeContext): void {
  const batches = microBatch({ sessions: context.sessions, clock: context.clock });
  const taking: Taking = { context, keys: writeKeys(context.secrets, (body) => body.webhook?.writeKeys), batches };
  app.addHook('onClose', () => batches.close());
  readJsonBodies(app, bodyBytesMax);
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(['application/json', 'text/plain'], { parseAs: 'string' }, (request, body, done) => {
    texts.set(request, String(body));
    parse(request, String(body), done);
  });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.post<{ Params: { source: string } }>(
    '/v1/sources/:source',
    { bodyLimit: bodyBytesMax, schema: describeRows() },
    async (request) => takeRows(taking, request.params.source, request),
  );
}

async function takeRows(taking: Taking, named: string, request: FastifyRequest) {
  const { context, batches } = taking;
  const live = await context.live.read();
  const source = live === null ? undefined : sourceOf(taking, live, named, request);
  if (live === null || source?.webhook === undefined) {
    const words =
      'No source of type `webhook` of this name answers to this key. Give the key as a Bearer token, or as the user name of HTTP Basic.';
    throw new ServeError(401, 'unknown_write_key', words);
  }
  verify(context, source.webhook, request);
  const received = context.clock.now().getTime();
  const options: MapOptions = {
    ...{ sourceId: named, source, declared: live.declared, received, trigger: true, equalRows: equalRows() },
  };
  const { facts, rejected, errors } = readRows(rowsOf(request.body, source.webhook), options);
  if (facts.length === 0 && errors.length > 0) {
    const details = errors.slice(0, listedMax).map(({ index, reasons }) => `row ${index}: ${reasons.join('; ')}`);
    throw new ServeError(400, 'invalid_rows', 'No row of the request can be used.', { details });
  }
  if (facts.length > 0) await batches.add({ facts, rejected, identity: live.declared.identity ?? null });
  return {
    success: true,
    rows: facts.length,
    ...(errors.length > 0 && { rejected: errors.length, errors: errors.slice(0, listedMax) }),
  };
}

/** The source of that name, when the key is one of its own. */
function sourceOf({ keys }: Taking, live: Live, named: string, request: FastifyRequest): SourceBody | undefined {
  const key = keyOf(request.headers.authorization);
  const found = key === undefined ? undefined : keys(live, key);
  return found?.id === named ? found.body : undefined;
}

/** By the specification of Standard Webhooks. Which part is wrong isn't told. */
function verify({ secrets, clock }: ServeContext, { verifyWith }: SourceWebhook, request: FastifyRequest): void {
  if (verifyWith === null) return;
  const key = secretOrNothing(verifyWith, secrets);
  const [id, timestamp, given] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : '';
  }) as [string, string, string];
  const isNow = Math.abs(Number(timestamp) * 1000 - clock.now().getTime()) <= signedWithinMs;
  const expected =
    key === undefined ? null : Buffer.from(signatureOf({ id, timestamp, body: texts.get(request) ?? '' }, key));
  const isSigned =
    expected !== null &&
    given.split(' ').some((one) => one.length === expected.length && timingSafeEqual(Buffer.from(one), expected));
  if (isNow && isSigned) return;
  throw new ServeError(403, 'wrong_signature', 'The request is not signed as the source asks for, or too old.');
}

/** The rows in a body. */
function rowsOf(body: unknown, { rows }: SourceWebhook): readonly unknown[] {
  const isObject = typeof body === 'object' && body !== null;
  const found = !isObject
    ? undefined
    : rows === null
      ? body
      : Array.isArray(body)
        ? undefined
        : cellAt(body as Cells, rows);
  const list = Array.isArray(found) ? found : rows === null && isObject ? [found] : null;
  if (list === null) {
    const where = rows === null ? 'an object, or a list of objects' : `an object with a list at \`${rows}\``;
    throw new ServeError(400, 'invalid_rows', `The body is not ${where}.`);
  }
  if (list.length > rowsMax) {
    throw new ServeError(413, 'too_many_rows', `A request holds at most ${rowsMax} rows.`);
  }
  return list;
}

interface Read {
  readonly facts: readonly IdentifiedFact[];
  readonly rejected: readonly RejectedCall[];
  readonly errors: readonly { readonly index: number; readonly reasons: readonly string[] }[];
}

function readRows(rows: readonly unknown[], options: MapOptions): Read {
  const facts: IdentifiedFact[] = [];
  const rejected: RejectedCall[] = [];
  const errors: { readonly index: number; readonly reasons: readonly string[] }[] = [];
  const now = new Date(options.received);
  for (const [index, row] of rows.entries()) {
    const reject = (reason: string, columns: readonly string[], text: string) => {
      const one = rejectedRow({ sourceId: options.sourceId, row: text, now }, reason, columns);
      rejected.push(one);
      errors.push({ index, reasons: one.reasons });
    };
    const isObject = typeof row === 'object' && row !== null && !Array.isArray(row);
    const unusable = isObject ? checkJson(row) : 'is no object';
    if (unusable !== null) {
      reject(unusable, [], '');
      continue;
    }
    const mapped = mapRow({ kind: 'row', line: index, cells: row as Cells }, options);
    if (mapped.kind === 'fact') facts.push(mapped.fact);
    else reject(mapped.reason, mapped.columns, JSON.stringify(row));
  }
  // What can't be taken at all has no text to be known by.
  return { facts, rejected: rejected.filter(({ body }) => body !== ''), errors };
}
