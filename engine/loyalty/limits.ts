/** Limits of rules: what a member may still get in the window of each, by what the ledger says was given and not taken back. */
import type { Limit } from '../compiler/ir.ts';
import type { Session } from '../store/session.ts';
import type { Who } from './ledger/queries.ts';
import { readGiven, type WindowAsked } from './queries.ts';

export interface Limited extends Who {
  readonly points: number;
  /** When it was earned, in milliseconds. */
  readonly at: number;
  /** The rule or challenge that gives. */
  readonly source: string;
  readonly limit: Limit | null;
}

/** The house, in whose zone those live who have none of their own. */
export interface House {
  readonly zone: string;
  readonly weekStarts: string;
}

/** Those that a limit lets through, in order; of the last one only so many points as the limit has room for. */
export async function withinLimits<T extends Limited>(
  session: Session,
  asked: readonly T[],
  house: House,
  kind: 'earn' | 'redeem' = 'earn',
): Promise<readonly T[]> {
  const limited = asked.filter((one): one is T & { readonly limit: Limit } => one.limit !== null);
  if (limited.length === 0) return asked;
  const given = await readGiven(session, limited.map(windowOf), house, kind);
  const used = new Map<T, { readonly window: string; readonly times: number; readonly points: number }>();
  for (const { i, window, times, points } of given) {
    const one = limited[i - 1] as T;
    used.set(one, { window: `${one.profileId} ${one.program} ${one.source} ${window}`, times, points });
  }
  // What this set gives counts for those after it, in the same window.
  const more = new Map<string, { times: number; points: number }>();
  return asked.flatMap((one): readonly T[] => {
    const { limit } = one;
    if (limit === null) return [one];
    const { window = '', times = 0, points = 0 } = used.get(one) ?? {};
    const added = more.get(window) ?? { times: 0, points: 0 };
    more.set(window, added);
    const room = limit.of === 'times' ? Number.POSITIVE_INFINITY : limit.max - points - added.points;
    if (room <= 0 || (limit.of === 'times' && times + added.times >= limit.max)) return [];
    const part = Math.min(room, one.points);
    added.times += 1;
    added.points += part;
    return [{ ...one, points: part }];
  });
}

function windowOf(one: Limited & { readonly limit: Limit }): WindowAsked {
  const { window } = one.limit;
  const { lane, profileId, program, source, at } = one;
  const who = { lane, profileId, program, source, at };
  switch (window.kind) {
    case 'lifetime':
      return { ...who, unit: null, duration: null };
    case 'calendar':
      return { ...who, unit: window.unit, duration: null };
    case 'rolling':
      return { ...who, unit: null, duration: window.duration };
  }
}
