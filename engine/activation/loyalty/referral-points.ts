/** The points of a referral: given to one of the two, and taken back. Each round of a referral is booked once for each of them. */
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import type { PostingOf } from '../../loyalty/ledger/booking.ts';
import { readEarned } from '../../loyalty/ledger/queries.ts';
import { timesOfLot } from '../../loyalty/terms.ts';
import type { Batch } from '../batch.ts';
import { book } from './booking.ts';

export type Role = 'referrer' | 'referee';

/** One of the two, in a round of their referral. */
export interface Party {
  readonly lane: number;
  readonly profileId: number;
  readonly referral: number;
  readonly round: number;
}

/** What the ledger calls it; no rule has a slash in its name. */
export function sourceOf(role: Role): string {
  return `referral/${role}`;
}

function matchOf({ referral, round }: Party): string {
  return `referral/${referral}/${round}`;
}

/** The earning of one of the two. */
export function postingFor(
  programme: LinkedProgramme,
  party: Party,
  role: Role,
  { points, t }: { readonly points: number; readonly t: Date },
): PostingOf {
  const { lane, profileId } = party;
  const at = t.getTime();
  const match = matchOf(party);
  const rest = { kind: 'earn', key: `${match}/${role}`, digest: String(points) } as const;
  const { id: program, body } = programme;
  const { issuer } = body;
  return {
    ...{ lane, profileId, program },
    posting: { ...rest, points, at, ...timesOfLot(programme, at), source: sourceOf(role), issuer, match },
  };
}

/** Takes back what parties got; who got nothing has nothing to give back. */
export async function takeBack(
  batch: Batch,
  { id: program, body }: LinkedProgramme,
  role: Role,
  parties: readonly Party[],
): Promise<void> {
  const asked = parties.map((party) => ({ ...party, program, source: sourceOf(role), match: matchOf(party) }));
  const rows = await readEarned(batch.session, asked);
  const postings = rows.map((row): PostingOf => {
    const { lane, profileId, match } = asked[row.i - 1] as (typeof asked)[number];
    const earned = { ...row, txnId: row.txn_id };
    const rest = {
      kind: 'reverse',
      key: `undo/${match}/${role}`,
      digest: String(row.points),
      points: row.points,
    } as const;
    return {
      ...{ lane, profileId, program },
      posting: { ...rest, earned, policy: body.refunds?.spentPoints ?? 'debt' },
    };
  });
  if (postings.length > 0) await book(batch, postings);
}
