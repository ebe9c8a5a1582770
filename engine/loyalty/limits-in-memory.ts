/** The limits of `limits.ts` over earnings in memory, as a plan replays them: windows begin empty, and nothing is read. Pure. */
import type { Limit } from '../compiler/ir.ts';
import type { LinkedProgramme } from '../compiler/linked-programme.ts';
import { startOf } from './calendar.ts';
import type { Limited } from './limits.ts';
import { addTo } from './times.ts';

interface Given {
  readonly at: number;
  readonly points: number;
}

/** Those that their limits let through, in the order of time; calendars are the programme's. */
export function limitedInMemory<T extends Limited>(
  inOrder: readonly T[],
  { zone, weekStarts }: Pick<LinkedProgramme, 'zone' | 'weekStarts'>,
): readonly T[] {
  const given = new Map<string, Given[]>();
  const windowOf = ({ window }: Limit, at: number): string =>
    window.kind === 'calendar' ? String(startOf(window.unit, at, zone, weekStarts)) : '';
  return inOrder.flatMap((one): readonly T[] => {
    const bounds = [
      ...(one.limit === null ? [] : [{ limit: one.limit, sources: [one.source] }]),
      ...(one.shared ?? []),
    ].map(({ limit, sources }) => {
      const key = [one.profileId, ...sources, JSON.stringify(limit), windowOf(limit, one.at)].join(' ');
      const all = given.get(key) ?? [];
      given.set(key, all);
      const { window } = limit;
      const counting = window.kind === 'rolling' ? all.filter(({ at }) => addTo(at, window.duration) > one.at) : all;
      const points = counting.reduce((sum, each) => sum + each.points, 0);
      const isFull = counting.length >= limit.max;
      return { all, room: limit.of === 'points' ? limit.max - points : isFull ? 0 : Number.POSITIVE_INFINITY };
    });
    const points = Math.min(one.points, ...bounds.map(({ room }) => room));
    if (points <= 0) return [];
    for (const { all } of bounds) all.push({ at: one.at, points });
    return [points === one.points ? one : { ...one, points }];
  });
}
