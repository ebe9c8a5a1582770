/** When a step is due: exact durations here, calendar ones in the person's zone by the store (one time-zone database decides). */
import type { Duration, StepTime, Weekday } from '../../../compiler/ir.ts';
import type { Batch } from '../../batch.ts';
import { type MomentRequest, momentsInZones, momentsOf } from './queries.ts';

/** When something of a person is due, counted from an instant. */
export interface Asked {
  readonly lane: number;
  readonly profileId: number;
  readonly from: Date;
  readonly duration: Duration | null;
  readonly at: StepTime | null;
  /** The first of these days that comes. */
  readonly days: readonly Weekday[] | null;
}

const nothing: Duration = { months: 0, days: 0, ms: 0 };

/** Bits of the week, Monday first. */
const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Whether the person's zone has a say. */
export function isLocal({ duration, at, days }: Pick<Asked, 'duration' | 'at' | 'days'>): boolean {
  return at !== null || days !== null || (duration !== null && (duration.months !== 0 || duration.days !== 0));
}

/** The instants asked for, in order. Only calendar durations, clock times and days of the week cost a statement. */
export async function instantsFrom(batch: Batch, asked: readonly Asked[]): Promise<readonly Date[]> {
  const { session, program, zones } = batch;
  const usual = program.workspace.zone;
  const instants = new Array<Date>(asked.length);
  const unseen: Question[] = [];
  const seen = questionsByZone();
  for (const [place, one] of asked.entries()) {
    if (!isLocal(one)) {
      instants[place] = new Date(one.from.getTime() + (one.duration?.ms ?? 0));
      continue;
    }
    const zone = isPlain(one) ? zones.of(one.profileId) : undefined;
    if (zone === undefined) unseen.push({ one, places: [place] });
    else seen.ask(zone ?? usual, one, place);
  }
  const answer = (questions: readonly Question[], moments: readonly Date[]) => {
    for (const [i, { places }] of questions.entries()) for (const place of places) instants[place] = moments[i] as Date;
  };
  const inZones = seen.all();
  const [ofPeople, ofZones] = await Promise.all([
    momentsOf(session, unseen.map(requestOf), usual),
    momentsInZones(
      session,
      inZones.map(requestOf),
      inZones.map(({ zone }) => zone),
    ),
  ]);
  answer(unseen, ofPeople);
  answer(inZones, ofZones);
  return instants;
}

/** What is asked for the first of those who ask the same, and the places of all of them. */
interface Question {
  readonly one: Asked;
  readonly places: number[];
}

interface ZoneQuestion extends Question {
  readonly zone: string;
}

/** Asked once for all who ask the same of the same zone; there may be thousands, most of whom ask what the one before did. */
function questionsByZone() {
  const byZone = new Map<string, ZoneQuestion[]>();
  const isSame = (a: Asked, b: Asked) =>
    a.from.getTime() === b.from.getTime() && a.duration === b.duration && a.at === b.at;
  return {
    ask(zone: string, one: Asked, place: number): void {
      const known = byZone.get(zone);
      const last = known?.at(-1);
      if (last !== undefined && isSame(last.one, one)) last.places.push(place);
      else if (known === undefined) byZone.set(zone, [{ zone, one, places: [place] }]);
      else known.push({ zone, one, places: [place] });
    },
    all: (): readonly ZoneQuestion[] => [...byZone.values()].flat(),
  };
}

/** Whether nothing of the person but his zone has a say. */
function isPlain({ at, days }: Asked): boolean {
  return days === null && (at === null || typeof at === 'string');
}

/** Field by field: there may be thousands. */
function requestOf({ one: { lane, profileId, from, duration, at, days } }: Question): MomentRequest {
  const { months, days: calendarDays, ms } = duration ?? nothing;
  const isSaid = at === null || typeof at === 'string';
  return {
    lane,
    profileId,
    from,
    months,
    days: calendarDays,
    ms,
    at: isSaid ? at : at.else,
    trait: isSaid ? null : at.trait,
    weekdays: days === null ? null : maskOf(days),
  };
}

function maskOf(days: readonly Weekday[]): number {
  return days.reduce((mask, day) => mask | (1 << weekdays.indexOf(day)), 0);
}
