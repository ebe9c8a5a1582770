/**
 * A desk as it stands at an instant: how its calls are ordered, how many it has left, and what keeps whom from being called now. Reads
 * only; giving calls out is in `take-calls.ts`.
 */
import type { Desk as DeskBody, ValueRef } from '../../compiler/ir.ts';
import { readPauses } from '../../store/pauses.ts';
import type { Session } from '../../store/session.ts';
import { hindranceOf } from '../messages/arbitrate.ts';
import { pausesOf } from '../messages/pauses.ts';
import type { Candidate } from '../messages/situation.ts';
import { type Asking, situationsOf } from '../messages/situations/situations.ts';
import type { Running } from '../running.ts';
import { type CallRow, countTaken, type DeskOrder } from './queries.ts';

export interface Desk {
  readonly list: string;
  readonly order: DeskOrder;
  readonly capacity: DeskBody['capacity'];
  /** How far back an agent sees the conversation; null: not at all. */
  readonly transcript: NonNullable<DeskBody['transcript']> | null;
  readonly asking: Asking;
}

/** Ids of the call lists of a revision. */
export function desksOf({ program }: Pick<Running, 'program'>): readonly string[] {
  return [...program.channels].flatMap(([id, { desk }]) => (desk === undefined ? [] : [id]));
}

/** The desk of a call list of the running revision; null: there is none of that name. */
export async function openDesk(session: Session, running: Running, list: string, t: Date): Promise<Desk | null> {
  const { program, statements, calendars, rules } = running;
  const channel = program.channels.get(list);
  const desk = channel?.desk;
  if (channel === undefined || desk === undefined) return null;
  const seen = (await readPauses(session, t)).map(({ until, ...one }) => ({ ...one, until: until?.getTime() ?? null }));
  const pauses = pausesOf((journey) => program.journeys.get(journey)?.body.status === 'paused', seen);
  const { address } = channel;
  const order = { list, rankBy: rankOf(desk), assignTo: desk.assignTo, address, currency: program.workspace.currency };
  return {
    list,
    order,
    capacity: desk.capacity,
    transcript: desk.transcript ?? null,
    asking: { session, program, statements, calendars, rules, pauses, t },
  };
}

function rankOf({ rankBy }: DeskBody): { readonly of: ValueRef; readonly order: 'highest' | 'lowest' } | null {
  return rankBy?.kind === 'value' ? rankBy : null;
}

/** How many more calls the desk gives out in its day or week, by the workspace's calendar; null: as many as there are. */
export async function callsLeft({ list, capacity, asking }: Desk): Promise<number | null> {
  if (capacity === null) return null;
  const { session, calendars, program, t } = asking;
  const { zone } = program.workspace;
  const calendar = (await calendars.at(session, [zone], t)).get(zone);
  if (calendar === undefined) throw new Error('assertion failed: every zone has a calendar');
  return Math.max(0, capacity.max - (await countTaken(session, list, calendar[capacity.calendar].start)));
}

/** What keeps a call from being made now, in the words of decisions, and until when where that is known. */
export interface Hindrance {
  readonly rule: string;
  readonly until: Date | null;
}

/** Of calls what keeps each from being made now, in their order; null: nothing does. A few statements for all of them. */
export async function hindrancesOf(
  { list, asking }: Desk,
  calls: readonly CallRow[],
): Promise<readonly (Hindrance | null)[]> {
  if (calls.length === 0) return [];
  const people = [
    ...new Map(calls.map((one) => [one.profile_id, { lane: one.lane, profileId: one.profile_id }])).values(),
  ];
  const situations = await situationsOf(asking, people, []);
  return calls.map((call) => {
    const situation = situations.get(call.profile_id);
    const about = aboutOf(asking, call);
    if (situation === undefined || about === null) return { rule: 'gone', until: null };
    return hindranceOf(about, list, situation, asking.rules);
  });
}

/** As the live journey says it: rules are of today. Null: the journey is gone. */
function aboutOf(
  { program }: Asking,
  { journey }: CallRow,
): Pick<Candidate, 'journey' | 'objective' | 'purpose' | 'to'> | null {
  const body = program.journeys.get(journey)?.body;
  return body === undefined ? null : { journey, objective: body.objective, purpose: body.purpose, to: null };
}
