/**
 * What is asked at a till: what somebody has, what a reward would take, points held, spent and given back. Whoever may ask is the
 * business of the command line and of the server.
 */
import type { Condition, Money } from '../../../compiler/ir.ts';
import type { LinkedProgramme } from '../../../compiler/linked-programme.ts';
import type { Posting } from '../../../loyalty/ledger/postings.ts';
import type { Who } from '../../../loyalty/ledger/queries.ts';
import { withinLimits } from '../../../loyalty/limits.ts';
import { isOffered } from '../../../loyalty/offered.ts';
import { paymentSource, quotePayment } from '../../../loyalty/payment.ts';
import { cancelPosting } from '../../../loyalty/spent.ts';
import { giveSupplies, thingsOf } from '../../../loyalty/supplies/give.ts';
import { useLeases } from '../../../loyalty/supplies/queries.ts';
import { termsOf } from '../../../loyalty/terms.ts';
import { readByNumber, type TillRow } from '../../../loyalty/till/queries.ts';
import { addTo } from '../../../loyalty/times.ts';
import { selectAccounts } from '../../../measure/loyalty/queries.ts';
import type { OwnSession, Session } from '../../../store/session.ts';
import type { Batch } from '../../batch.ts';
import { tellOwnEvents } from '../../facts/own-events.ts';
import type { Running } from '../../running.ts';
import { book } from '../booking.ts';
import { whoMay } from '../members.ts';
import { redeemedEvent } from '../redeemed.ts';
import { supply, take } from '../supplied.ts';
import { answerOf, atTill, batchOf, type Caller, keyOf, ownSource, type Refusal, type TillAnswer } from './command.ts';

type Reward = LinkedProgramme['body']['rewards'][number];

/** What is bought: a reward by its id, or so many points of what the shop sells. */
export type Asked =
  | { readonly kind: 'reward'; readonly reward: string }
  | { readonly kind: 'points'; readonly points: number }
  /** As much of an amount as points may pay (`pay` of the programme). */
  | { readonly kind: 'amount'; readonly amount: Money };

export interface TillRequest {
  readonly running: Running;
  readonly programme: LinkedProgramme;
  readonly who: Who;
  readonly caller: Caller;
  readonly now: Date;
}

/** How often a till asks for a unit of stock or a code before it says that there is none. */
const asksMax = 8;

/** How long points are held when nobody says it. */
const usualHold = { months: 0, days: 0, ms: 15 * 60_000 };

export function usualUntil({ body }: LinkedProgramme, now: Date): Date {
  return new Date(addTo(now.getTime(), body.till?.hold ?? usualHold));
}

/** Spends points. */
export function redeemAtTill(session: OwnSession, request: TillRequest, asked: Asked): Promise<TillAnswer> {
  return asking(session, request, (batch) => spend(batch, request, asked, null));
}

/** Holds points until a time: nobody else spends them, and they come back by themselves. Stock and codes are given when the hold is spent. */
export function holdAtTill(
  session: OwnSession,
  request: TillRequest,
  { asked, until }: { readonly asked: Asked; readonly until: Date },
): Promise<TillAnswer> {
  return asking(session, request, (batch) => spend(batch, request, asked, until));
}

/** Spends held points. */
export function captureAtTill(session: OwnSession, request: TillRequest, hold: number): Promise<TillAnswer> {
  return asking(session, request, (batch) => capture(batch, request, hold));
}

/** Lets a hold go, or gives spent points back to the lots that they came from: so many of them, or all (null). */
export function cancelAtTill(
  session: OwnSession,
  request: TillRequest,
  what: { readonly transaction: number; readonly points: number | null },
): Promise<TillAnswer> {
  return asking(session, request, (batch) => cancel(batch, request, what));
}

/** Works until there is an answer: a lane that lacks a unit asks for it, is given one, and goes on. */
async function asking(
  session: OwnSession,
  request: TillRequest,
  work: (batch: Batch) => Promise<TillAnswer | 'wait'>,
): Promise<TillAnswer> {
  for (let asks = 0; asks < asksMax; asks += 1) {
    const answer = await atTill(session, request, work).catch(whenInTheWay);
    if (answer !== 'wait') return answer;
    await giveSupplies(session, request.running.program.programmes, request.now);
  }
  return refused({ why: 'sold-out' });
}

