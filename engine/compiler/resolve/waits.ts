/** Waits of journeys: for a length of time, until a moment, for a condition, for the first of several. */
import type { Duration, StepAction, StepTime, WaitMoment, Weekday } from '../ir.ts';
import { useTrait } from '../references.ts';
import { readConditionAt } from './check-messages.ts';
import { weekdays } from './hours.ts';
import { atStep, atWait, type JourneyNames } from './journey-names.ts';
import { child, demand, fault, isMap, items, type Place, textAt, textOf } from './place.ts';
import { readMoment } from './refs.ts';
import { capital, readDuration } from './values.ts';

const noTime: Duration = { months: 0, days: 0, ms: 0 };

/** How late something may be; `0h` is not at all. */
export function readLateness(place: Place): Duration {
  return /^0+\D/.test(textOf(place)) ? noTime : readDuration(place);
}

/** Days in the order of the week. */
export function readDays(place: Place | undefined): readonly Weekday[] {
  const named = new Set(items(place).map(textOf));
  return weekdays.filter((day) => named.has(day));
}

/** A clock, or the hour that a trait holds. */
export function readStepTime(place: Place): StepTime {
  if (!isMap(place.value)) return textOf(place);
  const named = demand(place, 'trait');
  const trait = useTrait(named, textOf(named));
  if (trait !== undefined && trait.type !== 'integer' && trait.type !== 'text') {
    const detail = `Trait \`${textOf(named)}\` is of type ${trait.type}. The time of a step is an hour from 0 to 23 (integer), or a text such as 18:30.`;
    fault(named, 'CMP020', detail);
  }
  return { trait: textOf(named), else: textOf(demand(place, 'else')) };
}

/** `wait: 2d`, or `wait: { until: … }`. */
export function readWait(place: Place, names: JourneyNames, order: number): StepAction {
  if (!isMap(place.value)) return { kind: 'wait', duration: readDuration(place) };
  const late = child(place, 'late');
  return {
    kind: 'wait_until',
    until: readWaitMoment(demand(place, 'until'), names, order),
    at: textAt(place, 'at') ?? null,
    late: late === undefined ? null : readLateness(late),
  };
}

function readWaitMoment(place: Place, names: JourneyNames, order: number): WaitMoment {
  if (!isMap(place.value)) return readWaitDate(place, names, order);
  const weekday = child(place, 'weekday');
  if (weekday !== undefined) return { kind: 'weekday', days: readDays(weekday) };
  const anniversary = child(place, 'anniversary');
  if (anniversary === undefined) return { kind: 'business_day' };
  return {
    kind: 'anniversary',
    trait: readDateTrait(anniversary),
    feb29: (textAt(place, 'feb_29') ?? 'feb-28') as Extract<WaitMoment, { readonly kind: 'anniversary' }>['feb29'],
  };
}

/** The name of a trait that holds a date. */
export function readDateTrait(place: Place): string {
  const name = textOf(place);
  const trait = useTrait(place, name);
  if (trait !== undefined && trait.type !== 'date' && trait.type !== 'datetime') {
    const detail = `Trait \`${name}\` is of type ${trait.type}, and only dates have anniversaries. Name a trait of type date or datetime.`;
    fault(place, 'CMP020', detail);
  }
  return name;
}

const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** `MM-DD` as numbers; says when no year has the day. */
export function readMonthDay(place: Place): { readonly month: number; readonly day: number } {
  const [month = 0, day = 0] = textOf(place).split('-').map(Number);
  const last = daysOfMonth[month - 1] ?? 31;
  if (day > last) {
    fault(place, 'CMP024', `\`${textOf(place)}\` is no day: the month has ${last} days. Write \`MM-DD\`, month first.`);
  }
  return { month, day };
}

function readWaitDate(place: Place, names: JourneyNames, order: number): WaitMoment {
  if (/^\d{2}-\d{2}$/.test(textOf(place))) return { kind: 'month_day', ...readMonthDay(place) };
  const moment = readFixedMoment(place, atStep(names, order), 'A wait for a length of time is written `wait: 2d`.');
  return { kind: 'moment', moment: moment ?? { kind: 'today' } };
}

/** A moment that doesn't move with the present: a date that something holds, or an instant. Undefined after saying why not. */
export function readFixedMoment(place: Place, stand: ReturnType<typeof atStep>, remedy: string) {
  const moment = readMoment(place, stand);
  if (moment === undefined || moment.kind === 'relative' || moment.kind === 'instant') return moment;
  const detail = `${capital(`\`${textOf(place)}\``)} moves with the present, so it never comes nearer. ${remedy} Name a trait or field that holds a date, such as \`7d before renewal_date\`.`;
  fault(place, 'CMP151', detail);
  return undefined;
}

type Arms = Extract<StepAction, { readonly kind: 'wait_for_first' }>['arms'];

/** `wait_for` a condition, or the first of several arms, whose steps are read by `readArm`. */
export function readWaitFor(
  step: Place,
  {
    names,
    order,
    readSteps,
  }: {
    readonly names: JourneyNames;
    readonly order: number;
    readonly readSteps: (list: Place | undefined) => Arms[number]['steps'];
  },
): StepAction {
  const waited = demand(step, 'wait_for');
  const duration = readDuration(demand(step, 'for'));
  const list = items(waited);
  const armed = list.filter((one) => child(one, 'when') !== undefined);
  if (armed.length === 0) {
    return { kind: 'wait_for', if: readConditionAt(waited, atWait(names, order)), for: duration };
  }
  const plain = list.find((one) => !armed.includes(one));
  if (plain !== undefined) {
    const detail =
      'Some of this list are arms, and this is a condition without steps: it is not clear what follows when it comes true. Write `{ when: …, steps: [ … ] }`.';
    fault(plain, 'CMP182', detail);
  }
  const then = child(step, 'then');
  if (then !== undefined) {
    const detail =
      'A wait with arms has no `then`: each arm says what follows. Move these steps into the arms, or after the wait.';
    fault(then, 'CMP152', detail, { on: 'key' });
  }
  const arms = armed.map((arm) => ({
    if: readConditionAt(demand(arm, 'when'), atWait(names, order)),
    steps: readSteps(child(arm, 'steps')),
  }));
  return { kind: 'wait_for_first', arms, for: duration };
}
