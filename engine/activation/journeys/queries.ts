/** Statements over enrollments and their log. */
import { columnStatement, type RowColumn, rowInsert, rowStatement } from '../../store/column-statement.ts';
import type { Session } from '../../store/session.ts';
import type { Statement } from '../../store/together.ts';
import type { Enrollment, StepEntry } from './enrollment.ts';

export interface EnrollmentRow {
  readonly lane: number;
  readonly profile_id: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly version: string;
  readonly state: 'active' | 'exited';
  readonly step: string | null;
  readonly posture: 'due' | 'waiting' | 'held' | null;
  readonly entered_at: Date;
  readonly step_since: Date;
  readonly due_at: Date | null;
  readonly watch_at: Date | null;
  readonly goal_at: Date | null;
  readonly goal_until: Date | null;
  readonly exited_at: Date | null;
  readonly exit_as: string | null;
  readonly marks: Record<string, number>;
  readonly entry: Record<string, unknown>;
  readonly steps_done: number;
  readonly hop: number;
  readonly holdout: string | null;
}

/** The columns of an `EnrollmentRow`, of `e`. */
export const enrollmentColumns = `e.lane, e.profile_id, e.journey, e.key, e.n, e.version, e.state, e.step, e.posture, e.entered_at, e.step_since,
  e.due_at, e.watch_at, e.goal_at, e.goal_until, e.exited_at, e.exit_as, e.marks, e.entry, e.steps_done, e.hop, e.holdout`;

/** Open enrollments of people, and those whose goal may still be met after they left; the active ones first. */
export function openEnrollments(
  session: Session,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
  t: Date,
): Promise<EnrollmentRow[]> {
  return session.query<EnrollmentRow>(
    `select ${enrollmentColumns} from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     cross join lateral (
       select * from parcours.enrollment d where d.lane = u.lane and d.profile_id = u.profile_id
         and (d.state = 'active' or (d.goal_at is null and d.goal_until > $3)) offset 0) e
     order by e.state, e.n desc`,
    [people.lanes, people.profiles, t],
  );
}

/** Enrollments of the lanes whose timer or watched time has come, oldest first, at most so many a lane. */
export function dueEnrollments(
  session: Session,
  lanes: readonly number[],
  t: Date,
  perLane: number,
): Promise<EnrollmentRow[]> {
  return session.query<EnrollmentRow>(
    `select ${enrollmentColumns} from unnest($1::smallint[]) l(lane) cross join lateral (
       select * from parcours.enrollment d where d.lane = l.lane and d.wake_at <= $2 order by d.wake_at limit $3) e`,
    [lanes, t, perLane],
  );
}

export interface LatestRow {
  readonly i: number;
  readonly n: number;
  readonly state: 'active' | 'exited';
  readonly exited_at: Date | null;
}

/** `n` is null where there was none yet. */
export type StandingRow = (LatestRow | { readonly i: number; readonly n: null }) & { readonly is_restricted: boolean };

/**
 * For each (person, journey, key) the newest enrollment, which re-entry depends on, and whether nothing may be done with what is known of
 * the person; nothing of those of whom neither is to be said.
 */
export function latestEnrollments(
  session: Session,
  wanted: {
    readonly lanes: readonly number[];
    readonly profiles: readonly number[];
    readonly journeys: readonly string[];
    readonly keys: readonly string[];
  },
): Promise<StandingRow[]> {
  return session.query<StandingRow>(
    `select u.i::integer as i, e.n, e.state, e.exited_at, coalesce(r.is_restricted, false) as is_restricted
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[]) with ordinality u(lane, profile_id, journey, key, i)
     left join lateral (
       select d.n, d.state, d.exited_at from parcours.enrollment d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.journey = u.journey and d.key = u.key
       order by d.n desc limit 1) e on true
     left join lateral (
       select true as is_restricted from parcours.profile p
       where p.lane = u.lane and p.profile_id = u.profile_id and p.restricted_at is not null offset 0) r on true
     where e.n is not null or r.is_restricted`,
    [wanted.lanes, wanted.profiles, wanted.journeys, wanted.keys],
  );
}

