/** Circles of segments that read each other: no order of filling them exists, so they are errors, with the path shown. */

import { compareText } from '../canonical.ts';
import type { Condition } from '../ir.ts';
import { readersOf } from '../reading.ts';
import { fault, type Place, rangeOf } from './place.ts';

/** A segment, what it reads, and its `where` in the file. */
export interface SegmentNode {
  readonly id: string;
  readonly where: Condition;
  readonly place: Place;
}

/** Says each circle once, at its first segment by name. */
export function checkCycles(segments: readonly SegmentNode[]): void {
  const byId = new Map(segments.map((segment) => [segment.id, segment]));
  const done = new Set<string>();
  for (const { id } of [...segments].sort((a, b) => compareText(a.id, b.id))) {
    const path = done.has(id) ? undefined : findCircle(id, byId);
    if (path === undefined) continue;
    for (const member of path) done.add(member);
    sayCircle(path, byId);
  }
}

/** The shortest way from the segment back to itself, or undefined. */
function findCircle(start: string, byId: ReadonlyMap<string, SegmentNode>): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    const read = byId.get(id);
    for (const next of read === undefined ? [] : [...readersOf(read.where).segments].sort(compareText)) {
      if (next === start) return wayTo(id, start, cameFrom);
      if (cameFrom.has(next) || !byId.has(next)) continue;
      cameFrom.set(next, id);
      queue.push(next);
    }
  }
  return undefined;
}

function wayTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const way = [end];
  for (let id = end; id !== start; ) {
    id = cameFrom.get(id) as string;
    way.unshift(id);
  }
  return way;
}

function sayCircle(path: readonly string[], byId: ReadonlyMap<string, SegmentNode>): void {
  const [first, ...others] = path.map((id) => byId.get(id) as SegmentNode);
  if (first === undefined) return;
  const shown = [...path, first.id].join(' → ');
  const related = others.map(({ id, place }) => ({ message: `\`${id}\` is defined here`, range: rangeOf(place) }));
  fault(
    first.place,
    'CMP005',
    `These segments are defined by each other: ${shown}. Membership would have no beginning. Take one of the references out.`,
    { related },
  );
}
