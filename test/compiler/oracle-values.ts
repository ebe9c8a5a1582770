/** One stored value against one test, as the language means it. What conditions ask of people is in `oracle.ts`. */
import type {
  Duration,
  Feb29,
  Moment,
  Money,
  PropertyTest,
  Value,
  ValueRef,
  ValueTest,
  ValueType,
} from '../../engine/compiler/ir.ts';
import { addDuration, dayMs, localDay, moveByCalendar, unitStart } from './oracle-clock.ts';
import { midnightOf } from './oracle-midnight.ts';

/** When and where a value is read, and what references name. */
export interface Present {
  readonly t: number;
  readonly zone: string;
  value(ref: ValueRef): unknown;
}

/** A value of the wrong type is missing, and a missing value fails every test. */
export function passes(type: ValueType, test: ValueTest, stored: unknown, present: Present): boolean {
  if (!isOfType(type, stored)) return false;
  switch (test.op) {
    case 'exists':
      return true;
    case 'is':
      return order(stored, test.value) === 0;
    case 'in':
      return test.values.some((value) => order(stored, value) === 0);
    case 'gt':
      return order(stored, test.value) > 0;
    case 'gte':
      return order(stored, test.value) >= 0;
    case 'lt':
      return order(stored, test.value) < 0;
    case 'lte':
      return order(stored, test.value) <= 0;
    case 'between':
      return order(stored, test.low) >= 0 && order(stored, test.high) <= 0;
    case 'contains':
      return Array.isArray(stored) ? stored.includes(test.value) : (stored as string).includes(test.value);
    case 'starts_with':
      return (stored as string).startsWith(test.value);
    case 'ends_with':
      return (stored as string).endsWith(test.value);
    case 'matches':
      return new RegExp(test.pattern, 'u').test(stored as string);
    case 'same_as': {
      const other = present.value(test.ref);
      return isOfType(test.ref.type, other) && isSame(stored, other);
    }
    case 'some':
      return (stored as readonly unknown[]).some(
        (element) => isObject(element) && allPass(test.where, element, present),
      );
    case 'anniversary_in_next':
    case 'anniversary_in_last':
      return comesRound(test, dayOf(type, stored as number, present.zone), present);
    default:
      return passesInTime(test, instantOf(type, stored as number, present.zone), present);
  }
}

