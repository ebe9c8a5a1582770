/**
 * Call lists over HTTP, for the telephone systems of desks: what stands on a list, the next calls for an agent, and how they went. A list is
 * opened by its own keys (`api_keys` of its channel); one without any isn't there.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { deskJson, listedJson, readCallId, takenCsv, takenJson } from '../../activation/calls/call-form.ts';
import { type CallEnd, type CallOutcome, endCall, outcomes } from '../../activation/calls/end-call.ts';
import { deskState, listCalls } from '../../activation/calls/list-calls.ts';
import { takeCalls } from '../../activation/calls/take-calls.ts';
import { type Running, type RunningPrograms, runningPrograms } from '../../activation/running.ts';
import { parseDuration } from '../../compiler/durations.ts';
import type { OwnSession } from '../../store/session.ts';
import { isOpened } from '../bearer-key.ts';
import type { ServeContext } from '../serve-context.ts';
import { ServeError } from '../serve-error.ts';

const listParam = { type: 'object', properties: { list: { type: 'string', maxLength: 200 } } } as const;
const callParam = {
  type: 'object',
  properties: { ...listParam.properties, id: { type: 'string', maxLength: 30 } },
} as const;
/** A name that an agent goes by. */
const agent = {
  type: 'string',
  minLength: 1,
  maxLength: 100,
  pattern: '^[^\\u0000-\\u001f\\u007f]*\\S[^\\u0000-\\u001f\\u007f]*$',
} as const;
const tags = ['calls'];
const listedMax = 10_000;
const takenMax = 1_000;

interface Named {
  readonly Params: { readonly list: string; readonly id: string };
}

/** What the routes share. */
interface Desks {
  readonly context: ServeContext;
  readonly programs: RunningPrograms;
}

export function addCallRoutes(app: FastifyInstance, context: ServeContext): void {
  const desks: Desks = { context, programs: runningPrograms() };
  addReading(app, desks);
  addTaking(app, desks);
  app.post<Named & { Body: CloseBody }>(
    '/v1/calls/:list/:id/close',
    { schema: { summary: 'How a call went: its journey goes on at once.', tags, params: callParam, body: closeBody } },
    (request) => end(desks, request, { kind: 'closed', outcome: request.body.outcome }),
  );
  app.post<Named & { Body: ReleaseBody }>(
    '/v1/calls/:list/:id/release',
    {
      schema: {
        summary: 'Gives a call back: untried, or tried and to be made again later.',
        ...{ tags, params: callParam, body: releaseBody },
      },
    },
    (request) => {
      const { again } = request.body;
      const how: CallEnd =
        again === undefined ? { kind: 'released' } : { kind: 'again', at: after(context.clock.now(), again) };
      return end(desks, request, how);
    },
  );
}

function addReading(app: FastifyInstance, desks: Desks): void {
  const summary = 'The calls of a list in their order, naming nobody, and what is left of the day.';
  app.get<Named & { Querystring: { readonly limit: number } }>(
    '/v1/calls/:list',
    { schema: { summary, tags, params: listParam, querystring: limitUpTo(listedMax, 50) } },
    async (request) => {
      const { list } = request.params;
      const { limit } = request.query;
      const t = desks.context.clock.now();
      return await onList(desks, request, async (session, running) => ({
        ...deskJson((await deskState(session, running, list, t)) ?? assertListed()),
        calls: ((await listCalls(session, running, { list, limit, t })) ?? assertListed()).map(listedJson),
      }));
    },
  );
}

