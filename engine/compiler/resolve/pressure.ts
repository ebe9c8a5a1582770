/** Pressure: caps, mutes, quiet hours, and what becomes of a message that they stop. */
import { asSet, compareText } from '../canonical.ts';
import type { Cap, PressureBody, WhenCapped } from '../ir.ts';
import { readCondition } from './condition.ts';
import { readCoverage } from './coverage.ts';
import { child, demand, fault, items, type Place, type Resolving, rangeOf, root, textAt, textOf } from './place.ts';
import { inMute } from './standpoint.ts';
import { durationAt, readDuration } from './values.ts';

const defaultValidFor = { months: 0, days: 2, ms: 0 } as const;

export function resolvePressure(at: Resolving): PressureBody {
  const place = root(at);
  const caps = items(child(place, 'caps'));
  const mutes = items(child(place, 'mute'));
  checkIds([...caps, ...mutes]);
  return {
    caps: byId(caps.map(readCap)),
    mute: byId(mutes.map(readMute)),
    quietHours: asSet(items(child(place, 'quiet_hours')).map(readQuietHours)),
    whenCapped: (textAt(place, 'when_capped') ?? 'defer') as WhenCapped,
    validFor: durationAt(place, 'valid_for') ?? defaultValidFor,
  };
}

function byId<T extends { readonly id: string }>(rules: readonly T[]): readonly T[] {
  return [...rules].sort((a, b) => compareText(a.id, b.id));
}

/** Decisions name the rule as `pressure/id`, so caps and mutes share one set of ids. */
function checkIds(rules: readonly Place[]): void {
  const seen = new Map<string, Place>();
  for (const rule of rules) {
    const id = demand(rule, 'id');
    const first = seen.get(textOf(id));
    if (first === undefined) seen.set(textOf(id), id);
    else {
      const related = [{ message: 'first used here', range: rangeOf(first) }];
      fault(
        id,
        'CMP003',
        `\`${textOf(id)}\` names two rules here. Decisions name the rule by its id: give each its own.`,
        { related },
      );
    }
  }
}

function readCap(place: Place): Cap {
  const max = Number(textOf(demand(place, 'max')));
  return { id: textOf(demand(place, 'id')), max, window: readCapWindow(place), covers: readCoverage(place) };
}

function readCapWindow(place: Place): Cap['window'] {
  const rolling = child(place, 'rolling');
  if (rolling !== undefined) return { kind: 'rolling', duration: readDuration(rolling) };
  return { kind: 'calendar', unit: textOf(demand(place, 'calendar')) as 'day' | 'week' | 'month' };
}

function readMute(place: Place): PressureBody['mute'][number] {
  return {
    id: textOf(demand(place, 'id')),
    where: readCondition(demand(place, 'where'), inMute),
    covers: readCoverage(place),
  };
}

function readQuietHours(place: Place): PressureBody['quietHours'][number] {
  const to = demand(place, 'to');
  const hours = { from: textOf(demand(place, 'from')), to: textOf(to) };
  if (hours.from === hours.to) {
    const detail =
      'Quiet hours from a time to the same time are either none or the whole day. Write different times, or use a mute.';
    fault(to, 'CMP081', detail);
  }
  return { covers: readCoverage(place), ...hours };
}