/** Every test of the properties of an object; one that is negated holds where the value is missing. */
export function allPass(
  where: readonly PropertyTest[],
  object: Readonly<Record<string, unknown>>,
  present: Present,
): boolean {
  return where.every(({ property, type, not, test }) => passes(type, test, object[property], present) !== not);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isOfType(type: ValueType, stored: unknown): boolean {
  switch (type) {
    case 'text':
    case 'id':
    case 'enum':
      return typeof stored === 'string';
    case 'boolean':
      return typeof stored === 'boolean';
    case 'list':
      return Array.isArray(stored);
    case 'money': {
      const { amount, currency } = (stored ?? {}) as { readonly amount?: unknown; readonly currency?: unknown };
      return typeof amount === 'number' && typeof currency === 'string';
    }
    default:
      return typeof stored === 'number';
  }
}

/** Equal values; nothing at all equals nothing. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === undefined || one === null || other === undefined || other === null) return false;
  return canonical(one) === canonical(other);
}

/** A text that is the same for equal values, whatever the order of keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

/** Less, equal or greater; not a number for what can't be compared (another currency), which fails every comparison. */
function order(stored: unknown, value: Value): number {
  if (typeof value === 'object') {
    const { amount, currency } = stored as Money;
    return currency === (value as Money).currency ? amount - (value as Money).amount : Number.NaN;
  }
  if (typeof stored === 'number' && typeof value === 'number') return Math.sign(stored - value);
  if (typeof stored === 'boolean') return stored === value ? 0 : Number.NaN;
  return Buffer.compare(Buffer.from(String(stored), 'utf8'), Buffer.from(String(value), 'utf8'));
}

/** Years 1900 to 9999; anything else is no instant. */
export function instantOf(type: ValueType, stored: number, zone: string): number {
  const inRange = stored >= (type === 'date' ? -25_567 : -2_208_988_800_000);
  if (!inRange || stored > (type === 'date' ? 2_932_896 : 253_402_300_799_999)) return Number.NaN;
  return type === 'date' ? midnightOf(stored, zone) : stored;
}

function dayOf(type: ValueType, stored: number, zone: string): number {
  const at = instantOf(type, stored, zone);
  return Number.isNaN(at) ? at : type === 'date' ? stored : localDay(at, zone);
}

type TimeTest = Extract<ValueTest, { readonly op: 'before' | 'after' | 'in_last' | 'in_next' }>;

function passesInTime(test: TimeTest, at: number, present: Present): boolean {
  if (Number.isNaN(at)) return false;
  const { t } = present;
  switch (test.op) {
    case 'before':
      return isBefore(at, test.moment, present) === true;
    case 'after':
      return isBefore(at, test.moment, present) === false;
    case 'in_last':
      return at <= t && t < addDuration(at, test.duration);
    case 'in_next':
      return addDuration(at, test.duration, -1) <= t && t < at;
  }
}

/**
 * `before 7d ago` is true from the very instant that is 7 days after the value. Null where the moment is missing, so that the
 * value is neither before it nor after.
 */
export function isBefore(at: number, moment: Moment, present: Present): boolean | null {
  const { t, zone } = present;
  switch (moment.kind) {
    case 'instant':
      return at < moment.at;
    case 'ago':
      return addDuration(at, moment.duration) <= t;
    case 'ahead':
      return addDuration(at, moment.duration, -1) <= t;
    case 'today':
      return at < unitStart('day', t, zone, 0);
    case 'relative': {
      const to = relativeMoment(moment, present);
      return Number.isNaN(to) ? null : at < to;
    }
  }
}

function relativeMoment(moment: Extract<Moment, { readonly kind: 'relative' }>, present: Present): number {
  const { to, side, offset } = moment;
  const stored = present.value(to);
  const at = isOfType(to.type, stored) ? instantOf(to.type, stored as number, present.zone) : Number.NaN;
  if (offset === null || Number.isNaN(at)) return at;
  return moveByCalendar(at, offset, side === 'before' ? -1 : 1, present.zone);
}

interface RoundTest {
  readonly op: 'anniversary_in_next' | 'anniversary_in_last';
  readonly duration: Duration;
  readonly feb29: Feb29;
}

function comesRound(test: RoundTest, day: number, { t, zone }: Present): boolean {
  if (Number.isNaN(day)) return false;
  const rounds = anniversaries(day, test.feb29, t, zone);
  return test.op === 'anniversary_in_next'
    ? rounds.some((at) => addDuration(at, test.duration, -1) <= t && t < at)
    : rounds.some((at) => at <= t && t < addDuration(at, test.duration));
}

/** The first instants of a day's anniversaries around t; the first of all is a year after the day. */
export function anniversaries(day: number, feb29: Feb29, t: number, zone: string): readonly number[] {
  const date = new Date(day * dayMs);
  const [born, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const around = Math.max(born + 5, new Date(t).getUTCFullYear());
  const found: number[] = [];
  for (let year = around - 9; year <= around + 9; year += 1) {
    if (year <= born) continue;
    const round = new Date(Date.UTC(year, month, dayOfMonth));
    const isThere = round.getUTCDate() === dayOfMonth;
    if (!isThere && feb29 === 'skip') continue;
    // 29 February of another year runs over to 1 March.
    const shown = isThere || feb29 === 'mar-01' ? round.getTime() : round.getTime() - dayMs;
    found.push(midnightOf(shown / dayMs, zone));
  }
  return found;
}