function addTaking(app: FastifyInstance, desks: Desks): void {
  const summary = 'The next calls, put into the hands of an agent: nobody else gets them.';
  app.post<Named & { Body: TakeBody }>(
    '/v1/calls/:list/take',
    { schema: { summary, tags, params: listParam, body: takeBody } },
    async (request, reply) => {
      const { list } = request.params;
      const { agent: name, limit, format } = request.body;
      const t = desks.context.clock.now();
      const taken = await onList(
        desks,
        request,
        async (session, running) =>
          (await takeCalls(session, running, { list, agent: name.trim(), limit, t })) ?? assertListed(),
      );
      void reply.header('cache-control', 'no-store');
      if (format === 'json') return takenJson(taken);
      void reply.type('text/csv; charset=utf-8');
      return takenCsv(taken.calls);
    },
  );
}

/** Works with the list as the live revision has it, for who has its key. */
async function onList<T>(
  { context, programs }: Desks,
  request: FastifyRequest<Named>,
  work: (session: OwnSession, running: Running) => Promise<T>,
): Promise<T> {
  const live = await context.live.read();
  const keys = live?.program.channels.get(request.params.list)?.desk?.apiKeys ?? [];
  if (live === null || !isOpened(request, keys, context.secrets)) {
    throw new ServeError(401, 'unauthorized', 'No list is opened by this key. Send it as `Authorization: Bearer KEY`.');
  }
  return await context.sessions.run(async (session) => {
    const running = await programs.get(session, live.revision);
    if (running === null) throw new ServeError(503, 'nothing_applied', 'Nothing was applied yet.', { retryAfter: 5 });
    return await work(session, running);
  });
}

async function end(desks: Desks, request: FastifyRequest<Named & { Body: { readonly agent?: string } }>, how: CallEnd) {
  const { list, id } = request.params;
  const number = readCallId(id);
  if (number === null) throw unknownCall();
  const by = request.body.agent?.trim() ?? null;
  const t = desks.context.clock.now();
  const result = await onList(desks, request, (session) => endCall(session, number, { end: how, agent: by, list, t }));
  switch (result.kind) {
    case 'done':
      return { id, list, journey: result.journey, step: result.step, state: how.kind };
    case 'unknown':
      throw unknownCall();
    case 'free':
      throw new ServeError(409, 'not_in_hand', 'Nobody has this call in hand. Take it first.');
    case 'other':
      if (result.state === 'closed')
        throw new ServeError(409, 'closed_before', `The call was closed before, as ${result.outcome}.`);
      throw new ServeError(409, 'in_other_hands', 'Another agent has this call in hand.');
  }
}

function unknownCall(): ServeError {
  return new ServeError(404, 'unknown_call', 'There is no such call on this list.');
}

interface TakeBody {
  readonly agent: string;
  readonly limit: number;
  readonly format: 'json' | 'csv';
}

const takeBody = {
  type: 'object',
  required: ['agent'],
  properties: { agent, ...limitUpTo(takenMax, 1).properties, format: { enum: ['json', 'csv'], default: 'json' } },
  additionalProperties: false,
} as const;

interface CloseBody {
  readonly outcome: CallOutcome;
  readonly agent?: string;
}

const closeBody = {
  type: 'object',
  required: ['outcome'],
  properties: { outcome: { enum: outcomes }, agent },
  additionalProperties: false,
} as const;

interface ReleaseBody {
  readonly again?: string;
  readonly agent?: string;
}

const releaseBody = {
  type: 'object',
  properties: {
    again: { type: 'string', maxLength: 20, description: 'It was tried, and comes back then: `2h`, `1d`.' },
    agent,
  },
  additionalProperties: false,
} as const;

function limitUpTo(maximum: number, usual: number) {
  return { type: 'object', properties: { limit: { type: 'integer', minimum: 1, maximum, default: usual } } } as const;
}

const hourMs = 3_600_000;

function after(now: Date, text: string): Date {
  const span = parseDuration(text);
  if (span !== null && span.months === 0) return new Date(now.getTime() + span.days * 24 * hourMs + span.ms);
  throw new ServeError(400, 'invalid_request', '`again` is a duration such as 30min, 2h or 1d.');
}

function assertListed(): never {
  throw new Error('assertion failed: a list with keys is a list of the revision');
}
