/**
 * Applicants by events and what follows them: at once when the other event comes, or when the time in which it could have come is over
 * and it hasn't (abandonment, debounce). History and what is older than `trigger_max_age` opens nothing.
 */
import type { LinkedTrigger } from '../../../compiler/linked-trigger.ts';
import { intervalText } from '../../../compiler/pair.ts';
import { eventsFollowed, eventsNotFollowed } from '../../../compiler/trigger-sql.ts';
import type { Batch } from '../../batch.ts';
import type { TriggeringEvent } from '../../facts/record.ts';
import { arraysOf } from '../../people.ts';
import type { Applicant } from './applicant.ts';
import { whoseEventMatches } from './applicants.ts';
import { deleteWakes, insertWaitingEvents, readWakes, type WakeRow } from './wakes/queries.ts';

type EventTrigger = Extract<LinkedTrigger['trigger'], { readonly kind: 'event' }>;
type Followed = LinkedTrigger & { readonly trigger: EventTrigger & { readonly followed: object } };

function followedTriggers(batch: Batch, not: boolean): readonly Followed[] {
  return batch.program.triggers.filter(
    (one): one is Followed => one.trigger.kind === 'event' && one.trigger.followed?.not === not,
  );
}

/** Notes when to look again at events that must not be followed. */
export async function keepWaiting(batch: Batch, events: readonly TriggeringEvent[]): Promise<void> {
  const live = events.filter(({ isLooped }) => !isLooped);
  for (const { name, trigger } of live.length === 0 ? [] : followedTriggers(batch, true)) {
    const typed = live.filter(({ type }) => trigger.types.includes(type));
    const matching = typed.length === 0 ? [] : await whoseEventMatches(batch, name, trigger, typed);
    const { within } = trigger.followed;
    if (matching.length === 0 || within === null) continue;
    const rows = matching.map(({ lane, profileId, eventId, type, at }) => {
      return { lane, profileId, trigger: name, eventId, type, at: new Date(at) };
    });
    // Late ones are due at once: the lane is, when this is over.
    batch.writes.later(insertWaitingEvents(batch.session, rows, intervalText(within)));
  }
}

/** Applicants whose event was followed just now, or wasn't in time. */
export async function applicantsByFollowing(
  batch: Batch,
  events: readonly TriggeringEvent[],
  woken: ReadonlyMap<string, ReadonlySet<number>>,
): Promise<readonly Applicant[]> {
  const live = events.filter(({ isLooped }) => !isLooped);
  const followed = followedTriggers(batch, false).map((one) => byFollowed(batch, one, live));
  const waited = followedTriggers(batch, true)
    .filter(({ name }) => woken.has(name))
    .map((one) => byNotFollowed(batch, one, woken.get(one.name) ?? new Set()));
  return (await Promise.all([...followed, ...waited])).flat();
}

/** Columns of events by which they are found. */
function placesOf(
  rows: readonly { lane: number; profileId: number; type: string; at: Date; eventId: number }[],
): readonly unknown[] {
  return [
    rows.map((one) => one.lane),
    rows.map((one) => one.profileId),
    rows.map((one) => one.type),
    rows.map((one) => one.at),
    rows.map((one) => one.eventId),
  ];
}

/** The enrollment begins with what followed, so that it doesn't count for the goal; `entry` reads the first event. */
async function byFollowed(
  batch: Batch,
  linked: Followed,
  events: readonly TriggeringEvent[],
): Promise<readonly Applicant[]> {
  const { types, followed } = linked.trigger;
  const come = events.filter(({ type }) => types.includes(type) || followed.types.includes(type));
  const journey = batch.program.journeys.get(linked.journey);
  if (come.length === 0 || journey === undefined) return [];
  const { text, rest } = batch.statements.ofTrigger(linked, eventsFollowed);
  const columns = placesOf(come.map((one) => ({ ...one, at: new Date(one.at) })));
  const rows = await batch.session.query<{
    readonly i: number;
    readonly event_id: number;
    readonly type: string;
    readonly properties: Readonly<Record<string, unknown>>;
    readonly at: Date;
  }>(text, [batch.t, ...columns, ...rest]);
  const once = new Map(rows.map((row) => [`${come[row.i - 1]?.profileId} ${row.event_id}`, row]));
  return [...once.values()].map(({ i, type, properties, at }): Applicant => {
    const { lane, profileId, hop } = come[i - 1] as TriggeringEvent;
    const because = `event ${type}, followed`;
    return { lane, profileId, journey, at, entry: properties, because, opens: type, hop };
  });
}

/** The enrollment begins with the event that nothing followed: what happened since it counts for goal and exits. */
async function byNotFollowed(
  batch: Batch,
  linked: Followed,
  profiles: ReadonlySet<number>,
): Promise<readonly Applicant[]> {
  const people = [...batch.people.all.values()].filter(({ profileId }) => profiles.has(profileId));
  const rows = await readWakes(batch.session, arraysOf(people), [linked.name], batch.t);
  const journey = batch.program.journeys.get(linked.journey);
  if (rows.length === 0 || journey === undefined) return [];
  const waited = rows.map((row) => ({
    ...placeOf(row),
    type: row.of ?? '',
    at: row.at as Date,
    eventId: Number(row.key),
  }));
  batch.writes.later(deleteWakes(batch.session, rows.map(placeOf)));
  const { text, rest } = batch.statements.ofTrigger(linked, eventsNotFollowed);
  const found = await batch.session.query<{
    readonly i: number;
    readonly properties: Readonly<Record<string, unknown>>;
  }>(text, [batch.t, ...placesOf(waited), ...rest]);
  return found.map(({ i, properties }): Applicant => {
    const { lane, profileId, type, at } = waited[i - 1] as (typeof waited)[number];
    const because = `event ${type}, not followed`;
    return { lane, profileId, journey, at, entry: properties, because, opens: type };
  });
}

function placeOf({ lane, profile_id: profileId, trigger, key }: WakeRow) {
  return { lane, profileId, trigger, key };
}
