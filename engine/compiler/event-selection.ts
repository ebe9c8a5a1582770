/**
 * Which of a person's events count at t, as SQL: their types, the window, the tests, what followed them; and when each begins to
 * count and ceases to. What is asked of those that count is in `event-sql.ts`.
 */
import type { Duration, EventSelection, Follow, PropertyTest } from './ir.ts';
import { calendarBounds, fixedMoment, turnsBefore } from './moment-sql.ts';
import { eventsIn, infinity, type Lanes, type Pair, type Reading, windowInterval } from './pair.ts';
import { changesWithTime } from './reading.ts';
import { join, param, raw, type Sql, sql } from './sql.ts';
import { testsHold, testsPair } from './value-sql.ts';

/** What events are read with, beside the time and zone. */
export interface EventReading extends Reading {
  /** The instant of an anchor of the enrollment. */
  anchor(name: string): Sql;
  /** The enrollment's value that `match` compares with, as jsonb. */
  match(property: string): Sql;
}

/** The person's events `e` of a type (or of `any(…)`) that lie in the window at t and pass the tests. */
export function selected(events: EventSelection, type: Sql, scope: EventReading, lanes: Lanes | null = null): Sql {
  return sql`e.lane = p.lane and e.type = ${type} and e.profile_id = p.profile_id and ${passing(events, scope, lanes)}`;
}

/** The same of everybody's events: those of the types that have happened, and which of these are meant (null: all). */
export function totalled(
  events: EventSelection,
  scope: EventReading,
  lanes: Lanes | null,
): { readonly where: Sql; readonly only: Sql | null } {
  const parts = narrowing(events, scope, lanes);
  const where = sql`e.type = ${typesOf(events)} and ${happened(scope, lanes)}`;
  return { where, only: parts.length === 0 ? null : join(parts, ' and ') };
}

function passing(events: EventSelection, scope: EventReading, lanes: Lanes | null = null): Sql {
  return join([happened(scope, lanes), ...narrowing(events, scope, lanes)], ' and ');
}

function happened({ t }: EventReading, lanes: Lanes | null): Sql {
  const isPast = sql`e.occurred_at <= ${t}`;
  // Nearly all have: over whole lanes it's a filter of what was read, since as a bound of the index it costs each row more.
  return lanes === null ? isPast : sql`(${isPast}) is true`;
}

/** What the selection asks of events that have happened. */
function narrowing(events: EventSelection, scope: EventReading, lanes: Lanes | null): readonly Sql[] {
  const parts = [...windowParts(events, scope)];
  if (events.match !== undefined) {
    parts.push(equalValues(sql`(e.properties -> ${param(events.match)}::text)`, scope.match(events.match)));
  }
  if (events.where.length > 0) parts.push(testsHold(events.where, raw('e.properties'), scope));
  if (events.followed !== undefined) {
    parts.push(followPair(events.followed, events.window, scope, lanes).holds);
  }
  return parts;
}

export function typesOf({ types }: Pick<EventSelection, 'types'>): Sql {
  const [only, second] = types;
  return only !== undefined && second === undefined ? sql`${param(only)}::text` : sql`any(${param(types)}::text[])`;
}

function windowParts({ window, until }: EventSelection, scope: EventReading): readonly Sql[] {
  const parts: Sql[] = [];
  const sliding = slidingWindow(window);
  if (sliding !== null) parts.push(inWindow(sliding, scope.t));
  else if (window.kind === 'since') parts.push(sql`e.occurred_at > ${scope.anchor(window.anchor)}`);
  else if (window.kind === 'calendar') parts.push(sql`e.occurred_at >= ${calendarBounds(window.unit, scope).start}`);
  else if (window.kind === 'from') parts.push(sql`e.occurred_at >= ${windowStart(window.moment, scope)}`);
  const end = until === undefined ? null : fixedMoment(until, scope);
  if (end !== null) parts.push(sql`e.occurred_at < ${end}`);
  return parts;
}

