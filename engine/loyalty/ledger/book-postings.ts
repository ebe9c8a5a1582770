/**
 * Books postings of many members at once, inside the transaction of their lanes: accounts are read in one statement, moved in memory, and
 * written in a statement a table. The lane has one writer, so nothing changes in between. What was due by time is booked first.
 */
import type { Session } from '../../store/session.ts';
import { writeTogether } from '../../store/together.ts';
import { nextTierChange } from '../tiers.ts';
import { subtractFrom } from '../times.ts';
import { type Book, type Holder, holdersOf, type Member, newBook, type Txn } from './account.ts';
import { type AccountsAhead, nameOf } from './accounts-ahead.ts';
import { giveBack } from './give-back.ts';
import { moveTiers, type ProgrammeTerms, type TierMove, tierIndex } from './keep-tiers.ts';
import { reserveIds } from './ledger-ids.ts';
import { post } from './post.ts';
import type { Outcome, Posting } from './postings.ts';
import { type AccountRow, readAccounts, readKnownKeys, readLots, type Who } from './queries.ts';
import { bookRows, type MemberRow, memberRows, type OpenRow } from './rows/queries.ts';
import { nextChange, settle } from './settle.ts';
import { type GivenLot, type Transferred, transfer } from './transfer.ts';

export interface PostingOf extends Who {
  readonly posting: Posting;
}

export type Answer =
  | Outcome
  /** It was booked before, by this transaction. */
  | { readonly status: 'repeated'; readonly txnId: number; readonly points: number }
  /** Another posting was booked under this key. */
  | { readonly status: 'conflict'; readonly txnId: number };

export interface Booked {
  /** Aligned with the postings. */
  readonly answers: readonly Answer[];
  /** All transactions that were booked, time's own among them, in order. */
  readonly txns: readonly Txn[];
  readonly tiers: readonly TierMove[];
  /** Who is to be told that points will be lost, and how many. */
  readonly notices: readonly (Who & { readonly points: number })[];
  /** When each of the accounts is to be looked at next. */
  readonly next: readonly { readonly lane: number; readonly at: number }[];
  /** Aligned with the transfers: what each did. */
  readonly transferred: readonly Transferred[];
  /** The writes, which were sent: what is asked on the same session sees them. Whoever commits awaits them. */
  readonly written: Promise<void>;
}

export interface Booking {
  readonly t: Date;
  /** The terms of a programme; null: nobody defines it any more. */
  readonly terms: (program: string) => ProgrammeTerms | null;
  readonly postings: readonly PostingOf[];
  /** Members whose time has come, without a posting. */
  readonly due?: readonly Who[];
  /** Accounts that go over to others, before any posting. Of one programme each. */
  readonly transfers?: readonly { readonly from: Who; readonly into: Who; readonly key: string }[];
  /** Transfers that are taken back, before any posting: `into` holds now what `from` brought. */
  readonly returns?: readonly Return[];
  /** Accounts that were asked for already; nothing was booked on them since. */
  readonly ahead?: AccountsAhead;
}

/** A transfer that is taken back. */
export interface Return {
  readonly from: Who;
  readonly into: Who;
  readonly key: string;
  readonly done: Transferred;
  readonly lotsOf: (lotId: number) => number;
  readonly isTaker: boolean;
}

/** A member with the pieces that the store holds. */
interface Opened {
  readonly member: Member;
  readonly stored: ReadonlyMap<string, string>;
}

