/**
 * The till over HTTP, for shops and partners: what a member has, what a reward would take, points held, spent and given back. A programme
 * is opened by its own keys (`till.api_keys`); one without any isn't there. What changes something needs an `Idempotency-Key`.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf, type Refusal, type TillAnswer } from '../../activation/loyalty/till/command.ts';
import {
  type Asked,
  cancelAtTill,
  captureAtTill,
  holdAtTill,
  quoteAtTill,
  redeemAtTill,
  type TillRequest,
  usualUntil,
} from '../../activation/loyalty/till/till.ts';
import { type RunningPrograms, runningPrograms } from '../../activation/running.ts';
import { resolveSecrets, type SecretLookup, SecretMissing } from '../../channels/secrets.ts';
import { parseDuration } from '../../compiler/durations.ts';
import type { Money } from '../../compiler/ir.ts';
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import { addTo } from '../../loyalty/times.ts';
import { selectAccounts } from '../../measure/loyalty/queries.ts';
import { findProfile } from '../../profiles/find-profile.ts';
import type { OwnSession } from '../../store/session.ts';
import type { ServeContext } from '../serve-context.ts';
import { ServeError } from '../serve-error.ts';

const tags = ['loyalty'];
const params = { type: 'object', properties: { program: { type: 'string', maxLength: 200 } } } as const;
/** Shorter keys could be guessed. */
const keyCharsMin = 16;
const pointsMax = 1_000_000_000;
/** Points held for longer than this would be a way around their end. */
const holdDaysMax = 30;

const member = {
  type: 'object',
  description: 'One identifier of the member: `{"external_id": "R00042"}`.',
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: { type: 'string', minLength: 1, maxLength: 512 },
} as const;
const reward = { type: 'string', maxLength: 200, description: 'The id of a reward.' } as const;
const points = {
  type: 'integer',
  minimum: 1,
  maximum: pointsMax,
  description: 'Points for what no reward names.',
} as const;
const amount = {
  type: 'object',
  description:
    'What is to be paid, in the minor unit: `{"amount": 2500, "currency": "EUR"}`; points pay as much of it as they may.',
  required: ['amount', 'currency'],
  properties: { amount: { type: 'integer', minimum: 1 }, currency: { type: 'string', pattern: '^[A-Z]{3}$' } },
  additionalProperties: false,
} as const;
const number = { type: 'string', pattern: '^[1-9][0-9]{0,14}$' } as const;
const header = {
  type: 'object',
  required: ['idempotency-key'],
  properties: {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      description:
        'Told again with the same body, it is answered alike and nothing is booked; with another body it is refused.',
    },
  },
} as const;

function bodyWith(properties: object, required: readonly string[] = []) {
  return {
    type: 'object',
    required: ['member', ...required],
    properties: { member, ...properties },
    additionalProperties: false,
  } as const;
}

interface Body {
  readonly member: Readonly<Record<string, string>>;
  readonly reward?: string;
  readonly points?: number;
  readonly amount?: Money;
  readonly hold?: string;
  readonly transaction?: string;
  readonly for?: string;
}

interface Called {
  readonly Params: { readonly program: string };
  readonly Body: Body;
}

interface Tills {
  readonly context: ServeContext;
  readonly programs: RunningPrograms;
}

/** A request at an open till: the member is known, and the session is its own. */
interface Open {
  readonly session: OwnSession;
  readonly request: TillRequest;
  readonly body: Body;
  readonly now: Date;
}

export function addLoyaltyRoutes(app: FastifyInstance, context: ServeContext): void {
  const tills: Tills = { context, programs: runningPrograms() };
  addReading(app, tills);
  const post = (path: string, described: { readonly summary: string; readonly body: object }, work: Work): void => {
    const schema = { ...described, tags, params, headers: header };
    app.post<Called>(`/v1/loyalty/:program/${path}`, { schema }, (request, reply) =>
      change(tills, request, reply, work),
    );
  };
  post(
    'hold',
    {
      summary: 'Holds points, so that nobody else spends them. They come back by themselves.',
      body: bodyWith({
        reward,
        points,
        amount,
        for: { type: 'string', maxLength: 20, description: 'How long: `15min`, `2h`, `1d`.' },
      }),
    },
    ({ session, request, body, now }) =>
      holdAtTill(session, request, { asked: askedOf(body), until: untilOf(request.programme, body, now) }),
  );
  post(
    'redeem',
    {
      summary:
        'Spends points: on a reward, on what no reward names, or those of a hold. Gives the code, where the reward has one.',
      body: bodyWith({ reward, points, amount, hold: number }),
    },
    ({ session, request, body }) =>
      body.hold === undefined
        ? redeemAtTill(session, request, askedOf(body))
        : captureAtTill(session, request, Number(body.hold)),
  );
  post(
    'cancel',
    {
      summary: 'Lets a hold go, or gives spent points back to the lots that they came from.',
      body: bodyWith({ transaction: number, points }, ['transaction']),
    },
    ({ session, request, body }) =>
      cancelAtTill(session, request, { transaction: Number(body.transaction), points: body.points ?? null }),
  );
}

