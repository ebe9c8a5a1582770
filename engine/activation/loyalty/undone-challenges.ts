/**
 * Challenges that refunds undo: of who was refunded a purchase, what he won in a window in which it counted is looked at once more, as things
 * stood when that window ended (or stand now). What he wouldn't have won is taken back, also weeks later.
 */
import type { Challenge } from '../../compiler/earning-sql.ts';
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import { endOf, startOf } from '../../loyalty/calendar.ts';
import type { PostingOf } from '../../loyalty/ledger/booking.ts';
import type { Earned } from '../../loyalty/ledger/postings.ts';
import { readEarned } from '../../loyalty/ledger/queries.ts';
import { readEventsAbout, readZones } from '../../loyalty/queries.ts';
import { addTo, subtractFrom } from '../../loyalty/times.ts';
import type { Batch } from '../batch.ts';
import { challengeMatch, whoDid } from './challenges.ts';
import type { Occurrence } from './earnings.ts';
import { matchOf } from './match-of.ts';

/** Points back for those that the refunds among the events undo. */
export async function undoneChallenges(
  batch: Batch,
  programme: LinkedProgramme,
  events: readonly Occurrence[],
): Promise<readonly PostingOf[]> {
  const { refunds, challenges } = programme.body;
  const told = events.filter(
    (event) => refunds?.when.types.includes(event.type) && matchOf(event, refunds.match) !== null,
  );
  if (told.length === 0) return [];
  return (await Promise.all(challenges.map((challenge) => undone(batch, programme, challenge, told)))).flat();
}

/** A challenge that was won. */
interface Win {
  readonly lane: number;
  readonly profileId: number;
  readonly program: string;
  readonly earned: Earned;
  /** When, in milliseconds. */
  readonly at: number;
  readonly zone: string;
  /** The refund that makes us look. */
  readonly refund: number;
}

async function undone(
  batch: Batch,
  programme: LinkedProgramme,
  challenge: Challenge,
  told: readonly Occurrence[],
): Promise<readonly PostingOf[]> {
  const wins = await concerned(batch, programme, challenge, told);
  const standing = new Set<Win>();
  // Most look at the same instant, which is now.
  const looks = new Map<number, Win[]>();
  for (const win of wins) {
    for (const at of looksAt(challenge, win, batch)) looks.set(at, [...(looks.get(at) ?? []), win]);
  }
  for (const [at, some] of looks) {
    // Whoever is no member any more has won it all the same.
    const done = await whoDid({ ...batch, t: new Date(at) }, programme, challenge, some, { members: null });
    for (const win of some) if (done.has(win.profileId)) standing.add(win);
  }
  return wins
    .filter((win) => !standing.has(win))
    .map(({ lane, profileId, program, earned, refund }): PostingOf => {
      const { points, txnId } = earned;
      const rest = { kind: 'reverse', key: `refund/${refund}/${txnId}`, digest: String(points), points } as const;
      const policy = programme.body.refunds?.spentPoints ?? 'debt';
      return { lane, profileId, program, posting: { ...rest, earned, policy } };
    });
}

/** What those who were refunded won with it. */
async function concerned(
  batch: Batch,
  programme: LinkedProgramme,
  challenge: Challenge,
  told: readonly Occurrence[],
): Promise<readonly Win[]> {
  const { session, program } = batch;
  const { of, id: source } = challenge;
  const types = of.kind === 'set' ? of.parts.flatMap((part) => part.types) : of.events.types;
  const property = programme.body.refunds?.match ?? '';
  const about = told.map((event) => {
    const { lane, profileId } = event;
    return { lane, profileId, types, property, match: matchOf(event, property) as string };
  });
  const people = [...new Map(told.map(({ lane, profileId }) => [profileId, { lane, profileId }])).values()];
  const [purchases, earned, zones] = await Promise.all([
    readEventsAbout(session, about),
    readEarned(
      session,
      people.map((one) => ({ ...one, program: programme.id, source, match: challengeMatch })),
    ),
    readZones(session, people, program.definitions.zone),
  ]);
  return earned.flatMap((row): readonly Win[] => {
    const { lane, profileId } = people[row.i - 1] as (typeof people)[number];
    // A badge without points is taken back by a row of nothing.
    if (row.points === 0 ? row.reversals !== null : row.points <= row.reversed) return [];
    const win = { lane, profileId, program: programme.id, at: row.at, zone: zones[row.i - 1] ?? programme.zone };
    const counted = purchases.find(
      ({ i, at }) => about[i - 1]?.profileId === profileId && hasCounted(challenge, win, at, batch),
    );
    if (counted === undefined) return [];
    const refund = (told[counted.i - 1] as Occurrence).eventId;
    return [{ ...win, earned: { ...row, txnId: row.txn_id }, refund }];
  });
}

type When = Pick<Win, 'at' | 'zone'>;

const dayMs = 86_400_000;
const unitMs = { day: dayMs, week: 7 * dayMs, month: 31 * dayMs } as const;

/** Whether what happened at an instant lies in the window in which it was won. */
function hasCounted({ of, reach, window }: Challenge, win: When, at: number, { program }: Batch): boolean {
  const { weekStarts } = program.definitions;
  if (of.kind === 'streak') {
    const ends = endOf(of.every, win.at, win.zone, weekStarts);
    return at < ends && at >= startOf(of.every, ends - reach * unitMs[of.every], win.zone, weekStarts);
  }
  switch (window.kind) {
    case 'lifetime':
      return true;
    case 'rolling':
      return at > subtractFrom(win.at, window.duration) && at < addTo(win.at, window.duration);
    case 'calendar': {
      const starts = (instant: number) => startOf(window.unit, instant, win.zone, weekStarts);
      return starts(at) === starts(win.at);
    }
  }
}

/** Instants of which one must find it done. */
function looksAt({ of, window }: Challenge, win: When, { t, program }: Batch): readonly number[] {
  const now = t.getTime();
  const { weekStarts } = program.definitions;
  const lastOf = (unit: 'day' | 'week' | 'month' | 'quarter' | 'year') =>
    Math.min(now, endOf(unit, win.at, win.zone, weekStarts) - 1);
  if (of.kind === 'streak') return [lastOf(of.every)];
  switch (window.kind) {
    case 'lifetime':
      return [now];
    case 'rolling':
      return [...new Set([win.at, Math.min(now, addTo(win.at, window.duration) - 1)])];
    case 'calendar':
      return [lastOf(window.unit)];
  }
}