/** Books what is asked, in the order given for each member. */
export async function bookPostings(
  session: Session,
  { t, terms, postings, due = [], transfers = [], returns = [], ahead }: Booking,
): Promise<Booked> {
  const who = [
    ...new Map(
      [...due, ...[...transfers, ...returns].flatMap(({ from, into }) => [from, into]), ...postings].map((one) => [
        nameOf(one),
        one,
      ]),
    ).values(),
  ];
  if (who.length === 0) {
    return { answers: [], txns: [], tiers: [], notices: [], next: [], transferred: [], written: Promise.resolve() };
  }
  const accounts = ahead?.rowsOf(who) ?? readAccounts(session, who);
  const [rows] = await Promise.all([accounts, reserveIds(session, who.length + 2 * postings.length)]);
  const nextId = await reserveIds(session, idsFor(rows, postings) + 4 * transfers.length + idsForReturns(returns));
  const opened = new Map(who.map((one, i) => [nameOf(one), open(one, rows[i] as AccountRow, nextId)]));
  const both = ({ from, into }: { readonly from: Who; readonly into: Who }) =>
    [from, into].map((one) => (opened.get(nameOf(one)) as Opened).member) as [Member, Member];
  const book = newBook(nextId);
  const known = await knownKeys(session, postings, opened);
  const given = await lotsOf(
    session,
    transfers.map(({ from }) => (opened.get(nameOf(from)) as Opened).member),
  );
  const kept = await lotsGivenTo(
    session,
    returns.map((one) => both(one)),
  );
  const at = t.getTime();
  for (const { member } of opened.values()) settle(member, at, book);
  const transferred = transfers.map((one) => {
    const of = terms(one.from.program);
    const rank = (tier: string | null) => tierIndex(of, tier);
    return transfer(...both(one), book, {
      at,
      key: one.key,
      issuer: of?.issuer ?? '',
      rank,
      lotOf: (id) => given.get(id),
    });
  });
  for (const one of returns) {
    const { key, done, lotsOf, isTaker } = one;
    const issuer = terms(one.from.program)?.issuer ?? '';
    giveBack(...both(one), book, { done, how: { at, key, issuer, lotsOf, isTaker, hisLots: kept } });
  }
  const answers = postings.map((one): Answer => {
    const { member } = opened.get(nameOf(one)) as Opened;
    const { key, digest } = one.posting;
    const place = `${nameOf(one)} ${key}`;
    const before = known.get(place);
    if (before !== undefined) {
      const { txnId, points } = before;
      return before.digest === digest ? { status: 'repeated', txnId, points } : { status: 'conflict', txnId };
    }
    const answer = post(member, one.posting, at, book);
    if (answer.status === 'booked') known.set(place, { digest, txnId: answer.txnId, points: answer.points });
    return answer;
  });
  keepActive(book, terms);
  const moved = new Set(book.txns.map(({ member }) => member));
  const joined = new Set([...transfers, ...returns].flatMap((one) => both(one)));
  // Who asked for what couldn't be booked gets no account by it.
  const worked = [...opened.values()].filter(({ member }) => !member.isNew || moved.has(member) || joined.has(member));
  // Whose history is another now is looked at by his lane, which tells of what changes by it.
  const isAnew = (member: Member) => joined.has(member) && (terms(member.program)?.tiers.length ?? 0) > 1;
  const written = writeTogether(session, bookRows(book, worked.flatMap(piecesOf), t));
  written.catch(() => {}); // Awaited below.
  const ranking = worked.map(({ member }) => member).filter((member) => !isAnew(member));
  const moving = moveTiers(session, { members: ranking, txns: book.txns, terms, at });
  // What is read behind a write that failed fails, too, and only the write says why.
  const ranked = await moving.catch(async (error: unknown) => {
    await written;
    throw error;
  });
  const notices = worked.flatMap(({ member }) => noticeOf(member, terms(member.program), at));
  const rowsOut = worked.map(({ member }) =>
    isAnew(member)
      ? { ...memberRow(member, { terms: null, at, moved: ranked.next }), seenAt: null, nextChange: at }
      : memberRow(member, { terms: terms(member.program), at, moved: ranked.next }),
  );
  const all = Promise.all([written, writeTogether(session, memberRows(rowsOut))]).then(() => {});
  all.catch(() => {}); // Its awaiter learns of it.
  const next = rowsOut.flatMap(({ lane, nextChange: later }) => (later === null ? [] : [{ lane, at: later }]));
  return { answers, txns: book.txns, tiers: ranked.moves, notices, next, transferred, written: all };
}