/** Two transactions in each other's way (40P01, 40001): this one left nothing behind, and is tried again. */
function whenInTheWay(error: unknown): 'wait' {
  const { code } = error as { readonly code?: unknown };
  if (code === '40P01' || code === '40001') return 'wait';
  throw error;
}

function refused(refusal: Refusal): TillAnswer {
  return { status: 'refused', ...refusal };
}

async function spend(
  batch: Batch,
  request: TillRequest,
  asked: Asked,
  until: Date | null,
): Promise<TillAnswer | 'wait'> {
  const { programme, caller } = request;
  const reward = rewardOf(programme, asked);
  if (reward === undefined) return refused({ why: 'unknown-reward' });
  const why = await hindrance(batch, request, reward);
  if (why !== null) return refused({ why });
  const points = await pointsOf(batch.session, request, asked, batch.t);
  if (points === 0) return refused({ why: 'nothing-to-pay' });
  const stock = await unitOf(batch, request, reward);
  if (stock !== 'ready') return stock;
  const source = asked.kind === 'amount' ? paymentSource : (reward?.id ?? ownSource);
  const rest = { points, source, key: keyOf(caller), digest: caller.digest };
  const posting: Posting =
    until === null ? { kind: 'redeem', ...rest } : { kind: 'hold', until: until.getTime(), ...rest };
  return await booked(batch, request, {
    posting,
    reward: until === null ? reward : null,
    until,
    named: reward?.id ?? null,
  });
}

function rewardOf({ body }: LinkedProgramme, asked: Asked): Reward | null | undefined {
  return asked.kind === 'reward' ? body.rewards.find(({ id }) => id === asked.reward) : null;
}

/** What it takes; of an amount what its points may pay, 0 where none may. */
async function pointsOf(session: Session, { programme, who }: TillRequest, asked: Asked, t: Date): Promise<number> {
  if (asked.kind === 'points') return asked.points;
  if (asked.kind === 'reward') return rewardOf(programme, asked)?.cost ?? 0;
  const { pay } = programme.body;
  if (pay === undefined) return 0;
  return quotePayment(pay, asked.amount, await usableOf(session, who, t)).points;
}

/** Points of a member that can be spent at a time. */
async function usableOf(session: Session, who: Who, t: Date): Promise<number> {
  const accounts = await selectAccounts(session, who, t);
  const account = accounts.find(({ program }) => program === who.program);
  return account === undefined ? 0 : Math.max(0, account.usable - account.debt);
}

/** Why the member can't have it; null: he can, as far as anything but points is concerned. */
async function hindrance(batch: Batch, { programme, who }: TillRequest, reward: Reward | null) {
  const { members } = programme.body;
  if (!(await holds(batch, `till ${programme.id} members`, members, who))) return 'no-member' as const;
  if (reward === null) return null;
  if (!isOffered(reward, batch.t)) return 'not-offered' as const;
  if (!(await holds(batch, `till ${programme.id} ${reward.id}`, reward.where, who))) return 'not-eligible' as const;
  const limited = { ...who, points: 1, at: batch.t.getTime(), source: reward.id, limit: reward.limit ?? null };
  const within = await withinLimits(batch.session, [limited], batch.program.definitions, 'redeem');
  return within.length === 0 ? ('limit' as const) : null;
}

async function holds(batch: Batch, key: string, condition: Condition | null, who: Who): Promise<boolean> {
  return (await whoMay(batch, key, condition === null ? [] : [condition], [who])).has(who.profileId);
}

/** Whether the lane holds one of what the reward is bounded by; if not, it asks. */
async function unitOf(
  batch: Batch,
  { programme, who }: TillRequest,
  reward: Reward | null,
): Promise<'ready' | 'wait' | TillAnswer> {
  if (reward === null) return 'ready';
  const { ready, none } = await supply(batch, programme.id, reward, [who]);
  if (ready.length > 0) return 'ready';
  if (none.length > 0) return refused({ why: 'sold-out' });
  await take(batch, programme.id, reward, { ready: [], waiting: [who], answers: [] });
  return 'wait';
}

