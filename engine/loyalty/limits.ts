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
  /** Limits over several sources, this one among them. Default: none. */
  readonly shared?: readonly Shared[];
}

export interface Shared {
  readonly limit: Limit;
  readonly sources: readonly string[];
}

/** The house, in whose zone those live who have none of their own. */
export interface House {
  readonly zone: string;
  readonly weekStarts: string;
}

/** One limit of one that is asked for. */
interface Bound<T> extends Shared {
  readonly one: T;
}

interface Used {
  readonly key: string;
  readonly times: number;
  readonly points: number;
}

/** Those that their limits let through, in order; of the last one only so many points as the limits have room for. */
export async function withinLimits<T extends Limited>(
  session: Session,
  asked: readonly T[],
  house: House,
  kind: 'earn' | 'redeem' = 'earn',
): Promise<readonly T[]> {
  const bounds = asked.flatMap((one): readonly Bound<T>[] => [
    ...(one.limit === null ? [] : [{ one, limit: one.limit, sources: [one.source] }]),
    ...(one.shared ?? []).map((shared) => ({ ...shared, one })),
  ]);
  if (bounds.length === 0) return asked;
  const used = new Map<Bound<T>, Used>();
  for (const { i, window, times, points } of await readGiven(session, bounds.map(windowOf), house, kind)) {
    const bound = bounds[i - 1] as Bound<T>;
    const { one, limit, sources } = bound;
    const key = [one.profileId, one.program, ...sources, JSON.stringify(limit.window), window].join(' ');
    used.set(bound, { key, times, points });
  }
  const byOne = new Map<T, Bound<T>[]>();
  for (const bound of bounds) byOne.set(bound.one, [...(byOne.get(bound.one) ?? []), bound]);
  // What this set gives counts for those after it, in the same window.
  const more = new Map<string, { times: number; points: number }>();
  return asked.flatMap((one): readonly T[] => {
    const ofOne = (byOne.get(one) ?? []).map((bound) => roomIn(bound, used.get(bound), more));
    const room = Math.min(...ofOne.map((bound) => bound.room));
    if (room <= 0) return [];
    const part = Math.min(room, one.points);
    for (const { added } of ofOne) {
      added.times += 1;
      added.points += part;
    }
    return part === one.points ? [one] : [{ ...one, points: part }];
  });
}

/** How many points the limit has room for: none or any number, where it counts times. */
function roomIn<T>(
  { limit }: Bound<T>,
  { key = '', times = 0, points = 0 }: Partial<Used> = {},
  more: Map<string, { times: number; points: number }>,
): { readonly room: number; readonly added: { times: number; points: number } } {
  const added = more.get(key) ?? { times: 0, points: 0 };
  more.set(key, added);
  if (limit.of === 'points') return { room: limit.max - points - added.points, added };
  return { room: times + added.times >= limit.max ? 0 : Number.POSITIVE_INFINITY, added };
}

function windowOf({ one, limit, sources }: Bound<Limited>): WindowAsked {
  return { ...one, sources, ...windowParts(limit.window) };
}

/** A window as it is asked for. */
export function windowParts(window: Limit['window']): Pick<WindowAsked, 'unit' | 'duration'> {
  switch (window.kind) {
    case 'lifetime':
      return { unit: null, duration: null };
    case 'calendar':
      return { unit: window.unit, duration: null };
    case 'rolling':
      return { unit: null, duration: window.duration };
  }
}
