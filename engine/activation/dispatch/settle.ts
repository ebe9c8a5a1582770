/**
 * What follows from an attempt: the message is finished and its lane is told, or it goes back to the queue. `settlementOf` is
 * pure; `recordSettlements` writes it in the transaction it is given. Sending itself is in `dispatch.ts`.
 */
import type { SendOutcome } from '../../channels/adapter.ts';
import type { Session } from '../../store/session.ts';
import { type BackoffLimits, backoffMs } from './backoff.ts';
import type { AttemptRow } from './claimed-message.ts';
import { appendOutcomes, findQueued, finishAttempts, insertSuppressions, releaseAttempts } from './queries.ts';

export type OutcomeState = 'sent' | 'failed' | 'uncertain' | 'suppressed' | 'expired' | 'returned';

/** The body of an inbox row of kind `outcome`. */
export interface OutcomeFact {
  readonly message_id: number;
  readonly attempt: number;
  /** `returned`: the decision no longer holds, the lane decides anew. */
  readonly state: OutcomeState;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly reason?: string;
  readonly address_bad?: true;
  /** The person told the provider that he wants no more of this. */
  readonly opted_out?: true;
  /** Tokens of devices that are no more. */
  readonly dead?: readonly string[];
  readonly provider_id?: string;
  readonly segments?: number;
  readonly cost_micros?: number;
  readonly cost_currency?: string;
  /** Hash of the address, in hexadecimal digits, where people can answer. */
  readonly address?: string;
  /** It came after the attempt had been given up: it settles an `uncertain` message and nothing else. */
  readonly late?: true;
}

/** What a provider told of a message, and what was known of it before. */
export type ProviderFacts = Pick<
  OutcomeFact,
  'opted_out' | 'dead' | 'provider_id' | 'segments' | 'cost_micros' | 'cost_currency' | 'address'
>;

/** `latencyMs`: from queued to accepted, of what was sent. */
export type Settlement = {
  readonly row: AttemptRow;
  readonly suppress?: Suppress;
  readonly latencyMs?: number | undefined;
  readonly told?: ProviderFacts | undefined;
} & (
  | { readonly kind: 'finish'; readonly state: OutcomeState; readonly reason?: string; readonly isAddressBad?: true }
  | {
      readonly kind: 'retry';
      readonly dueAt: Date;
      readonly reason: string;
      readonly isUnsent: boolean;
      /** Held by a pause: it counts as no attempt. */
      readonly isHeld?: true;
    }
);

/** An address that gets no more. */
interface Suppress {
  readonly hash: Buffer;
  readonly reason: string;
}

export interface SettleLimits {
  /** After so many attempts a message fails. */
  readonly attemptsMax: number;
  readonly backoff: BackoffLimits;
}

type Accepted = Extract<SendOutcome, { readonly kind: 'accepted' }>;

/** An attempt that was made. */
export interface Attempted {
  readonly row: AttemptRow;
  /** Of the address, which a rejection puts on the suppression list. */
  readonly hash?: Buffer | undefined;
  /** When its lane let it go. */
  readonly queuedAt?: Date | null;
  readonly known?: ProviderFacts;
}

export function settlementOf(
  { row, hash, queuedAt, known }: Attempted,
  outcome: SendOutcome,
  at: Date,
  limits: SettleLimits,
): Settlement {
  switch (outcome.kind) {
    case 'accepted':
      return {
        row,
        kind: 'finish',
        state: 'sent',
        told: toldOf(outcome, known),
        latencyMs: queuedAt ? Math.max(0, at.getTime() - queuedAt.getTime()) : undefined,
      };
    case 'rejected':
      return settleRejected(row, outcome, hash);
    case 'retry':
      return again(row, outcome.reason, 'failed', at, limits, outcome.afterMs);
    case 'unknown':
      // It may have left. Marketing isn't risked twice; a service message is.
      if (row.class !== 0) return { row, kind: 'finish', state: 'uncertain', reason: outcome.reason };
      return again(row, outcome.reason, 'uncertain', at, limits);
  }
}

function toldOf({ providerId, dead }: Accepted, known: ProviderFacts | undefined): ProviderFacts | undefined {
  if (!providerId && dead === undefined) return known;
  return { ...known, ...(providerId && { provider_id: providerId }), ...(dead && { dead }) };
}

function settleRejected(
  row: AttemptRow,
  { reason, addressBad, optedOut, dead }: Extract<SendOutcome, { readonly kind: 'rejected' }>,
  hash: Buffer | undefined,
): Settlement {
  const told = { ...(optedOut && { opted_out: true as const }), ...(dead && { dead }) };
  const why = optedOut ? unsubscribedReason : addressBad ? suppressionReason : null;
  return {
    ...{ row, kind: 'finish', state: 'failed', reason },
    ...(addressBad && { isAddressBad: true as const }),
    ...(why !== null && hash && { suppress: { hash, reason: why } }),
    ...(Object.keys(told).length > 0 && { told }),
  };
}

