/** Statements over schedule runs and heartbeats. */
import type { Session } from '../../store/session.ts';
import { dueChannels } from '../dispatch/queries.ts';
import { fillMemory } from '../segments/queries.ts';

/** When each of the journeys fired last. */
export async function lastRuns(session: Session, journeys: readonly string[]): Promise<ReadonlyMap<string, Date>> {
  const rows = await session.query<{ journey: string; at: Date }>(
    `select j.journey, r.fire_at as at from unnest($1::text[]) j(journey) cross join lateral (
       select s.fire_at from parcours.schedule_run s where s.journey = j.journey order by s.fire_at desc limit 1) r`,
    [journeys],
  );
  return new Map(rows.map((row) => [row.journey, row.at]));
}

/** Takes a run for this process; false when another one has it. */
export async function takeRun(session: Session, journey: string, fireAt: Date): Promise<boolean> {
  const rows = await session.query(
    'insert into parcours.schedule_run (journey, fire_at) values ($1, $2) on conflict do nothing returning journey',
    [journey, fireAt],
  );
  return rows.length === 1;
}

/** Gives the command to every lane that has a member of the segment, or may have one once what is due there has happened. */
export async function commandLanes(
  session: Session,
  command: { readonly journey: string; readonly segment: string; readonly since: null; readonly after: number },
  t: Date,
): Promise<void> {
  await session.query(
    `insert into parcours.inbox (lane, class, visible_at, kind, body)
     select l.lane, 2, $2, 'schedule', $1::jsonb from parcours.lane l
     where exists (select 1 from parcours.membership m where m.segment = $3 and m.lane = l.lane and m.is_member)
       or exists (select 1 from parcours.membership m where m.lane = l.lane and m.next_change <= $2)
       or l.revision < (select max(r.number) from parcours.revision r)
       or exists (select 1 from parcours.inbox i where i.lane = l.lane and i.visible_at <= $2)`,
    [JSON.stringify(command), t, command.segment],
  );
}

export async function beat(
  session: Session,
  worker: { readonly id: string; readonly host: string; readonly pid: number },
  t: Date,
): Promise<void> {
  await session.query(
    `insert into parcours.worker (worker_id, kind, started_at, beat_at, host, pid) values ($1, 'engine', $2, $2, $3, $4)
     on conflict (worker_id) do update set beat_at = greatest(worker.beat_at, excluded.beat_at)`,
    [worker.id, t, worker.host, worker.pid],
  );
}

/** Ends a heartbeat, and forgets those that stopped long ago. */
export async function stopBeating(session: Session, id: string, longAgo: Date): Promise<void> {
  await session.query('delete from parcours.worker where worker_id = $1 or beat_at < $2', [id, longAgo]);
}

/** Processes whose heart beats. */
export async function liveProcesses(session: Session, since: Date): Promise<number> {
  const rows = await session.query<{ n: number }>('select count(*) as n from parcours.worker where beat_at >= $1', [
    since,
  ]);
  return rows[0]?.n ?? 0;
}

/**
 * Whether a worker would find anything: lanes that are due or behind, rows above the mark, or messages to send that are due from then on (null:
 * any). One statement for the whole process, so that an idle one costs next to nothing.
 */
export async function isAnythingDue(
  session: Session,
  t: Date,
  low: number,
  dueFrom: Date | null,
): Promise<{ lanes: boolean; outbox: boolean; high: number }> {
  const rows = await session.query<{ lanes: boolean; outbox: boolean; high: number }>(
    `select (exists (select 1 from parcours.inbox i where i.seq > $2)
         or exists (select 1 from parcours.lane l
           where l.wake_at <= $1 or l.revision <> (select max(r.number) from parcours.revision r))) as lanes,
       exists (select 1 from parcours.outbox o where o.state = 'ready' and o.due_at <= $1
         and o.due_at >= coalesce($3, '-infinity'::timestamptz)) as outbox,
       coalesce((select max(i.seq) from parcours.inbox i where i.seq > $2), $2) as high`,
    [t, low, dueFrom],
  );
  return rows[0] ?? { lanes: false, outbox: false, high: 0 };
}

