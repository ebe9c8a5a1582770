/** Caps, of the house (`pressure`) and of countries: how many messages in which window, for whom. */
import { compareText } from '../canonical.ts';
import type { Cap } from '../ir.ts';
import { readCondition } from './condition.ts';
import { readCoverage } from './coverage.ts';
import { child, demand, fault, type Place, rangeOf, textAt, textOf } from './place.ts';
import { outside } from './standpoint.ts';
import { readDuration } from './values.ts';

export function readCap(place: Place): Cap {
  const where = child(place, 'where');
  const count = textAt(place, 'count') ?? 'queued';
  const lookAhead = child(place, 'look_ahead');
  return {
    id: textOf(demand(place, 'id')),
    max: Number(textOf(demand(place, 'max'))),
    window: readWindow(place),
    ...(count !== 'queued' && { count: count as NonNullable<Cap['count']> }),
    ...(lookAhead !== undefined && { lookAhead: readDuration(lookAhead) }),
    ...(where !== undefined && { where: readCondition(where, outside('A cap')) }),
    covers: readCoverage(place),
  };
}

function readWindow(place: Place): Cap['window'] {
  const rolling = child(place, 'rolling');
  if (rolling !== undefined) return { kind: 'rolling', duration: readDuration(rolling) };
  type Unit = Extract<Cap['window'], { readonly kind: 'calendar' }>['unit'];
  return { kind: 'calendar', unit: textOf(demand(place, 'calendar')) as Unit };
}

/** Rules in the order of their ids: the order of the file has no meaning. */
export function byId<T extends { readonly id: string }>(rules: readonly T[]): readonly T[] {
  return [...rules].sort((a, b) => compareText(a.id, b.id));
}

/** Things of one document that are named by their ids (caps, mutes, personas) have ids of their own. */
export function checkIds(named: readonly Place[], why: string): void {
  const seen = new Map<string, Place>();
  for (const one of named) {
    const id = demand(one, 'id');
    const first = seen.get(textOf(id));
    if (first === undefined) seen.set(textOf(id), id);
    else {
      const related = [{ message: 'first used here', range: rangeOf(first) }];
      fault(id, 'CMP003', `\`${textOf(id)}\` names two of them here. ${why} Give each its own id.`, { related });
    }
  }
}