/** Two transactions, a lot for each that paid, and what settling and paying bring. */
function idsForReturns(returns: readonly Return[]): number {
  return returns.reduce((all, { done }) => all + 8 + 2 * (done.paid.length + done.lots.length), 0);
}

/** More than can be needed: each part lapses, repays and expires at most, and each posting makes a few. */
function idsFor(rows: readonly AccountRow[], postings: readonly PostingOf[]): number {
  const parts = rows.reduce((sum, row) => sum + (row.holder_id === null ? 1 : 3 * row.pieces.length), 0);
  return postings.reduce((sum, { posting }) => sum + idsOf(posting), parts);
}

/** An earning that comes late expires at once, another may pay a debt. */
function idsOf(posting: Posting): number {
  if (posting.kind === 'earn') return 2;
  return posting.kind === 'cancel' ? 4 + 3 * posting.spent.parts.length : 4;
}

function open({ lane, profileId, program }: Who, row: AccountRow, nextId: () => number): Opened {
  const { holder_id: holder, debt, tier, tier_since: since, tier_until: until, tier_falls: falls, seen_at: seen } = row;
  const member: Member = {
    lane,
    profileId,
    program,
    holderId: holder ?? nextId(),
    isNew: holder === null,
    ...(row.others !== null && { others: row.others.map(([of, holderId]): Holder => ({ lane: of, holderId })) }),
    debt,
    pieces: row.pieces.map(([lotId, holdId, account, remaining, activeAt, expiresAt, ofLot]) => ({
      ...{ lotId, ofLot, holdId, account, remaining, activeAt, expiresAt },
    })),
    tier,
    tierSince: since?.getTime() ?? null,
    tierUntil: until?.getTime() ?? null,
    tierFalls: falls?.getTime() ?? null,
    seenAt: seen?.getTime() ?? null,
  };
  return { member, stored: picture(member) };
}

function picture({ pieces }: Member): Map<string, string> {
  return new Map(
    pieces.map(({ lotId, holdId, account, remaining, activeAt, expiresAt }) => [
      `${lotId} ${holdId}`,
      `${account} ${remaining} ${activeAt} ${expiresAt}`,
    ]),
  );
}

interface KnownKey {
  readonly digest: string;
  readonly txnId: number;
  readonly points: number;
}

async function knownKeys(
  session: Session,
  postings: readonly PostingOf[],
  opened: ReadonlyMap<string, Opened>,
): Promise<Map<string, KnownKey>> {
  const old = postings.flatMap((one) => {
    const { member } = opened.get(nameOf(one)) as Opened;
    const { key } = one.posting;
    return holdersOf(member).map((holder) => ({ place: `${nameOf(one)} ${key}`, ...holder, key }));
  });
  const rows = old.length === 0 ? [] : await readKnownKeys(session, old);
  return new Map(
    rows.map(({ i, digest, txn_id: txnId, amount: points }) => [
      (old[i - 1] as { readonly place: string }).place,
      { digest, txnId, points },
    ]),
  );
}

/** The lots of which members have something left, by number. */
async function lotsOf(session: Session, members: readonly Member[]): Promise<ReadonlyMap<number, GivenLot>> {
  const asked = members.flatMap(({ lane, holderId, pieces }) => pieces.map(({ lotId }) => ({ lane, holderId, lotId })));
  if (asked.length === 0) return new Map();
  const rows = await readLots(session, asked);
  return new Map(
    rows.map(({ lot_id, source, issuer, tier, earned_at }) => [
      lot_id,
      { source, issuer, tier, earnedAt: earned_at.getTime() },
    ]),
  );
}

