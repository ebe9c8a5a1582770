/**
 * Giving out the calls of a list: the best first, to one agent at a time, as many as the desk has left, of people who may be called now.
 * What keeps somebody from being called is looked at again here, since a call may stand on its list for days (LANGUAGE b20).
 */
import type { OwnSession, Session } from '../../store/session.ts';
import { type About, aboutWhom, numbersBy } from '../messages/situations/laws.ts';
import type { Running } from '../running.ts';
import { callsLeft, type Desk, hindrancesOf, openDesk } from './desk.ts';
import { type CalledRow, type CallRow, insertTakings, lockList, selectCalled, selectCalls } from './queries.ts';
import { type TranscriptLine, transcriptsOf } from './transcript.ts';

/** A call in an agent's hand. */
export interface TakenCall extends Omit<CallRow, 'agent' | 'taken_at'>, Omit<CalledRow, 'call_id'> {
  /** What he wrote and what we sent, oldest first; empty where the desk sees nothing of it. */
  readonly transcript: readonly TranscriptLine[];
}

export interface Taken {
  readonly calls: readonly TakenCall[];
  /** How many the desk has left in its day or week; null: as many as there are. */
  readonly left: number | null;
  /** Calls that were passed over since nobody may make them now, by what keeps from it. */
  readonly passed: readonly { readonly rule: string; readonly calls: number; readonly until: Date | null }[];
}

export interface TakeRequest {
  readonly list: string;
  /** The name by which calls are assigned, where the desk assigns them. */
  readonly agent: string;
  readonly limit: number;
  readonly t: Date;
}

/** Calls that are looked at together, and at most for one request: behind them stand only those that rank lower. */
const pageMax = 500;
const looksMax = 20_000;

/** Takes calls of a list for an agent, as one transaction. Null: there is no such list. */
export async function takeCalls(session: OwnSession, running: Running, request: TakeRequest): Promise<Taken | null> {
  return await session.transaction(async (tx) => {
    const desk = await openDesk(tx, running, request.list, request.t);
    if (desk === null) return null;
    await lockList(tx, request.list);
    const left = await callsLeft(desk);
    const wanted = Math.min(request.limit, left ?? request.limit);
    const { found, passed } = await choose(desk, request, wanted);
    if (found.length > 0) {
      await insertTakings(tx, { ...request, calls: found.map((one) => one.call_id) });
    }
    return { calls: await withPeople(tx, desk, found), left: left === null ? null : left - found.length, passed };
  });
}

/** The first calls that may be made now. */
async function choose(
  desk: Desk,
  { agent, t }: TakeRequest,
  wanted: number,
): Promise<{ readonly found: readonly CallRow[]; readonly passed: Taken['passed'] }> {
  const found: CallRow[] = [];
  const passed = new Map<string, { rule: string; calls: number; until: Date | null }>();
  for (let after = 0; found.length < wanted && after < looksMax; after += pageMax) {
    const page = await selectCalls(desk.asking.session, desk.order, t, { agent, after, limit: pageMax });
    const hindrances = await hindrancesOf(desk, page);
    for (const [i, call] of page.entries()) {
      const hindrance = hindrances[i] ?? null;
      if (hindrance === null && found.length < wanted) found.push(call);
      if (hindrance !== null) note(passed, hindrance);
      if (found.length === wanted) break;
    }
    if (page.length < pageMax) break;
  }
  return { found, passed: [...passed.values()] };
}

function note(
  passed: Map<string, { rule: string; calls: number; until: Date | null }>,
  { rule, until }: { readonly rule: string; readonly until: Date | null },
): void {
  const known = passed.get(rule);
  if (known === undefined) {
    passed.set(rule, { rule, calls: 1, until });
    return;
  }
  known.calls += 1;
  if (until !== null && (known.until === null || until < known.until)) known.until = until;
}

/** Of somebody who lives nowhere that we know. */
const nobodys: About = new Set();

async function withPeople(session: Session, desk: Desk, calls: readonly CallRow[]): Promise<readonly TakenCall[]> {
  if (calls.length === 0) return [];
  const rows = await selectCalled(
    session,
    calls.map((one) => one.call_id),
    desk.order.address,
  );
  const byCall = new Map(rows.map((row) => [row.call_id, row]));
  const transcripts = await transcriptsOf(session, desk, calls);
  const numbers = await numbersBy(desk.asking.rules);
  const who = { lanes: calls.map((one) => one.lane), profiles: calls.map((one) => one.profile_id) };
  const about = await aboutWhom(desk.asking, 'laws', desk.asking.rules.laws, who);
  return calls.flatMap(({ agent: _agent, taken_at: _takenAt, ...call }) => {
    const called = byCall.get(call.call_id);
    if (called === undefined) return [];
    const read =
      called.address === null ? null : numbers.read('call-list', called.address, about.get(call.profile_id) ?? nobodys);
    const transcript = transcripts.get(call.profile_id) ?? [];
    return [{ ...call, ...called, transcript, address: read?.kind === 'usable' ? read.address : called.address }];
  });
}
