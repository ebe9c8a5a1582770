/** Accounts as the store has them, read for a set of members in one statement, with the numbers that their bookings will need. */
import type { Session } from '../../store/session.ts';
import { type Holder, holdersOf, type Member } from './account.ts';
import { nameOf } from './accounts-ahead.ts';
import type { Booking, PostingOf, Return } from './booking.ts';
import { reserveIds } from './ledger-ids.ts';
import type { Posting } from './postings.ts';
import { type AccountRow, readAccounts, readKnownKeys, readLots, type Who } from './queries.ts';
import type { GivenLot } from './transfer.ts';

/** A member with the pieces that the store holds. */
export interface Opened {
  readonly member: Member;
  readonly stored: ReadonlyMap<string, string>;
}

/** By whose they are (`nameOf`). */
export type Accounts = ReadonlyMap<string, Opened>;

/** Reads them in one statement; who has none gets a new one. `nextId`: numbers for what will be booked. */
export async function openAccounts(
  session: Session,
  who: readonly Who[],
  { postings, transfers = [], returns = [], ahead }: Booking,
): Promise<{ readonly accounts: Accounts; readonly nextId: () => number }> {
  const read = ahead?.rowsOf(who) ?? readAccounts(session, who);
  const [rows] = await Promise.all([read, reserveIds(session, who.length + 2 * postings.length)]);
  const nextId = await reserveIds(session, idsFor(rows, postings) + 4 * transfers.length + idsForReturns(returns));
  const accounts = new Map(who.map((one, i) => [nameOf(one), open(one, rows[i] as AccountRow, nextId)]));
  return { accounts, nextId };
}

/** Whose it is; who was opened. */
export function memberOf(accounts: Accounts, who: Who): Member {
  return (accounts.get(nameOf(who)) as Opened).member;
}

/** From whom and into whom. */
export function bothOf(
  accounts: Accounts,
  { from, into }: { readonly from: Who; readonly into: Who },
): [Member, Member] {
  return [memberOf(accounts, from), memberOf(accounts, into)];
}

/** What must be known of lots that go over to others or come back. */
export interface Lots {
  readonly given: ReadonlyMap<number, GivenLot>;
  readonly kept: ReadonlySet<number>;
}

/** No statement where nothing goes over or comes back. */
export async function lotsToMove(
  session: Session,
  { transfers = [], returns = [] }: Booking,
  accounts: Accounts,
): Promise<Lots> {
  const given = await lotsOf(
    session,
    transfers.map(({ from }) => memberOf(accounts, from)),
  );
  const kept = await lotsGivenTo(
    session,
    returns.map((one) => bothOf(accounts, one)),
  );
  return { given, kept };
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

/** What was booked under a key. */
export interface KnownKey {
  readonly digest: string;
  readonly txnId: number;
  readonly points: number;
}

/** By member and key (`nameOf`, a space, the key), what was booked before, by whomever he is made of. */
export async function knownKeys(
  session: Session,
  postings: readonly PostingOf[],
  accounts: Accounts,
): Promise<Map<string, KnownKey>> {
  const old = postings.flatMap((one) => {
    const { key } = one.posting;
    return holdersOf(memberOf(accounts, one)).map((holder) => ({ place: `${nameOf(one)} ${key}`, ...holder, key }));
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

/** The pieces of an account as texts, by their names: what is another text has changed. */
export function picture({ pieces }: Member): Map<string, string> {
  return new Map(
    pieces.map(({ lotId, holdId, account, remaining, activeAt, expiresAt }) => [
      `${lotId} ${holdId}`,
      `${account} ${remaining} ${activeAt} ${expiresAt}`,
    ]),
  );
}