async function booked(
  batch: Batch,
  { programme: { id: program }, who }: TillRequest,
  given: {
    readonly posting: Posting;
    /** The reward that is given now. */
    readonly reward: Reward | null;
    readonly until: Date | null;
    readonly named: string | null;
  },
): Promise<TillAnswer> {
  const { posting, reward, until, named } = given;
  const { answers } = await book(batch, [{ ...who, posting }]);
  const [answer] = answers;
  if (answer === undefined || answer.status === 'conflict') return refused({ why: 'conflict' });
  if (answer.status === 'short') return refused({ why: 'short', missing: answer.missing });
  if (answer.status === 'over' || answer.status === 'rejected') return refused({ why: 'over' });
  const { txnId: transaction, points } = answer;
  const codes =
    reward === null ? new Map() : await take(batch, program, reward, { ready: [who], waiting: [], answers });
  const code: string | null = codes.get(transaction) ?? null;
  if (reward !== null) {
    tellOwnEvents(batch, [redeemedEvent(who, { program, reward, points, code, t: batch.t })]);
  }
  const isPayment = 'source' in posting && posting.source === paymentSource;
  return { status: 'done', transaction, points, reward: named, isPayment, code, until };
}

async function capture(batch: Batch, request: TillRequest, hold: number): Promise<TillAnswer | 'wait'> {
  const { programme, who, caller } = request;
  const held = await readByNumber(batch.session, who, hold);
  if (held === null || held.kind !== 'hold') return refused({ why: 'unknown-transaction' });
  const reward = programme.body.rewards.find(({ id }) => id === held.source) ?? null;
  const stock = await unitOf(batch, request, reward);
  if (stock !== 'ready') return stock;
  const { source } = held;
  const posting: Posting = { kind: 'capture', hold, source, key: keyOf(caller), digest: caller.digest };
  return await booked(batch, request, { posting, reward, until: null, named: reward?.id ?? null });
}

async function cancel(
  batch: Batch,
  request: TillRequest,
  { transaction, points }: { readonly transaction: number; readonly points: number | null },
): Promise<TillAnswer> {
  const { programme, who, caller } = request;
  const found = await readByNumber(batch.session, who, transaction);
  const rest = { key: keyOf(caller), digest: caller.digest };
  const named = found === null ? null : (answerOf(found, 'done') as { readonly reward: string | null }).reward;
  if (found?.kind === 'hold') {
    const posting: Posting = { kind: 'release', hold: transaction, ...rest };
    return await booked(batch, request, { posting, reward: null, until: null, named });
  }
  if (found === null || (found.kind !== 'redeem' && found.kind !== 'capture')) {
    return refused({ why: 'unknown-transaction' });
  }
  const asked = { ...rest, points, at: batch.t.getTime() };
  const terms = termsOf(batch.program.programmes)(programme.id);
  const posting = await cancelPosting(batch.session, { ...who, txnId: transaction }, asked, { programme, terms });
  if (posting === null) return refused({ why: 'over' });
  const answer = await booked(batch, request, {
    ...{ posting, reward: null, until: null, named },
  });
  // A part that is given back leaves the reward with its owner.
  if (answer.status === 'done' && points === null) giveBack(batch, request, found);
  return answer;
}

/** What there was only so much of is there again. A code that was told stays given. */
function giveBack(batch: Batch, { programme, who: { lane } }: TillRequest, { source }: TillRow): void {
  const reward = programme.body.rewards.find(({ id }) => id === source);
  const things = reward === undefined ? [] : thingsOf(reward).filter((thing) => thing.startsWith('stock/'));
  const uses = things.map((thing) => ({ lane, thing, used: -1, wanted: 0 }));
  batch.writes.later(useLeases(batch.session, programme.id, uses));
}

/** What a reward would take of a member, and what stands in the way; nothing is booked and nothing held. */
export interface Quote {
  readonly points: number;
  readonly usable: number;
  readonly missing: number;
  /** null: it can be had now, unless the last one is gone when it is taken. */
  readonly why: Exclude<Refusal['why'], 'conflict' | 'over' | 'unknown-transaction'> | null;
}

export async function quoteAtTill(session: OwnSession, request: TillRequest, asked: Asked): Promise<Quote> {
  const { programme, running, who, now } = request;
  const reward = rewardOf(programme, asked);
  const usable = await usableOf(session, who, now);
  if (reward === undefined) return { points: 0, usable, missing: 0, why: 'unknown-reward' };
  const points = await pointsOf(session, request, asked, now);
  const batch = (inside: Session) => batchOf(inside, running, who.lane, now);
  const why = await session.transaction((inside) => hindrance(batch(inside), request, reward), { readOnly: true });
  const missing = Math.max(0, points - usable);
  return { points, usable, missing, why: why ?? (points === 0 ? 'nothing-to-pay' : missing > 0 ? 'short' : null) };
}
