/** Call lists as plain data, for `parcours calls` and a console: each desk with its numbers, and the calls of one in their order. */
import type { Session } from '../../store/session.ts';
import type { Running } from '../running.ts';
import { callsLeft, desksOf, type Hindrance, hindrancesOf, openDesk } from './desk.ts';
import { type CallRow, countCalls, selectCalls } from './queries.ts';

export interface DeskState {
  readonly list: string;
  /** Calls that nobody has in hand, and those that somebody has. */
  readonly waiting: number;
  readonly inHand: number;
  readonly capacity: { readonly max: number; readonly calendar: 'day' | 'week' } | null;
  /** Null: as many as there are. */
  readonly left: number | null;
}

export interface ListedCall extends CallRow {
  /** What keeps it from being made now; null: nothing. */
  readonly hindered: Hindrance | null;
}

export async function listDesks(session: Session, running: Running, t: Date): Promise<readonly DeskState[]> {
  const desks: DeskState[] = [];
  for (const list of desksOf(running)) {
    const state = await deskState(session, running, list, t);
    if (state !== null) desks.push(state);
  }
  return desks;
}

/** Null: there is no such list. */
export async function deskState(session: Session, running: Running, list: string, t: Date): Promise<DeskState | null> {
  const desk = await openDesk(session, running, list, t);
  if (desk === null) return null;
  const { free, in_hand: inHand } = await countCalls(session, list, t);
  return { list, waiting: free, inHand, capacity: desk.capacity, left: await callsLeft(desk) };
}

/** The calls of a list in their order, those in hand among them; null: there is no such list. */
export async function listCalls(
  session: Session,
  running: Running,
  { list, limit, t }: { readonly list: string; readonly limit: number; readonly t: Date },
): Promise<readonly ListedCall[] | null> {
  const desk = await openDesk(session, running, list, t);
  if (desk === null) return null;
  const calls = await selectCalls(session, desk.order, t, { agent: null, after: 0, limit });
  const hindrances = await hindrancesOf(desk, calls);
  return calls.map((call, i) => ({ ...call, hindered: hindrances[i] ?? null }));
}
