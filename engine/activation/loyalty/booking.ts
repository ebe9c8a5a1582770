/** Books postings in a lane transaction: what follows from them is told as events, and the lane is woken when time will change something. */
import type { Program } from '../../compiler/program.ts';
import type { AccountsAhead } from '../../loyalty/ledger/accounts-ahead.ts';
import { dueKind, wakeLanes } from '../../loyalty/ledger/alarms.ts';
import { bookPostings } from '../../loyalty/ledger/book-postings.ts';
import type { Booked, PostingOf } from '../../loyalty/ledger/booking.ts';
import { markAccounts, readDueMembers, readNextChanges, type Who } from '../../loyalty/ledger/queries.ts';
import { termsOf } from '../../loyalty/terms.ts';
import type { Batch } from '../batch.ts';
import { tellOwnEvents } from '../facts/own-events.ts';
import type { InboxRow } from '../lanes/queries.ts';
import { eventsOfBooked } from './events.ts';

/** Members that one transaction looks at, by lane. */
const duePerLane = 500;

/** Books what is asked. `hops` of what caused it, by person, go to the events that tell of it. */
export async function book(
  batch: Batch,
  postings: readonly PostingOf[],
  {
    due = [],
    hops = new Map(),
    ahead,
  }: {
    readonly due?: readonly Who[];
    readonly hops?: ReadonlyMap<number, number>;
    readonly ahead?: AccountsAhead;
  } = {},
): Promise<Booked> {
  const { session, program, t } = batch;
  const booked = await bookPostings(session, {
    ...{ t, terms: termsOf(program.programmes), postings, due },
    ...(ahead && { ahead }),
  });
  batch.writes.later(booked.written);
  tellOwnEvents(batch, eventsOfBooked(booked, t, hops));
  batch.writes.later(wakeLanes(session, booked.next, t));
  return booked;
}

/** Looks at members whose time has come, where a lane was told to. */
export async function bookDue(batch: Batch, inbox: readonly InboxRow[]): Promise<void> {
  const lanes = [...new Set(inbox.flatMap(({ kind, lane }) => (kind === dueKind ? [lane] : [])))];
  if (lanes.length === 0) return;
  const rows = await readDueMembers(batch.session, lanes, batch.t, duePerLane);
  const due = rows.map(({ lane, profile_id: profileId, program }) => ({ lane, profileId, program }));
  await book(batch, [], { due });
  // Behind what was written: those left for lack of room, or later ones.
  const next = await readNextChanges(batch.session, lanes);
  batch.writes.later(
    wakeLanes(
      batch.session,
      next.map(({ lane, at }) => ({ lane, at: at.getTime() })),
      batch.t,
    ),
  );
}

/** Looks at all accounts of programmes in lanes, since the terms are others now: tiers are worked out anew, times found anew. */
export async function lookAtAccounts(
  batch: Batch,
  programs: readonly string[],
  lanes: readonly number[],
): Promise<void> {
  if (programs.length === 0) return;
  const found = await markAccounts(batch.session, { programs, lanes, t: batch.t });
  await wakeLanes(
    batch.session,
    found.map(({ lane }) => ({ lane, at: batch.t.getTime() })),
    batch.t,
  );
}

/** Programmes that were known before and whose tiers or times are others now. */
export function programmesOfOtherTerms(before: Program | undefined, after: Program): readonly string[] {
  const of = (program: Program | undefined, id: string): string => {
    const body = program?.programmes.get(id)?.body;
    if (body === undefined) return '';
    return JSON.stringify([body.tiers, body.points, body.downgrade, body.qualify === undefined]);
  };
  return [...after.programmes.keys()].filter((id) => of(before, id) !== '' && of(before, id) !== of(after, id));
}