const nextDueAt = `least(
       (select min(l.wake_at) from parcours.lane l where l.wake_at > $1),
       (select min(o.due_at) from parcours.outbox o where o.state = 'ready' and o.due_at > $1))`;

/** When a lane or a message of the outbox is due next, after t; null when none is. */
export async function nextDue(session: Session, t: Date): Promise<Date | null> {
  const rows = await session.query<{ at: Date | null }>(`select ${nextDueAt} as at`, [t]);
  return rows[0]?.at ?? null;
}

export interface Ahead {
  /** When a lane or a message of the outbox is due next, after the time; null when none is. */
  readonly at: Date | null;
  /** Channels with something due at the time. */
  readonly channels: readonly string[];
}

/** What is due at t in the outbox, and what is due next. */
export async function lookAhead(session: Session, t: Date): Promise<Ahead> {
  const rows = await session.query<Ahead>(`select ${nextDueAt} as at, array(${dueChannels}) as channels`, [t, null]);
  return rows[0] as Ahead;
}

/** Whether a lane runs under an older revision than the live one. */
export async function isAnyLaneBehind(session: Session): Promise<boolean> {
  const rows = await session.query<{ behind: boolean }>(
    `select exists (select 1 from parcours.lane l where l.revision < (select max(r.number) from parcours.revision r)) as behind`,
  );
  return rows[0]?.behind ?? false;
}

/** Whether the store knows no person yet. */
export async function isNobodyThere(session: Session): Promise<boolean> {
  const rows = await session.query<{ nobody: boolean }>(
    'select not exists (select 1 from parcours.profile p where p.merged_into is null) as nobody',
  );
  return rows[0]?.nobody ?? true;
}

/** Whether imported facts wait that may be taken now. */
export async function isImportWaiting(session: Session, t: Date): Promise<boolean> {
  const rows = await session.query<{ waits: boolean }>(
    'select exists (select 1 from parcours.inbox i where i.class = 4 and i.visible_at <= $1) as waits',
    [t],
  );
  return rows[0]?.waits ?? false;
}

export interface ScaleRow {
  readonly trait: string;
  readonly signature: string;
  readonly computed_at: Date;
  readonly people: number;
}

/** The scales that were worked out, without their bounds. */
export function readScales(session: Session): Promise<ScaleRow[]> {
  return session.query<ScaleRow>(
    'select trait, signature, computed_at, people from parcours.trait_scale order by trait',
  );
}

/** One process works out scales at a time; the lock ends with the transaction, and with it the memory for reading everybody. */
export async function lockScales(session: Session): Promise<void> {
  await session.query(
    `select pg_advisory_xact_lock(hashtextextended('parcours scales', 0)), set_config('work_mem', '${fillMemory}', true)`,
  );
}

/**
 * Works out a scale by a statement of `bounds, people` (whose $1 is the time), and stores it. Where nobody is to be ranked any more,
 * the bounds that stood go on: who comes next is ranked by them. So does a model, where none can be fitted any more.
 */
export async function writeScale(
  session: Session,
  scale: { readonly text: string; readonly values: readonly unknown[] },
  { trait, signature }: { readonly trait: string; readonly signature: string },
): Promise<void> {
  const next = scale.values.length + 1;
  await session.query(
    `insert into parcours.trait_scale (trait, signature, computed_at, people, bounds)
     select $${next}::text, $${next + 1}::text, $1::timestamptz, s.people, s.bounds from (${scale.text}) s
     on conflict (trait) do update set signature = excluded.signature, computed_at = excluded.computed_at,
       people = excluded.people, bounds = excluded.bounds
     where trait_scale.signature <> excluded.signature or trait_scale.people = 0
       or (excluded.people > 0 and (trait_scale.bounds ? 'refused' or not excluded.bounds ? 'refused'))`,
    [...scale.values, trait, signature],
  );
}

/** Whether anything stands in an inbox that may be taken now. */
export async function isAnythingWaiting(session: Session, t: Date): Promise<boolean> {
  const rows = await session.query<{ waits: boolean }>(
    'select exists (select 1 from parcours.inbox i where i.visible_at <= $1) as waits',
    [t],
  );
  return rows[0]?.waits ?? false;
}