function windowStart(
  moment: Extract<EventSelection['window'], { readonly kind: 'from' }>['moment'],
  scope: EventReading,
): Sql {
  if (moment.kind === 'today') return calendarBounds('day', scope).start;
  // Nothing has happened yet since a moment to come.
  return moment.kind === 'ahead' ? infinity : (fixedMoment(moment, scope) as Sql);
}

/**
 * `occurred_at <= t < occurred_at + d`. With days of 24 hours that is a bound of the index; months need the exact form beside a
 * bound that is a few days wider, because subtracting months flips at month ends.
 */
function inWindow(duration: Duration, t: Sql): Sql {
  const interval = windowInterval(duration);
  if (duration.months === 0) return sql`e.occurred_at > ${earliest(duration, t)}`;
  // For all but those few days a comparison decides; adding months is what costs.
  const surely = sql`e.occurred_at > (select ${t} - ${interval} + interval '4 days')`;
  return sql`e.occurred_at > ${earliest(duration, t)} and (${surely} or e.occurred_at + ${interval} > ${t})`;
}

/** What is not after it can't be in the window. */
function earliest(duration: Duration, t: Sql): Sql {
  const start = sql`${t} - ${windowInterval(duration)}`;
  return duration.months === 0 ? start : sql`${start} - interval '4 days'`;
}

export function slidingWindow(window: EventSelection['window']): Duration | null {
  if (window.kind === 'in_last') return window.duration;
  return window.kind === 'from' && window.moment.kind === 'ago' ? window.moment.duration : null;
}

/**
 * Whether events count from the instant at which they happen until they leave the window. Not so when something must not follow
 * them for a while, or when a test of theirs moves with the time.
 */
export function countsAtOnce({ until, followed, where }: EventSelection): boolean {
  const waits = followed?.not === true && followed.within !== null;
  const turns = where.some(isTimed) || followed?.where.some(isTimed) === true;
  return !waits && !turns && (until === undefined || until.kind === 'instant' || until.kind === 'relative');
}

function isTimed({ test }: PropertyTest): boolean {
  return changesWithTime(test);
}

/** When an event that happened at `at` begins to count. */
function entersAt({ until, followed }: EventSelection, at: Sql, scope: EventReading): Sql {
  const parts = [at];
  if (followed?.not === true && followed.within !== null) parts.push(sql`${at} + ${windowInterval(followed.within)}`);
  if (until !== undefined && (until.kind === 'ago' || until.kind === 'today'))
    parts.push(turnsBefore(until, at, scope));
  return sql`greatest(${join(parts, ', ')})`;
}

/** When an event that happened at `at` leaves the window; null: never. */
export function leavesAt({ window }: EventSelection, at: Sql, scope: EventReading): Sql | null {
  const sliding = slidingWindow(window);
  if (sliding !== null) return sql`${at} + ${windowInterval(sliding)}`;
  if (window.kind === 'calendar') return calendarBounds(window.unit, scope).end;
  if (window.kind === 'from' && window.moment.kind === 'today') return calendarBounds('day', scope).end;
  return null;
}

/** The events `e` that count at t, as what stands between `from` and the grouping. */
export function countingEvents(events: EventSelection, scope: EventReading): Sql {
  if (countsAtOnce(events)) return sql`parcours.event e where ${selected(events, typesOf(events), scope)}`;
  const rows = timedRows(events, scope, raw(', e.occurred_at, e.value, e.unit, e.properties'));
  return sql`(${rows}) e where e.counts`;
}

/** Rows of events with whether each counts at t, and when that turns (null: never by time alone). */
export function timedRows(events: EventSelection, scope: EventReading, more: Sql): Sql {
  const { steady, counts, turns } = timedEvents(events, scope);
  return sql`select e.occurred_at as at, e.event_id, (${counts}) as counts, ${turns} as turns${more} from parcours.event e where ${selected(steady, typesOf(events), scope)}`;
}

