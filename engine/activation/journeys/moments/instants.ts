/** When a step is due: exact durations here, calendar ones in the person's zone by the store (one time-zone database decides). */
import type { Duration, StepTime, Weekday } from '../../../compiler/ir.ts';
import type { Batch } from '../../batch.ts';
import { groupBy } from '../evaluate.ts';
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
  const instants = asked.map(({ from, duration }) => new Date(from.getTime() + (duration?.ms ?? 0)));
  const seen: Placed[] = [];
  const unseen: Placed[] = [];
  asked.forEach((one, place) => {
    if (!isLocal(one)) return;
    const request = requestOf(one);
    const isPlain = request.trait === null && request.weekdays === null;
    (isPlain && batch.zones.of(one.profileId) !== undefined ? seen : unseen).push({ place, request });
  });
  const found = await Promise.all([ofPeople(batch, unseen), ofZones(batch, seen)]);
  for (const { place, at } of found.flat()) instants[place] = at;
  return instants;
}

interface Placed {
  readonly place: number;
  readonly request: MomentRequest;
}

interface Found {
  readonly place: number;
  readonly at: Date;
}

async function ofPeople({ session, program }: Batch, all: readonly Placed[]): Promise<readonly Found[]> {
  const requests = all.map(({ request }) => request);
  const moments = await momentsOf(session, requests, program.workspace.zone);
  return all.map(({ place }, i) => ({ place, at: moments[i] as Date }));
}

/** Of people whose zone has been seen: once for all who ask the same of the same zone. */
async function ofZones({ session, program, zones }: Batch, all: readonly Placed[]): Promise<readonly Found[]> {
  const inZone = (one: MomentRequest) => zones.of(one.profileId) ?? program.workspace.zone;
  const groups = groupBy(all, ({ request }) => {
    const { from, months, days, ms, at } = request;
    return `${inZone(request)} ${from.getTime()} ${months} ${days} ${ms} ${at}`;
  });
  const firsts = [...groups.values()].map(([first]) => (first as Placed).request);
  const moments = await momentsInZones(session, firsts, firsts.map(inZone));
  return [...groups.values()].flatMap((group, i) => group.map(({ place }) => ({ place, at: moments[i] as Date })));
}

/** Field by field: there may be thousands. */
function requestOf({ lane, profileId, from, duration, at, days }: Asked): MomentRequest {
  const { months, days: calendarDays, ms } = duration ?? nothing;
  const isPlain = at === null || typeof at === 'string';
  return {
    lane,
    profileId,
    from,
    months,
    days: calendarDays,
    ms,
    at: isPlain ? at : at.else,
    trait: isPlain ? null : at.trait,
    weekdays: days === null ? null : maskOf(days),
  };
}

function maskOf(days: readonly Weekday[]): number {
  return days.reduce((mask, day) => mask | (1 << weekdays.indexOf(day)), 0);
}