function addReading(app: FastifyInstance, tills: Tills): void {
  app.post<Called>(
    '/v1/loyalty/:program/balance',
    { schema: { summary: 'What a member has: points, tier, what is lost next.', tags, params, body: bodyWith({}) } },
    (request, reply) => atOpenTill(tills, request, reply, async (open) => balanceJson(await balanceOf(open))),
  );
  app.post<Called>(
    '/v1/loyalty/:program/quote',
    {
      schema: {
        summary: 'What a reward would take of a member, and what stands in the way. Nothing is booked.',
        ...{ tags, params, body: bodyWith({ reward, points, amount }) },
      },
    },
    (request, reply) =>
      atOpenTill(tills, request, reply, async (open) => {
        const { why, ...quote } = await quoteAtTill(open.session, open.request, askedOf(open.body));
        if (why === 'unknown-reward') throw unknownReward();
        const pays = open.body.amount === undefined ? null : paysOf(open.request.programme, quote.points);
        return {
          ...quote,
          ...(pays !== null && { pays }),
          possible: why === null,
          ...(why !== null && { reason: codeOf(why) }),
        };
      }),
  );
}

type Work = (open: Open) => Promise<TillAnswer>;

async function change(tills: Tills, request: FastifyRequest<Called>, reply: FastifyReply, work: Work) {
  return atOpenTill(tills, request, reply, async (open) => {
    const answer = await work(open);
    if (answer.status === 'refused') throw refusalOf(answer);
    if (answer.status === 'repeated') void reply.header('idempotent-replayed', 'true');
    const { transaction, points: spent, reward: named, isPayment, code, until } = answer;
    const pays = isPayment ? paysOf(open.request.programme, spent) : null;
    return {
      transaction: String(transaction),
      points: spent,
      ...(named !== null && { reward: named }),
      ...(pays !== null && { pays }),
      ...(code !== null && { code }),
      ...(until !== null && { until: until.toISOString() }),
    };
  });
}

async function atOpenTill<T>(
  { context, programs }: Tills,
  request: FastifyRequest<Called>,
  reply: FastifyReply,
  work: (open: Open) => Promise<T>,
): Promise<T> {
  const live = await context.live.read();
  const programme = live?.program.programmes.get(request.params.program);
  if (live === null || programme === undefined || !isOpened(request, programme, context.secrets)) {
    throw new ServeError(
      401,
      'unauthorized',
      'No programme is opened by this key. Send it as `Authorization: Bearer KEY`.',
    );
  }
  void reply.header('cache-control', 'no-store');
  return await context.sessions.run(async (session) => {
    const running = await programs.get(session, live.revision);
    if (running === null) throw new ServeError(503, 'nothing_applied', 'Nothing was applied yet.', { retryAfter: 5 });
    const { body } = request;
    const place = await findProfile(session, Object.entries(body.member)[0]?.join(':') ?? '');
    if (place === null) throw new ServeError(404, 'unknown_member', 'Nobody is known by this identifier.');
    const { lane, profileId } = place;
    const now = context.clock.now();
    const who = { lane, profileId, program: programme.id };
    const caller = callerOf(String(request.headers['idempotency-key'] ?? ''), [request.routeOptions.url, body]);
    const till: TillRequest = { running, programme, who, caller, now };
    return await work({ session, request: till, body, now }).catch(whenBusy);
  });
}

/** 55P03: the lane isn't free within two seconds. */
function whenBusy(error: unknown): never {
  if ((error as { readonly code?: unknown }).code !== '55P03') throw error;
  const words = 'The member is being worked on. Nothing was booked; ask again with the same key.';
  throw new ServeError(503, 'busy', words, { retryAfter: 1, cause: error });
}

