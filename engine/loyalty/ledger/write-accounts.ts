/** Accounts as they are after their bookings: what of them has changed is sent, a statement a table. What was booked is `book-postings.ts`. */
import type { Session } from '../../store/session.ts';
import { writeTogether } from '../../store/together.ts';
import { nextTierChange } from '../tiers.ts';
import { subtractFrom } from '../times.ts';
import type { Book, Member } from './account.ts';
import type { Booked, Booking } from './booking.ts';
import { moveTiers, type ProgrammeTerms, tierIndex } from './keep-tiers.ts';
import { type Accounts, bothOf, type Opened, picture } from './open-accounts.ts';
import type { Who } from './queries.ts';
import { bookRows, type MemberRow, memberRows, type OpenRow } from './rows/queries.ts';
import { nextChange } from './settle.ts';

/** Sends what the book says, and finds tiers, notices and times of who was looked at. */
export async function writeDown(
  session: Session,
  { t, terms, transfers = [], returns = [] }: Booking,
  accounts: Accounts,
  book: Book,
): Promise<Pick<Booked, 'tiers' | 'notices' | 'next' | 'written'>> {
  const at = t.getTime();
  const moved = new Set(book.txns.map(({ member }) => member));
  const joined = new Set([...transfers, ...returns].flatMap((one) => bothOf(accounts, one)));
  // Who asked for what couldn't be booked gets no account by it.
  const worked = [...accounts.values()].filter(
    ({ member }) => !member.isNew || moved.has(member) || joined.has(member),
  );
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
  return { tiers: ranked.moves, notices, next, written: all };
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
