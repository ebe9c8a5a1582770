/** Statements over splits that learn: who took which arm, what came of it, and how arms are chosen now. */
import type { Session } from '../../store/session.ts';

export interface Choice {
  readonly lane: number;
  readonly profileId: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly step: string;
  /** Of the `repeat` around it; else 0. */
  readonly round: number;
  readonly arm: string;
}

/** Notes who took which arm. */
export async function insertChoices(session: Session, rows: readonly Choice[], t: Date): Promise<void> {
  await session.query(
    `insert into parcours.split_choice (lane, profile_id, journey, key, n, step, round, arm, at)
     select u.lane, u.profile_id, u.journey, u.key, u.n, u.step, u.round, u.arm, $9
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::integer[], $8::text[])
       u(lane, profile_id, journey, key, n, step, round, arm)`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.journey),
      rows.map((r) => r.key),
      rows.map((r) => r.n),
      rows.map((r) => r.step),
      rows.map((r) => r.round),
      rows.map((r) => r.arm),
      t,
    ],
  );
}

export interface SplitState {
  /** By the id of an arm; null: as the file says. */
  readonly shares: Readonly<Record<string, number>> | null;
  /** The arm that everybody takes. */
  readonly winner: string | null;
  readonly decided_at: Date | null;
}

/** How the arms of a split are chosen now; null: nothing was worked out yet. */
export async function readSplitState(session: Session, journey: string, step: string): Promise<SplitState | null> {
  const rows = await session.query<SplitState>(
    'select shares, winner, decided_at from parcours.split_state where journey = $1 and step = $2',
    [journey, step],
  );
  return rows[0] ?? null;
}

export interface ArmCount {
  readonly arm: string;
  readonly people: number;
  /** The same, of whom those who still have time to succeed count by the part of it that is over. */
  readonly ripe: number;
  readonly successes: number;
  readonly first_at: Date;
}

/** For each arm, how many took it and how many reached the goal. */
export function countGoals(
  session: Session,
  split: { readonly journey: string; readonly step: string; readonly withinMs: number },
  t: Date,
): Promise<ArmCount[]> {
  return session.query<ArmCount>(
    `select c.arm, count(*)::integer as people, count(e.goal_at)::integer as successes, min(c.at) as first_at,
       sum(case when e.goal_at is not null then 1 else ${ripeness} end)::double precision as ripe
     from parcours.split_choice c
     join parcours.enrollment e on e.lane = c.lane and e.profile_id = c.profile_id and e.journey = c.journey and e.key = c.key and e.n = c.n
     where c.journey = $1 and c.step = $2 and c.at <= $3
     group by c.arm order by c.arm`,
    [split.journey, split.step, t, split.withinMs],
  );
}

/** The part of the time for success that is over. */
const ripeness = 'least(1, greatest(0, extract(epoch from $3::timestamptz - c.at) * 1000 / $4::double precision))';

export interface ChoiceRow {
  readonly lane: number;
  readonly profile_id: number;
  readonly key: string;
  readonly n: number;
  readonly round: number;
  readonly arm: string;
  readonly at: Date;
  readonly entered_at: Date;
  readonly step_since: Date;
  readonly marks: Readonly<Record<string, number>>;
  readonly entry: Readonly<Record<string, unknown>>;
}

/** Who took an arm of the split, in order, after the last one that was read; with what conditions read of the enrollment. */
export function readChoices(
  session: Session,
  split: { readonly journey: string; readonly step: string },
  after: ChoiceRow | null,
  limit: number,
): Promise<ChoiceRow[]> {
  const { lane, profile_id, key, n, round } = after ?? { lane: -1, profile_id: 0, key: '', n: 0, round: 0 };
  return session.query<ChoiceRow>(
    `select c.lane, c.profile_id, c.key, c.n, c.round, c.arm, c.at, e.entered_at, e.step_since, e.marks, e.entry
     from parcours.split_choice c
     join parcours.enrollment e on e.lane = c.lane and e.profile_id = c.profile_id and e.journey = c.journey and e.key = c.key and e.n = c.n
     where c.journey = $1 and c.step = $2
       and (c.lane, c.profile_id, c.key, c.n, c.round) > ($3::smallint, $4::bigint, $5::text, $6::integer, $7::integer)
     order by c.lane, c.profile_id, c.key, c.n, c.round limit $8`,
    [split.journey, split.step, lane, profile_id, key, n, round, limit],
  );
}

export interface ArmValue extends Omit<ArmCount, 'successes'> {
  /** What they brought, in numbers or in minor units, and the sum of its squares. */
  readonly total: number;
  readonly squares: number;
}

/** For each arm, what those who took it brought since then: the sum of a property of later events. Amounts of other currencies don't count. */
export function countValues(
  session: Session,
  split: {
    readonly journey: string;
    readonly step: string;
    readonly withinMs: number;
    readonly event: string;
    readonly property: string;
    readonly currency: string;
  },
  t: Date,
): Promise<ArmValue[]> {
  return session.query<ArmValue>(
    `select c.arm, count(*)::integer as people, min(c.at) as first_at, sum(${ripeness})::double precision as ripe,
       sum(v.value)::double precision as total, sum(v.value * v.value)::double precision as squares
     from parcours.split_choice c
     cross join lateral (
       select coalesce(sum(case when jsonb_typeof(e.properties -> $6) = 'number' then parcours.num(e.properties -> $6)
           when e.properties -> $6 ->> 'currency' = $7 then parcours.num(e.properties -> $6 -> 'amount') end), 0) as value
       from parcours.event e
       where e.lane = c.lane and e.type = $5 and e.profile_id = c.profile_id
         and e.occurred_at > c.at and e.occurred_at <= least($3::timestamptz, c.at + make_interval(secs => $4::double precision / 1000))) v
     where c.journey = $1 and c.step = $2 and c.at <= $3
     group by c.arm order by c.arm`,
    [split.journey, split.step, t, split.withinMs, split.event, split.property, split.currency],
  );
}

/** Writes what was worked out; a decision that was made stays. */
export async function writeSplitState(
  session: Session,
  state: {
    readonly journey: string;
    readonly step: string;
    readonly shares: string | null;
    readonly counts: string;
    readonly winner: string | null;
    readonly isDecided: boolean;
  },
  t: Date,
): Promise<void> {
  await session.query(
    `insert into parcours.split_state as s (journey, step, shares, counts, winner, decided_at, computed_at)
     values ($1, $2, $3::jsonb, $4::jsonb, $5, case when $6 then $7::timestamptz end, $7)
     on conflict (journey, step) do update set shares = excluded.shares, counts = excluded.counts,
       winner = excluded.winner, decided_at = excluded.decided_at, computed_at = excluded.computed_at
     where s.decided_at is null`,
    [state.journey, state.step, state.shares, state.counts, state.winner, state.isDecided, t],
  );
}