function askedOf(body: Body): Asked {
  const { reward: named, points: count, amount: price } = body;
  const said = [named, count, price].filter((one) => one !== undefined).length;
  if (said === 1 && named !== undefined) return { kind: 'reward', reward: named };
  if (said === 1 && count !== undefined) return { kind: 'points', points: count };
  if (said === 1 && price !== undefined) return { kind: 'amount', amount: price };
  throw new ServeError(400, 'invalid_request', 'Say one of `reward`, `points` and `amount`.');
}

/** What so many points pay, as the programme has it. */
function paysOf({ body: { pay } }: LinkedProgramme, count: number): Money | null {
  return pay === undefined ? null : { ...pay.is, amount: Math.floor(count / pay.points) * pay.is.amount };
}

function untilOf(programme: LinkedProgramme, body: Body, now: Date): Date {
  if (body.for === undefined) return usualUntil(programme, now);
  const span = parseDuration(body.for);
  if (span !== null && span.months === 0 && span.days + span.ms / 86_400_000 <= holdDaysMax) {
    return new Date(addTo(now.getTime(), span));
  }
  throw new ServeError(
    400,
    'invalid_request',
    `\`for\` is a duration of at most ${holdDaysMax}d, such as 15min, 2h or 1d.`,
  );
}

async function balanceOf({ session, request, now }: Open) {
  const accounts = await selectAccounts(session, request.who, now);
  const account = accounts.find(({ program }) => program === request.who.program);
  const { tiers } = request.programme.body;
  const tier = tiers.find(({ id }) => id === account?.tier) ?? tiers[0];
  return {
    usable: account?.usable ?? 0,
    pending: account?.pending ?? 0,
    held: account?.held ?? 0,
    debt: account?.debt ?? 0,
    tier: account === undefined ? null : (tier?.id ?? null),
    nextExpiry: account?.next_expiry ?? null,
  };
}

function balanceJson({ nextExpiry, ...balance }: Awaited<ReturnType<typeof balanceOf>>) {
  return { ...balance, next_expiry: nextExpiry?.toISOString() ?? null };
}

/** `sold_out`: codes are for programs, which write them so. */
function codeOf(why: Refusal['why']): string {
  return why === 'short' ? 'not_enough_points' : why.replaceAll('-', '_');
}

function unknownReward(): ServeError {
  return new ServeError(404, 'unknown_reward', 'The programme has no such reward.');
}

const words: Readonly<Record<Exclude<Refusal['why'], 'short' | 'unknown-reward'>, string>> = {
  conflict: 'Something else was asked under this Idempotency-Key before. Use a key of its own for each request.',
  'no-member': 'This person is no member of the programme.',
  'not-eligible': 'The reward is not offered to this member.',
  'not-offered': 'The reward is not offered now.',
  limit: 'This member had the reward as often as its limit allows.',
  'sold-out': 'There is none left.',
  over: 'The hold is over, or the transaction was cancelled before.',
  'unknown-transaction': 'The member has no such transaction in this programme.',
  'nothing-to-pay': 'These points would pay nothing.',
};

function refusalOf(refusal: Refusal): ServeError {
  if (refusal.why === 'unknown-reward') return unknownReward();
  if (refusal.why === 'short') {
    return new ServeError(409, codeOf('short'), `The member has too few points: ${refusal.missing} are missing.`);
  }
  const status = refusal.why === 'unknown-transaction' ? 404 : 409;
  return new ServeError(status, codeOf(refusal.why), words[refusal.why]);
}

/** Compared by hash and in constant time: how long an answer takes tells nothing of the key. A key that nobody set opens nothing. */
function isOpened({ headers }: FastifyRequest, { body }: LinkedProgramme, secrets: SecretLookup): boolean {
  const [, key] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (key === undefined) return false;
  const asked = hash('sha256', key, 'buffer');
  return (body.till?.apiKeys ?? []).some((reference) => {
    const known = secretOrNothing(reference, secrets);
    return (
      known !== undefined && known.length >= keyCharsMin && timingSafeEqual(hash('sha256', known, 'buffer'), asked)
    );
  });
}

function secretOrNothing(reference: string, secrets: SecretLookup): string | undefined {
  try {
    return resolveSecrets(reference, secrets);
  } catch (error) {
    if (error instanceof SecretMissing) return undefined;
    throw error;
  }
}
