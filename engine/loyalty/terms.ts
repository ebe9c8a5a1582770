/** What the ledger and its callers must know of a programme, made of its body: terms, the times of new lots, what a refund takes back. */
import type { LoyaltyBody } from '../compiler/ir.ts';
import type { LinkedProgramme } from '../compiler/linked-programme.ts';
import type { ProgrammeTerms } from './ledger/keep-tiers.ts';
import type { Earned } from './ledger/post.ts';
import { addTo } from './times.ts';

/** The terms of programmes by id; null: nobody defines it any more, and its points stay as they are. */
export function termsOf(programmes: ReadonlyMap<string, LinkedProgramme>): (program: string) => ProgrammeTerms | null {
  return (program) => {
    const body = programmes.get(program)?.body;
    if (body === undefined) return null;
    const { notice = null, unusedFor } = body.points;
    return {
      tiers: body.tiers,
      issuer: body.issuer,
      notice,
      ...(unusedFor !== undefined && { prolong: (at) => addTo(at, unusedFor) }),
    };
  };
}

/** From when and until when points that are earned at a time can be spent, in milliseconds. */
export function timesOfLot(
  { usableAfter, expireAfter, unusedFor }: LoyaltyBody['points'],
  at: number,
): { readonly activeAt: number; readonly expiresAt: number | null } {
  const lives = expireAfter ?? unusedFor ?? null;
  return {
    activeAt: usableAfter === null ? at : addTo(at, usableAfter),
    expiresAt: lives === null ? null : addTo(at, lives),
  };
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