/** Of the lots that points of who took are of, those that were given to who gets his points back. */
async function lotsGivenTo(
  session: Session,
  pairs: readonly (readonly [Member, Member])[],
): Promise<ReadonlySet<number>> {
  const asked = pairs.flatMap(([from, into]) => {
    const lots = into.pieces.flatMap(({ ofLot }) => (typeof ofLot === 'number' ? [ofLot] : []));
    return holdersOf(from).flatMap((holder) => lots.map((lotId) => ({ ...holder, lotId })));
  });
  const rows = asked.length === 0 ? [] : await readLots(session, asked);
  return new Set(rows.map(({ lot_id }) => lot_id));
}

/** Where points live while a member is active, what he does prolongs all of them. */
function keepActive({ txns }: Book, terms: Booking['terms']): void {
  for (const { member, kind, at } of txns) {
    const idle = kind === 'earn' || kind === 'redeem' || kind === 'hold' ? terms(member.program)?.prolong : undefined;
    if (idle === undefined) continue;
    // What was told late shortens nothing.
    const until = Math.max(idle(at), ...member.pieces.map(({ expiresAt }) => expiresAt ?? 0));
    for (const piece of member.pieces) {
      if (piece.expiresAt !== null && piece.expiresAt < until) piece.expiresAt = until;
    }
  }
}

function piecesOf({ member, stored }: Opened): readonly OpenRow[] {
  // Of a new account everything is written.
  const now = stored.size === 0 ? stored : picture(member);
  const { lane, profileId, program } = member;
  const written = member.pieces.flatMap((piece) => {
    const { lotId, holdId } = piece;
    const name = `${lotId} ${holdId}`;
    return stored.size > 0 && stored.get(name) === now.get(name)
      ? []
      : [{ lane, profileId, program, lotId, holdId, isKnown: stored.has(name), piece }];
  });
  const gone = [...stored.keys()].flatMap((name) => {
    if (now.has(name)) return [];
    const [lotId = 0, holdId = 0] = name.split(' ').map(Number);
    return [{ lane, profileId, program, lotId, holdId, isKnown: true, piece: null }];
  });
  return [...written, ...gone];
}

/** What of the member's points came within the notice since he was looked at last. */
function noticeOf(
  member: Member,
  terms: ProgrammeTerms | null,
  at: number,
): readonly (Who & { readonly points: number })[] {
  const notice = terms?.notice ?? null;
  if (notice === null) return [];
  // Under new terms nobody is told again of what he was told.
  const since = member.seenAt ?? (member.isNew ? Number.NEGATIVE_INFINITY : at);
  let points = 0;
  for (const { account, expiresAt, remaining } of member.pieces) {
    if (account === 'held' || expiresAt === null) continue;
    const told = subtractFrom(expiresAt, notice);
    if (told > since && told <= at) points += remaining;
  }
  const { lane, profileId, program } = member;
  return points === 0 ? [] : [{ lane, profileId, program, points }];
}

function memberRow(
  member: Member,
  how: {
    readonly terms: ProgrammeTerms | null;
    readonly at: number;
    readonly moved: ReadonlyMap<Member, number | null>;
  },
): MemberRow {
  const { terms, at } = how;
  const { lane, profileId, program, holderId, debt, tier, tierSince, tierUntil, tierFalls } = member;
  const notices = member.pieces.flatMap(({ expiresAt }) => {
    const told = expiresAt === null || terms?.notice == null ? null : subtractFrom(expiresAt, terms.notice);
    return told === null || told <= at ? [] : [told];
  });
  const state = { tier: tierIndex(terms, tier), since: tierSince, until: tierUntil, falls: tierFalls };
  const tierAt = how.moved.has(member)
    ? (how.moved.get(member) ?? null)
    : terms === null
      ? null
      : nextTierChange(terms, state, [], at);
  const times = [nextChange(member), tierAt, ...notices].filter((one): one is number => one !== null);
  const next = times.length === 0 ? null : Math.min(...times);
  return {
    lane,
    profileId,
    program,
    isNew: member.isNew,
    holderId,
    debt,
    tier,
    tierSince,
    tierUntil,
    tierFalls,
    seenAt: at,
    nextChange: next,
  };
}
