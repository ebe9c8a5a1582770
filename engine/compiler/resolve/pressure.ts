/** Pressure: caps, mutes, quiet hours, and what becomes of a message that they stop. */
import { asSet, compareText } from '../canonical.ts';
import type { Cap, PressureBody, WhenCapped } from '../ir.ts';
import { readCondition } from './condition.ts';
import { readCoverage } from './coverage.ts';
import { child, fault, items, type Place, type Resolving, rangeOf, root, textAt, textOf } from './place.ts';
import { inMute } from './standpoint.ts';
import { durationAt, readClock, readDuration } from './values.ts';

const defaultValidFor = { months: 0, days: 2, ms: 0 } as const;

export function resolvePressure(at: Resolving): PressureBody {
  const place = root(at);
  const caps = items(child(place, 'caps'));
  const mutes = items(child(place, 'mute'));
  checkIds([...caps, ...mutes]);
  return {
    caps: byId(caps.map(readCap)),
    mute: byId(
      mutes.map((mute) => ({ id: textAt(mute, 'id') ?? '', where: readWhere(mute), covers: readCoverage(mute) })),
    ),
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
    const id = child(rule, 'id');
    if (id === undefined) {
      fault(rule, 'CMP036', 'Each cap and mute needs an `id`: decisions name the rule that stopped a message by it.');
      continue;
    }
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
  const max = Number(textAt(place, 'max') ?? 0);
  return { id: textAt(place, 'id') ?? '', max, window: readCapWindow(place), covers: readCoverage(place) };
}

function readCapWindow(place: Place): Cap['window'] {
  const rolling = child(place, 'rolling');
  const calendar = child(place, 'calendar');
  if ((rolling === undefined) === (calendar === undefined)) {
    const detail =
      'A cap counts in one window: `rolling: 7d` slides to the instant, `calendar: day` is the day of the person. Keep one.';
    fault(place, 'CMP080', detail);
  }
  if (rolling !== undefined) return { kind: 'rolling', duration: readDuration(rolling) };
  return { kind: 'calendar', unit: (textAt(place, 'calendar') ?? 'day') as 'day' | 'week' | 'month' };
}

function readWhere(mute: Place): PressureBody['mute'][number]['where'] {
  const where = child(mute, 'where');
  if (where !== undefined) return readCondition(where, inMute);
  fault(mute, 'CMP036', 'A mute needs `where`: who gets no message.');
  return { kind: 'all', of: [] };
}

function readQuietHours(place: Place): PressureBody['quietHours'][number] {
  const from = child(place, 'from');
  const to = child(place, 'to');
  const hours = {
    from: from === undefined ? '00:00' : readClock(from),
    to: to === undefined ? '00:00' : readClock(to),
  };
  if (hours.from === hours.to) {
    const detail =
      'Quiet hours from a time to the same time are either none or the whole day. Write different times, or use a mute.';
    fault(to ?? place, 'CMP081', detail);
  }
  return { covers: readCoverage(place), ...hours };
}