/** Whose it is. */
const identity: readonly RowColumn<Enrollment>[] = [
  { name: 'lane', type: 'smallint', isKey: true, of: (one) => one.lane },
  { name: 'profile_id', type: 'bigint', isKey: true, of: (one) => one.profileId },
  { name: 'journey', type: 'text', of: (one) => one.journey.id },
  { name: 'key', type: 'text', of: (one) => one.key },
  { name: 'n', type: 'integer', of: (one) => one.n },
];

/** Where the person stands in it, which the steps of a transaction change. */
const standing: readonly RowColumn<Enrollment>[] = [
  { name: 'state', type: 'text', isCoded: true, of: (one) => one.state },
  { name: 'step', type: 'text', isCoded: true, of: stepOf },
  { name: 'posture', type: 'text', isCoded: true, of: (one) => one.posture },
  { name: 'step_since', type: 'timestamptz', of: (one) => one.stepSince },
  { name: 'due_at', type: 'timestamptz', isCoded: true, of: (one) => one.dueAt },
  { name: 'watch_at', type: 'timestamptz', of: (one) => one.watchAt },
  { name: 'goal_at', type: 'timestamptz', of: (one) => one.goalAt },
  { name: 'exited_at', type: 'timestamptz', of: (one) => one.exitedAt },
  { name: 'exit_as', type: 'text', isCoded: true, of: (one) => one.exitAs },
  { name: 'marks', type: 'jsonb', of: (one) => JSON.stringify(one.marks) },
  { name: 'steps_done', type: 'integer', isCoded: true, of: (one) => one.stepsDone },
];

export const enrollmentsBegun = rowInsert<Enrollment>('parcours.enrollment', [
  ...identity,
  { name: 'version', type: 'text', of: (one) => one.journey.version },
  { name: 'entered_at', type: 'timestamptz', of: (one) => one.enteredAt },
  ...standing,
  { name: 'goal_until', type: 'timestamptz', of: (one) => one.goalUntil },
  { name: 'entry', type: 'jsonb', of: (one) => JSON.stringify(one.entry) },
  { name: 'hop', type: 'smallint', of: (one) => one.hop },
  { name: 'ignored', type: 'integer', of: (one) => one.ignored },
  { name: 'holdout', type: 'text', of: (one) => one.holdout },
  { name: 'opened_by', type: 'text', of: (one) => one.openedBy },
]);

export const enrollmentsMoved = rowStatement<Enrollment>(
  `update parcours.enrollment e set ${standing.map(({ name }) => `${name} = {${name}}`).join(', ')}
   from unnest({arrays}) u({names})
   where {e:lane} and {e:profile_id} and {e:journey} and {e:key} and {e:n}`,
  [...identity, ...standing],
);

/** The step where somebody stands, by its name. */
export function stepOf({ journey, step }: Enrollment): string | null {
  return step === null ? null : (journey.steps[step]?.id ?? null);
}

/** `{1}` is when they were done. */
const stepsNoted = columnStatement(
  `insert into parcours.step_log (lane, profile_id, journey, key, n, seq, step, at, outcome, detail)
   select {lane}, {profile_id}, {journey}, {key}, {n}, {seq}, {step}, {1}, {outcome}, {detail} from unnest({arrays}) u({names})`,
  [
    { name: 'lane', type: 'smallint', isKey: true },
    { name: 'profile_id', type: 'bigint', isKey: true },
    { name: 'journey', type: 'text', isCoded: true },
    { name: 'key', type: 'text' },
    { name: 'n', type: 'integer' },
    { name: 'seq', type: 'integer', isCoded: true },
    { name: 'step', type: 'text', isCoded: true },
    { name: 'outcome', type: 'text', isCoded: true },
    { name: 'detail', type: 'jsonb', isCoded: true },
  ],
);