function again(
  row: AttemptRow,
  reason: string,
  end: 'failed' | 'uncertain',
  at: Date,
  limits: SettleLimits,
  askedMs?: number,
): Settlement {
  if (row.attempt >= limits.attemptsMax) {
    return { row, kind: 'finish', state: end, reason: `given up after ${row.attempt} attempts: ${reason}` };
  }
  const wish = at.getTime() + backoffMs(row.message_id, row.attempt, askedMs, limits.backoff);
  // The decision ends before: then it goes back to its lane, which needn't wait longer.
  const dueAt = new Date(Math.max(at.getTime(), Math.min(wish, row.decided_until.getTime())));
  return { row, kind: 'retry', dueAt, reason, isUnsent: end === 'failed' };
}

export const suppressionReason = 'the provider rejected the address';
/** Of addresses whose owner said no; what he says later can lift it. */
export const unsubscribedReason = 'unsubscribed';

/** Whether one statement records all of it: attempts that are over, of which no address becomes suppressed. */
export function areOver(settlements: readonly Settlement[]): boolean {
  return settlements.every((one) => one.kind === 'finish' && one.suppress === undefined);
}

/** Records attempts that are over; returns those that aren't the row's newest, of which nothing was written. */
export async function recordOver(
  session: Session,
  settlements: readonly Settlement[],
  at: Date,
): Promise<readonly Settlement[]> {
  const finished = settlements.filter((settlement) => settlement.kind === 'finish');
  if (finished.length === 0) return [];
  const attempts = finished.map((one) => ({ row: one.row, fact: factOf(one, at) }));
  const ids = await finishAttempts(session, attempts, at);
  if (ids.length === finished.length) return [];
  const matched = new Set(ids);
  return finished.filter(({ row }) => !matched.has(row.message_id));
}

/** Writes settlements in the session's transaction. An attempt that isn't the row's newest changes nothing in the outbox. */
export async function recordSettlements(session: Session, settlements: readonly Settlement[], at: Date): Promise<void> {
  const retried = settlements.filter((settlement) => settlement.kind === 'retry');
  const unmatched = [...(await recordOver(session, settlements, at))];
  if (retried.length > 0) {
    const again = retried.map(({ dueAt, isHeld }) => ({ dueAt, isHeld: isHeld ?? false }));
    const matched = new Set(await releaseAttempts(session, retried.map(rowOf), again));
    unmatched.push(...retried.filter(({ row }) => !matched.has(row.message_id)));
  }
  const facts = unmatched.length === 0 ? [] : await lateOutcomes(session, unmatched, at);
  if (facts.length > 0) await appendOutcomes(session, facts, at);
  const suppressed = settlements.flatMap(({ suppress }) => suppress ?? []);
  for (const reason of [suppressionReason, unsubscribedReason]) {
    const hashes = suppressed.filter((one) => one.reason === reason).map(({ hash }) => hash);
    if (hashes.length > 0) await insertSuppressions(session, hashes, reason, at);
  }
}

/** Answers to attempts that were given up. Where a newer attempt stands, that one decides; otherwise the lane is told what is certain. */
async function lateOutcomes(session: Session, unmatched: readonly Settlement[], at: Date) {
  const queued = new Set(await findQueued(session, unmatched.map(rowOf)));
  return unmatched.flatMap((settlement) => {
    const fact = queued.has(settlement.row.message_id) ? null : lateFact(settlement, at);
    return fact ? [outcomeRow(settlement.row, fact)] : [];
  });
}

function lateFact(settlement: Settlement, at: Date): OutcomeFact | null {
  if (settlement.kind === 'finish') {
    const isCertain = settlement.state === 'sent' || settlement.state === 'failed';
    return isCertain ? { ...factOf(settlement, at), late: true } : null;
  }
  if (!settlement.isUnsent) return null;
  return { ...factOf({ ...settlement, kind: 'finish', state: 'failed' }, at), late: true };
}

function factOf(settlement: Settlement & { readonly kind: 'finish' }, at: Date): OutcomeFact {
  const { row, state, reason, isAddressBad } = settlement;
  return {
    message_id: row.message_id,
    attempt: row.attempt,
    state,
    at: at.getTime(),
    ...(reason === undefined ? {} : { reason: storable(reason) }),
    ...(isAddressBad ? { address_bad: true } : {}),
    ...settlement.told,
  };
}

/** Providers write reasons; jsonb refuses NUL and half a surrogate pair, and one reason must not hold up a batch. */
function storable(reason: string): string {
  return reason.replace(/[\p{Cc}\p{Cs}]/gu, ' ');
}

function outcomeRow(row: AttemptRow, fact: OutcomeFact) {
  return { lane: row.lane, profile_id: row.profile_id, body: JSON.stringify(fact) };
}

function rowOf(settlement: Settlement): AttemptRow {
  return settlement.row;
}
