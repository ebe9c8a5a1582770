/**
 * Caps that can never bind: another cap that covers at least as much never lets so many messages through. Compared are windows,
 * coverage and the conditions that are the same; what conditions mean is not weighed.
 */
import { canonicalJson } from '../canonical.ts';
import type { Cap, Condition, Duration } from '../ir.ts';
import type { Across } from './across.ts';
import { again } from './across.ts';
import { readCap } from './caps.ts';
import { coversAll } from './covering.ts';
import { child, demand, fault, items, type Place, rangeOf } from './place.ts';

interface PlacedCap {
  readonly name: string;
  readonly cap: Cap;
  /** All that must hold of a person for the cap to be his, canonical. */
  readonly conditions: ReadonlySet<string>;
  readonly place: Place;
}

export function checkCaps(across: Across): void {
  const ofHouse = across('pressure').flatMap(({ id, place }) => capsOf(id, place, []));
  const ofCountries = across('country').flatMap(({ id, place, body }) => capsOf(id, place, [body.where]));
  const caps = [...ofHouse, ...ofCountries];
  caps.forEach((one, index) => {
    if (one.cap.max === 0) return;
    const tighter = caps.find(
      (other, place) => other !== one && bindsBefore(other, one) && !(place > index && bindsBefore(one, other)),
    );
    if (tighter !== undefined) sayNeverBinds(one, tighter);
  });
}

function capsOf(id: string, document: Place, conditions: readonly Condition[]): readonly PlacedCap[] {
  return items(child(document, 'caps')).map((place) => {
    const cap = readCap(again(place));
    const all = [...conditions, ...(cap.where === undefined ? [] : [cap.where])];
    return { name: `${id}/${cap.id}`, cap, conditions: new Set(all.map(canonicalJson)), place };
  });
}

/** Whether `tight` has stopped everything by the time that `loose` would stop something. */
function bindsBefore(tight: PlacedCap, loose: PlacedCap): boolean {
  if (tight.cap.max === 0 || !coversAll(tight.cap.covers, loose.cap.covers)) return false;
  if (tight.cap.count !== undefined && tight.cap.count !== loose.cap.count) return false;
  if (![...tight.conditions].every((condition) => loose.conditions.has(condition))) return false;
  return loose.cap.max >= windowsWithin(tight.cap.window, loose.cap.window) * tight.cap.max;
}

function sayNeverBinds({ place, name, cap }: PlacedCap, tighter: PlacedCap): void {
  const related = [{ message: `\`${tighter.name}\` is stricter`, range: rangeOf(tighter.place) }];
  const detail = `\`${name}\` never stops anything: \`${tighter.name}\` covers at least the same messages and never lets more than ${cap.max} through in the same time. Lower this one, or remove it.`;
  fault(demand(place, 'max'), 'CMP204', detail, { related });
}

/** How many windows of `small` at most are needed to cover one of `large`. Days have 24 hours: the two of a year that don't are left aside. */
function windowsWithin(small: Cap['window'], large: Cap['window']): number {
  if (small.kind === 'calendar' && large.kind === 'calendar' && isNested(small.unit, large.unit)) {
    return wholeWindows(small.unit, large.unit);
  }
  const count = Math.ceil(longest(large) / shortest(small));
  // A window of the calendar doesn't begin where the other does: one more is touched.
  return small.kind === 'calendar' ? count + 1 : count;
}

type Unit = Extract<Cap['window'], { readonly kind: 'calendar' }>['unit'];
const daysMax: Readonly<Record<Unit, number>> = { day: 1, week: 7, month: 31, quarter: 92 };
const daysMin: Readonly<Record<Unit, number>> = { day: 1, week: 7, month: 28, quarter: 90 };

/** Whether each window of `large` is made of whole ones of `small`. */
function isNested(small: Unit, large: Unit): boolean {
  return small === large || small === 'day' || (small === 'month' && large === 'quarter');
}

function wholeWindows(small: Unit, large: Unit): number {
  if (small === large) return 1;
  return small === 'month' ? 3 : daysMax[large];
}

function longest(window: Cap['window']): number {
  return window.kind === 'calendar' ? daysMax[window.unit] : daysOf(window.duration, 31);
}

function shortest(window: Cap['window']): number {
  return window.kind === 'calendar' ? daysMin[window.unit] : daysOf(window.duration, 28);
}

function daysOf({ months, days, ms }: Duration, monthDays: number): number {
  return months * monthDays + days + ms / 86_400_000;
}
