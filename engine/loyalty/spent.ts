/** What a redemption took from lots and still holds, as a cancellation must be told. */

import type { LinkedProgramme } from '../compiler/linked-programme.ts';
import type { Session } from '../store/session.ts';
import type { ProgrammeTerms } from './ledger/keep-tiers.ts';
import type { BurntLots, Posting, Spent } from './ledger/postings.ts';
import { readSpent, type SpentRow, type Who } from './ledger/queries.ts';
import { timesOfLot } from './terms.ts';

/** The rows of one redemption. What was given back before is gone from the lots that were taken from last. */
export function spentOf(rows: readonly SpentRow[], terms: Pick<ProgrammeTerms, 'prolong'> | null = null): Spent | null {
  const [first] = rows;
  if (first === undefined) return null;
  // Where points live as long as they are used, spending prolonged them.
  const lived = terms?.prolong?.(first.at) ?? 0;
  const parts = rows.map(({ lot_id: lotId, of_lot: ofLot, is_own: isOwn, points, expires_at: ends }) => ({
    ...{ lotId, ofLot, isOthers: !isOwn, points },
    expiresAt: ends === null ? null : Math.max(ends, lived),
  }));
  let back = first.cancelled;
  for (const part of [...parts].reverse()) {
    const gone = Math.min(back, part.points);
    part.points -= gone;
    back -= gone;
  }
  return { txnId: first.txn_id, at: first.at, issuer: first.issuer, parts };
}

/**
 * Gives points of a redemption (or of a captured hold) back to their lots: `points` of them, all when null. null: there is no such
 * redemption of the member.
 */
export async function cancelPosting(
  session: Session,
  { txnId, ...who }: Who & { readonly txnId: number },
  asked: { readonly key: string; readonly digest: string; readonly points: number | null; readonly at: number },
  { programme, terms }: { readonly programme: LinkedProgramme; readonly terms: ProgrammeTerms | null },
): Promise<Posting | null> {
  const spent = spentOf(await readSpent(session, [{ ...who, txnId }]), terms);
  if (spent === null) return null;
  const { key, digest, points, at } = asked;
  const burnt = burntLots(programme, at);
  return { kind: 'cancel', key, digest, spent, burnt, ...(points !== null && { points }) };
}

/** What becomes of points that come back to lots whose time is over. */
export function burntLots(programme: LinkedProgramme, at: number): BurntLots {
  const { returned = 'extend' } = programme.body.points;
  return returned === 'new_lot'
    ? { kind: 'new_lot', expiresAt: timesOfLot(programme, at).expiresAt }
    : { kind: returned };
}