export interface FoundScale {
  readonly trait: string;
  readonly bounds: unknown;
  readonly people: number;
}

/** Works out scales by one statement of `trait, bounds, people`. */
export function findScales(
  session: Session,
  scales: { readonly text: string; readonly values: readonly unknown[] },
): Promise<FoundScale[]> {
  return session.query<FoundScale>(scales.text, scales.values);
}

/** Tells every lane that has people to read them by the new scales. */
export async function tellLanesToRefresh(
  session: Session,
  command: { readonly traits: readonly string[]; readonly isFill?: boolean },
  t: Date,
): Promise<void> {
  await session.query(
    `insert into parcours.inbox (lane, class, visible_at, kind, body)
     select l.lane, 2, $2, 'refresh', $1::jsonb from parcours.lane l
     where exists (select 1 from parcours.profile p where p.lane = l.lane)`,
    [JSON.stringify(command), t],
  );
}

/**
 * Counts the members of segments that have no count for the day, at most so many. Two processes may count the same one at once: the
 * first is kept.
 */
export async function countSizes(
  session: Session,
  options: { readonly segments: readonly string[]; readonly day: string; readonly t: Date; readonly limit: number },
): Promise<number> {
  const { segments, day, t, limit } = options;
  const rows = await session.query(
    `insert into parcours.segment_size (segment, day, at, people)
     select u.segment, $2::date, $3, (select count(*) from parcours.membership m where m.segment = u.segment and m.is_member)
     from (select s.segment from unnest($1::text[]) s(segment)
       where not exists (select 1 from parcours.segment_size z where z.segment = s.segment and z.day = $2::date)
       order by s.segment limit $4) u
     on conflict do nothing returning segment`,
    [segments, day, t, limit],
  );
  return rows.length;
}

/**
 * Deletes events of lanes that nobody holds, of each type those before its time; returns the lanes that were looked at. `skip locked`: a lane in
 * a worker's hands is his.
 */
export async function deleteOldEvents(
  session: Session,
  wanted: { readonly lanes: readonly number[]; readonly types: readonly string[]; readonly before: readonly Date[] },
): Promise<readonly number[]> {
  const free = await session.query<{ lane: number }>(
    'select lane from parcours.lane where lane = any($1::smallint[]) order by lane for update skip locked',
    [wanted.lanes],
  );
  const lanes = free.map(({ lane }) => lane);
  if (lanes.length > 0) {
    await session.query(
      `delete from parcours.event e using unnest($2::text[], $3::timestamptz[]) u(type, before)
       where e.lane = any($1::smallint[]) and e.type = u.type and e.occurred_at < u.before`,
      [lanes, wanted.types, wanted.before],
    );
  }
  return lanes;
}

export async function deleteOldCalls(session: Session, before: Date): Promise<void> {
  await session.query('delete from parcours.rejected_call where received_at < $1', [before]);
}

/** Counts what became of the messages since then, by channel. One pass over them: once a day. */
export async function countChannelResults(session: Session, since: Date, day: string): Promise<void> {
  await session.query(
    `insert into parcours.channel_result (channel, sent, delivered, seen, acted, converted, counted_on)
     select m.channel, count(*), count(*) filter (where m.rank >= 3), count(*) filter (where m.rank >= 4), count(*) filter (where m.rank = 5),
       (select count(*) from parcours.conversion c where c.message_channel = m.channel and c.at > $1), $2::date
     from parcours.message m
     where m.created_at > $1 and m.channel is not null and (m.rank >= 2 or (m.state = 'failed' and m.sent_at is not null))
     group by m.channel
     on conflict (channel) do update set sent = excluded.sent, delivered = excluded.delivered, seen = excluded.seen,
       acted = excluded.acted, converted = excluded.converted, counted_on = excluded.counted_on`,
    [since, day],
  );
}

/** Whether they were counted on that day. */
export async function areResultsCounted(session: Session, day: string): Promise<boolean> {
  const rows = await session.query<{ is_done: boolean }>(
    'select exists (select from parcours.channel_result where counted_on >= $1::date) as is_done',
    [day],
  );
  return rows[0]?.is_done ?? false;
}