/** Notes down what the transaction did with the enrollments; the steps of one follow those that it did before. */
export function stepsDone(changed: readonly Enrollment[], t: Date): Statement | null {
  const count = changed.reduce((sum, { log }) => sum + log.length, 0);
  if (count === 0) return null;
  const detailText = textOnce();
  const column = (of: (one: Enrollment, entry: StepEntry, i: number) => unknown): readonly unknown[] => {
    const values = new Array<unknown>(count);
    let row = 0;
    for (const one of changed)
      for (let i = 0; i < one.log.length; i += 1, row += 1) values[row] = of(one, one.log[i] as StepEntry, i);
    return values;
  };
  return stepsNoted(
    [
      column(({ lane }) => lane),
      column(({ profileId }) => profileId),
      column(({ journey }) => journey.id),
      column(({ key }) => key),
      column(({ n }) => n),
      column(({ stepsDone: done, log }, _, i) => done - log.length + i),
      column((_, { step }) => step),
      column((_, { outcome }) => outcome),
      column((_, { detail }) => (detail === null ? null : detailText(detail))),
    ],
    t,
  );
}

/** Values as JSON; most share what the one before says. */
function textOnce(): (value: unknown) => string {
  let last: unknown;
  let text = '';
  return (value) => {
    if (value !== last) {
      last = value;
      text = JSON.stringify(value);
    }
    return text;
  };
}

/** Members of a segment in lanes, in order, after each lane's cursor; with `since`, only those who joined at that instant. */
export function membersOfLanes(
  session: Session,
  options: {
    readonly lanes: readonly number[];
    readonly after: readonly number[];
    readonly segment: string;
    readonly since: Date | null;
    readonly perLane: number;
  },
): Promise<{ lane: number; profile_id: number }[]> {
  return session.query(
    `select x.lane, x.profile_id from unnest($1::smallint[], $2::bigint[]) l(lane, after) cross join lateral (
       select m.lane, m.profile_id from parcours.membership m
       where m.segment = $3 and m.lane = l.lane and m.is_member and m.profile_id > l.after
         and ($4::timestamptz is null or m.since = $4)
       order by m.profile_id limit $5) x
     order by x.lane, x.profile_id`,
    [options.lanes, options.after, options.segment, options.since, options.perLane],
  );
}

/** Ends all open enrollments of journeys that are gone, in the lanes. */
export async function exitJourneys(
  session: Session,
  lanes: readonly number[],
  kept: readonly string[],
  t: Date,
): Promise<void> {
  await session.query(
    `update parcours.enrollment set state = 'exited', step = null, posture = null, due_at = null, watch_at = null,
       exited_at = $3, exit_as = 'removed'
     where lane = any($1::smallint[]) and state = 'active' and journey <> all($2::text[])`,
    [lanes, kept, t],
  );
}

/** Who of the lanes is held by a send in a journey that is not kept. */
export function heldOutside(
  session: Session,
  lanes: readonly number[],
  kept: readonly string[],
): Promise<{ lane: number; profile_id: number; journey: string; key: string; n: number; step: string }[]> {
  return session.query(
    `select e.lane, e.profile_id, e.journey, e.key, e.n, e.step from parcours.enrollment e
     where e.lane = any($1::smallint[]) and e.state = 'active' and e.posture = 'held' and e.journey <> all($2::text[])`,
    [lanes, kept],
  );
}

/** The versions in which people of the lanes stand. */
export function activeVersions(
  session: Session,
  lanes: readonly number[],
): Promise<{ journey: string; version: string }[]> {
  return session.query(
    `select distinct e.journey, e.version from parcours.enrollment e
     where e.lane = any($1::smallint[]) and e.state = 'active' order by e.journey, e.version`,
    [lanes],
  );
}

/** Has the goals, exits and waits of the versions' active enrollments read at t. */
export async function watchNow(
  session: Session,
  lanes: readonly number[],
  versions: readonly string[],
  t: Date,
): Promise<void> {
  await session.query(
    `update parcours.enrollment set watch_at = $3
     where lane = any($1::smallint[]) and state = 'active' and version = any($2::text[])`,
    [lanes, versions, t],
  );
}
