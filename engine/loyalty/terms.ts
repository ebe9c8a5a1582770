/** What the ledger and its callers must know of a programme, made of its body: terms, the times of new lots, what a refund takes back. */
import type { EarningRule, Expiry, Usable } from '../compiler/ir.ts';
import type { LinkedProgramme } from '../compiler/linked-programme.ts';
import { endOf, nextYearly, startOf, startOfDay } from './calendar.ts';
import { never } from './ledger/account.ts';
import type { ProgrammeTerms } from './ledger/keep-tiers.ts';
import type { Earned } from './ledger/postings.ts';
import { addTo } from './times.ts';

/** The terms of programmes by id; null: nobody defines it any more, and its points stay as they are. */
export function termsOf(programmes: ReadonlyMap<string, LinkedProgramme>): (program: string) => ProgrammeTerms | null {
  return (program) => {
    const programme = programmes.get(program);
    if (programme === undefined) return null;
    const { body, zone, qualifying } = programme;
    const { notice = null, unusedFor } = body.points;
    return {
      ...{ tiers: body.tiers, zone, issuer: body.issuer, notice },
      ...(body.downgrade !== undefined && { downgrade: body.downgrade }),
      ...(qualifying.size > 0 && { qualifies: true }),
      ...(unusedFor !== undefined && { prolong: (at) => addTo(at, unusedFor) }),
    };
  };
}

/** From when and until when points that are earned at a time can be spent, in milliseconds; as the rule has it, where it says so. */
export function timesOfLot(
  { body, zone }: Pick<LinkedProgramme, 'body' | 'zone'>,
  at: number,
  rule?: Pick<EarningRule, 'usable' | 'expire'>,
): { readonly activeAt: number; readonly expiresAt: number | null } {
  const { usableAfter, usableAt, expireAfter, expireAt, lastDay, unusedFor } = body.points;
  const usable = rule?.usable ?? { ...(usableAfter && { after: usableAfter }), ...(usableAt && { at: usableAt }) };
  const own: Expiry = {
    ...(expireAfter && { after: expireAfter }),
    ...(expireAt && { at: expireAt }),
    ...(lastDay && { lastDay }),
  };
  const expiry = rule?.expire ?? own;
  const ends = endOfPoints(expiry, at, zone);
  return {
    activeAt: startOfPoints(usable, at, zone),
    // Points that live while they are used have no end but that.
    expiresAt: ends ?? (unusedFor === undefined ? null : addTo(at, unusedFor)),
  };
}

function startOfPoints({ after, at: edge, when }: Usable, at: number, zone: string): number {
  if (when !== undefined) return when.atLatest === null ? never : addTo(at, when.atLatest);
  const waited = after === undefined ? at : addTo(at, after);
  if (edge === undefined) return waited;
  const unit = edge.endsWith('day') ? 'day' : 'month';
  // What is moved back is still no sooner than it was earned.
  return edge.startsWith('start') ? Math.max(at, startOf(unit, waited, zone)) : endOf(unit, waited, zone);
}

function endOfPoints({ after, at: edge, lastDay }: Expiry, at: number, zone: string): number | null {
  if (after === undefined && edge === undefined && lastDay === undefined) return null;
  const lived = after === undefined ? at : addTo(at, after);
  if (edge !== undefined) return endOf(edge.slice('end_of_'.length) as 'month' | 'quarter' | 'year', lived, zone);
  if (lastDay === undefined) return lived;
  if ('day' in lastDay) return startOfDay(lastDay.day + 1, zone);
  // The day itself still counts, also for what is earned on it.
  return endOf('day', nextYearly(lastDay, startOf('day', lived, zone), zone), zone);
}

/** An earning as a refund meets it. */
export interface Refundable extends Earned {
  /** How much was bought; null: unknown. */
  readonly base: number | null;
  /** How much of it came back before. */
  back: number;
}

/** Bases are cents or pieces: less than this is a rounding of sums. */
const nothing = 1e-6;

/**
 * How many points a refund takes back: what is kept is in proportion to what is kept of the purchase, rounded down, so that parts add up
 * to the whole. A refund that doesn't say how much comes back brings back all.
 */
export function pointsBack(earned: Refundable, back: number | null): number {
  const { points, reversed, base } = earned;
  if (base === null || base <= nothing || back === null) return points - reversed;
  const left = base - earned.back - back;
  const kept = left <= nothing ? 0 : Math.floor((points * left) / base + nothing);
  return Math.max(0, points - kept - reversed);
}
