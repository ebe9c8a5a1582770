/**
 * How a call ends: closed with its outcome, which its journey hears as `call_closed`; put back on the list for later; or given back untried.
 * A call is ended once, and only while somebody has it in hand.
 */
import { enrollmentKey } from '../../compiler/built-ins.ts';
import type { Fact } from '../../profiles/fact.ts';
import { notifyInbox } from '../../profiles/queries.ts';
import type { OwnSession } from '../../store/session.ts';
import { ownSource } from '../facts/own-events.ts';
import { appendInbox } from '../lanes/queries.ts';
import { type EndedRow, endTaking, lastTaking, type TakingRow } from './queries.ts';

/** `reached` and `yes` lead to `then` of the step, all others to `otherwise`. */
export const outcomes = ['reached', 'yes', 'refused', 'unreached', 'wrong_number'] as const;
export type CallOutcome = (typeof outcomes)[number];

/** `again`: it was tried, and comes back on the list at a time · `released`: it wasn't tried, and gives its place in the capacity back. */
export type CallEnd =
  | { readonly kind: 'closed'; readonly outcome: CallOutcome }
  | { readonly kind: 'again'; readonly at: Date }
  | { readonly kind: 'released' };

/** `unknown`: there is no such call · `free`: nobody has it in hand · otherwise who has, or had it last. */
export type EndResult =
  | { readonly kind: 'done'; readonly journey: string; readonly step: string; readonly list: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'free' }
  | ({ readonly kind: 'other' } & TakingRow);

/** Live facts. */
const liveClass = 1;

export interface EndRequest {
  readonly end: CallEnd;
  /** Only if he has it; null: whoever has it. */
  readonly agent: string | null;
  /** Only if it stands on this list; null: on whichever. */
  readonly list: string | null;
  readonly t: Date;
}

/** Ends a call by its number, as one transaction. */
export async function endCall(
  session: OwnSession,
  id: number,
  { end, agent, list, t }: EndRequest,
): Promise<EndResult> {
  const ended = await session.transaction(async (tx) => {
    const outcome = end.kind === 'closed' ? end.outcome : null;
    const againAt = end.kind === 'again' ? end.at : null;
    const [row] = await endTaking(tx, id, { agent, list, state: end.kind, outcome, againAt, t });
    if (row !== undefined && outcome !== null) await appendInbox(tx, [closedFact(row, { id, outcome, t })]);
    return row;
  });
  if (ended === undefined) return await whyNot(session, id, list);
  if (end.kind === 'closed') await notifyInbox(session);
  return { kind: 'done', journey: ended.journey, step: ended.step, list: ended.list };
}

async function whyNot(session: OwnSession, id: number, list: string | null): Promise<EndResult> {
  const last = await lastTaking(session, id, list);
  if (last === null) return { kind: 'unknown' };
  if (last === 'free' || last.state === 'again' || last.state === 'released') return { kind: 'free' };
  return { ...last, kind: 'other' };
}

function closedFact(
  row: EndedRow,
  { id, outcome, t }: { readonly id: number; readonly outcome: string; readonly t: Date },
) {
  const { lane, profile_id: profileId, journey, step, key, list } = row;
  const properties = { journey, step, list, outcome, call: `${lane}-${id}`, [enrollmentKey]: key };
  // It counts from after the call was placed, whatever the clocks of hosts say.
  const at = Math.max(t.getTime(), row.placed_at.getTime() + 1);
  const fact: Fact = {
    ...{ at, received: at, source: ownSource, trigger: true },
    event: { type: 'call_closed', value: null, unit: null, properties },
  };
  return { lane, class: liveClass, visibleAt: new Date(at), profileId, kind: 'fact', body: fact };
}