/** The events that may count at some time, whether each does at t, and when that turns. */
export function timedEvents(
  events: EventSelection,
  scope: EventReading,
): { readonly steady: EventSelection; readonly counts: Sql; readonly turns: Sql } {
  const { t } = scope;
  const enters = entersAt(events, raw('e.occurred_at'), scope);
  const leaves = leavesAt(events, raw('e.occurred_at'), scope);
  const hasLeft = leaves === null ? raw('') : sql` when ${leaves} > ${t} then ${leaves}`;
  const notLeft = leaves === null ? raw('') : sql` and ${leaves} > ${t}`;
  const { steady, moving } = splitTimed(events, scope);
  const passes = join([raw('true'), ...moving.map(({ holds }) => sql`(${holds})`)], ' and ');
  const turns = [
    sql`case when ${enters} > ${t} then ${enters}${hasLeft} end`,
    ...moving.flatMap(({ nextChange }) => (nextChange === null ? [] : [sql`nullif(${nextChange}, 'infinity')`])),
  ];
  return { steady, counts: sql`${enters} <= ${t}${notLeft} and ${passes}`, turns: sql`least(${join(turns, ', ')})` };
}

/** What choosing the rows must leave out since it moves with the time: asked of each row instead. */
function splitTimed(
  events: EventSelection,
  scope: EventReading,
): { readonly steady: EventSelection; readonly moving: readonly Pair[] } {
  const { where, followed, ...rest } = events;
  const timed = where.filter(isTimed);
  const follows = followed?.where.some(isTimed) === true ? followed : undefined;
  return {
    steady: {
      ...rest,
      where: where.filter((one) => !isTimed(one)),
      ...(followed !== undefined && follows === undefined && { followed }),
    },
    moving: [
      ...(timed.length === 0 ? [] : [testsPair(timed, raw('e.properties'), scope)]),
      ...(follows === undefined ? [] : [followPair(follows, events.window, scope)]),
    ],
  };
}

/**
 * Whether an event `f` came strictly after `e`, up to t, in time, with the same value of the property that both share. As with
 * every window, what happens at the very end of `within` is too late: at that instant it's certain that nothing followed.
 */
export function followPair(
  follow: Follow,
  window: EventSelection['window'],
  scope: EventReading,
  lanes: Lanes | null = null,
): Pair {
  const later =
    follow.isWhenever === true ? raw('') : sql` and f.occurred_at > e.occurred_at and f.occurred_at <= ${scope.t}`;
  const parts = [sql`f.lane = e.lane and f.type = ${typesOf(follow)} and f.profile_id = e.profile_id${later}`];
  // Read for whole lanes, these may be read by themselves, and then no further than those.
  if (lanes !== null) parts.push(eventsIn('f', lanes));
  // What follows an event of the window can't be older than the window: said once more, for who reads it by itself.
  const sliding = slidingWindow(window);
  if (sliding !== null && follow.isWhenever !== true) parts.push(sql`f.occurred_at > ${earliest(sliding, scope.t)}`);
  if (follow.within !== null) parts.push(sql`f.occurred_at < e.occurred_at + ${windowInterval(follow.within)}`);
  if (follow.match !== null) {
    const property = sql`${param(follow.match)}::text`;
    parts.push(equalValues(sql`(f.properties -> ${property})`, sql`(e.properties -> ${property})`));
  }
  const from = sql`from parcours.event f where ${join(parts, ' and ')}`;
  const { holds, nextChange } = testsPair(follow.where, raw('f.properties'), scope);
  return {
    holds: sql`${raw(follow.not ? 'not exists' : 'exists')} (select 1 ${from} and ${holds})`,
    nextChange: nextChange === null ? null : sql`(select min(${nextChange}) ${from})`,
  };
}

/** A stored null is no value, so it's equal to nothing. */
export function equalValues(one: Sql, other: Sql): Sql {
  return sql`${one} = ${other} and ${one} <> 'null'`;
}
