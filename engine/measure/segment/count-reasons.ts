/**
 * Why people are in or out: the leaves of a definition counted over lanes until a time budget is spent. Lanes are a hash of people,
 * so some of them are a fair sample of all. Each step is a short transaction of its own: an old snapshot slows the live queues.
 */
import { elapsedMs } from '../../clock/clock.ts';
import type { Condition } from '../../compiler/ir.ts';
import { type Reason, reasonsOf, reasonsOverLanes } from '../../compiler/reasons-sql.ts';
import type { House } from '../../compiler/scopes.ts';
import type { OwnSession } from '../../store/session.ts';
import { selectReasons } from './queries.ts';

const laneCount = 1_024;
/** Odd, so that its multiples go through all lanes, far apart. */
const stride = 389;
/** A step takes about so long. */
const stepMs = 250;

export interface ReasonCount extends Reason {
  /** Members for whom the leaf holds. */
  readonly members: number;
  /** People outside whom it alone keeps out: were it otherwise, they would be in. */
  readonly keepsOut: number;
}

export interface Reasons {
  /** The lanes that were read; all of them: the counts are exact. */
  readonly lanes: number;
  readonly of: number;
  readonly people: number;
  readonly members: number;
  /** Null: the definition has too many leaves to tell them apart. */
  readonly reasons: readonly ReasonCount[] | null;
}

export interface ReasonsRequest {
  readonly where: Condition;
  readonly house: House;
  readonly at: Date;
  readonly budgetMs: number;
}

/** Counts over at least one lane. Errors: those of the store. */
export async function countReasons(session: OwnSession, request: ReasonsRequest): Promise<Reasons> {
  const reasons = reasonsOf(request.where);
  const sums = new Map<string, number>();
  let lanes = 0;
  if (reasons !== null) {
    const began = elapsedMs();
    for (let step = 1; lanes < laneCount; ) {
      const stepBegan = elapsedMs();
      const chosen = Array.from({ length: Math.min(step, laneCount - lanes) }, (_, i) => lanesInOrder(lanes + i));
      add(sums, await countStep(session, request, chosen));
      lanes += chosen.length;
      const now = elapsedMs();
      if (now - began >= request.budgetMs) break;
      step = Math.max(1, Math.min(step * 4, Math.floor((step * stepMs) / Math.max(1, now - stepBegan))));
    }
  }
  const sum = (name: string) => sums.get(name) ?? 0;
  return {
    ...{ lanes, of: laneCount, people: sum('people'), members: sum('members') },
    reasons: reasons?.map((one, i) => ({ ...one, members: sum(`m${i}`), keepsOut: sum(`k${i}`) })) ?? null,
  };
}

function lanesInOrder(position: number): number {
  return (position * stride) % laneCount;
}

function countStep(session: OwnSession, { where, house, at }: ReasonsRequest, lanes: readonly number[]) {
  const statement = reasonsOverLanes(where, house, lanes, at);
  return session.transaction((inner) => selectReasons(inner, statement), { readOnly: true });
}

function add(sums: Map<string, number>, row: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(row)) sums.set(name, (sums.get(name) ?? 0) + count);
}
