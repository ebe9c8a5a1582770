/** Pressure: caps, mutes, quiet hours, and what becomes of a message that they stop. */
import { asSet } from '../canonical.ts';
import type { PressureBody, WhenCapped } from '../ir.ts';
import { byId, checkIds, readCap } from './caps.ts';
import { readCondition } from './condition.ts';
import { readCoverage } from './coverage.ts';
import { expandDays, sayEmpty } from './hours.ts';
import { warnNewcomers } from './newcomers.ts';
import { child, demand, items, type Place, type Resolving, root, textAt, textOf } from './place.ts';
import { inMute, outside } from './standpoint.ts';
import { durationAt } from './values.ts';

const defaultValidFor = { months: 0, days: 2, ms: 0 } as const;

export function resolvePressure(at: Resolving): PressureBody {
  const place = root(at);
  const caps = items(child(place, 'caps'));
  const mutes = items(child(place, 'mute'));
  checkIds([...caps, ...mutes], 'Decisions name the rule by its id.');
  return {
    caps: byId(caps.map(readCap)),
    mute: byId(mutes.map(readMute)),
    quietHours: asSet(items(child(place, 'quiet_hours')).map(readQuietHours)),
    whenCapped: (textAt(place, 'when_capped') ?? 'defer') as WhenCapped,
    validFor: durationAt(place, 'valid_for') ?? defaultValidFor,
  };
}

export function readMute(place: Place): PressureBody['mute'][number] {
  const where = demand(place, 'where');
  warnNewcomers(where);
  return {
    id: textOf(demand(place, 'id')),
    where: readCondition(where, inMute),
    covers: readCoverage(place),
  };
}

export function readQuietHours(place: Place): PressureBody['quietHours'][number] {
  const hours = { from: textOf(demand(place, 'from')), to: textOf(demand(place, 'to')) };
  if (hours.from === hours.to) sayEmpty(place, 'Quiet hours');
  const days = readQuietDays(child(place, 'days'));
  const where = child(place, 'where');
  return {
    covers: readCoverage(place),
    ...hours,
    ...(days !== null && { days }),
    ...(where !== undefined && { where: readCondition(where, outside('Quiet hours')) }),
  };
}

type QuietDays = NonNullable<PressureBody['quietHours'][number]['days']>;

/** Null for every day. A holiday is a day of the week too, so all seven are every day. */
function readQuietDays(place: Place | undefined): QuietDays | null {
  if (place === undefined) return null;
  const texts = items(place).map(textOf);
  const days: QuietDays = expandDays(texts);
  if (days.length === 7) return null;
  return texts.includes('holiday') ? [...days, 'holiday'] : days;
}
