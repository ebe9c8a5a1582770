/** Keeps tiers as the ledger has them: carried forward from the last look, or worked out from the beginning where the past has changed. */
import type { Duration } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import {
  carry,
  countsFrom,
  type Earning,
  firstTier,
  type Ladder,
  nextTierChange,
  type TierState,
  type Tiers,
} from '../tiers.ts';
import { holdersOf, type Member, type Txn } from './account.ts';
import { readEarnings, type Who } from './queries.ts';

/** What the ledger must know of a programme. */
export interface ProgrammeTerms extends Ladder {
  /** Who issues points. Default: nobody is named. */
  readonly issuer?: string;
  /** Tiers count what was given for them, and not the points that were earned. */
  readonly qualifies?: boolean;
  /** How long before points are lost their owner is told. */
  readonly notice: Duration | null;
  /** Until when what is done at a time keeps points alive; absent: each lot has its own time. */
  readonly prolong?: (at: number) => number;
}

export interface TierMove extends Who {
  readonly at: number;
  readonly from: string;
  readonly to: string;
}

export function tierIndex(terms: ProgrammeTerms | null, tier: string | null): number {
  return tier === null || terms === null
    ? 0
    : Math.max(
        0,
        terms.tiers.findIndex(({ id }) => id === tier),
      );
}

/** Sets the tiers of members of programmes that have some, and says what moved and when time may move them next. */
export async function moveTiers(
  session: Session,
  given: {
    readonly members: readonly Member[];
    readonly txns: readonly Txn[];
    readonly terms: (program: string) => ProgrammeTerms | null;
    readonly at: number;
  },
): Promise<{ readonly moves: readonly TierMove[]; readonly next: ReadonlyMap<Member, number | null> }> {
  const { members, txns, terms, at } = given;
  const anew = new Set(txns.flatMap((txn) => (changesPast(txn) ? [txn.member] : [])));
  const ranked = members.flatMap((member) => {
    const ladder = terms(member.program);
    return ladder === null || ladder.tiers.length < 2 ? [] : [{ member, ladder, isAnew: anew.has(member) }];
  });
  const next = new Map<Member, number | null>();
  if (ranked.length === 0) return { moves: [], next };
  const asked = ranked.flatMap(({ member, ladder, isAnew }, place) => {
    const kind = ladder.qualifies === true ? ('qualify' as const) : ('earn' as const);
    const from = isAnew || member.seenAt === null ? null : countsFrom(ladder, member.seenAt);
    // What is booked by now is a new account's, too.
    const holders = holdersOf({ ...member, isNew: false });
    return holders.map((holder) => ({ ...holder, kind, from, place }));
  });
  const earnings = ranked.map((): Earning[] => []);
  for (const { i, ...earning } of await readEarnings(session, asked)) {
    earnings[(asked[i - 1] as (typeof asked)[number]).place]?.push(earning);
  }
  // Those of several holders lie side by side by now.
  for (const some of earnings) some.sort((a, b) => a.at - b.at);
  const moves = ranked.flatMap(({ member, ladder, isAnew }, i) => {
    const { tiers } = ladder;
    const earned = earnings[i] as Earning[];
    const before = tierIndex(terms(member.program), member.tier);
    const from: TierState = { tier: before, since: member.tierSince, until: member.tierUntil, falls: member.tierFalls };
    const begin =
      isAnew || member.seenAt === null ? { state: firstTier, from: null } : { state: from, from: member.seenAt };
    const { state, changes } = carry(ladder, begin, earned, at);
    member.tier = state.tier === 0 ? null : (tiers[state.tier] as Tiers[number]).id;
    member.tierSince = state.since;
    member.tierUntil = state.until;
    member.tierFalls = state.falls;
    next.set(member, nextTierChange(ladder, state, earned, at));
    if (state.tier === before) return [];
    const { lane, profileId, program } = member;
    const name = (index: number) => (tiers[index] as Tiers[number]).id;
    const when = changes.at(-1)?.at ?? at;
    return [{ lane, profileId, program, at: when, from: name(before), to: name(state.tier) }];
  });
  return { moves, next };
}

/** Whether it says something else of the time before the last look than was known then. */
function changesPast({ kind, at, member }: Txn): boolean {
  const isEarning = kind === 'earn' || kind === 'qualify';
  return kind === 'reverse' || kind === 'disqualify' || (isEarning && member.seenAt !== null && at <= member.seenAt);
}
