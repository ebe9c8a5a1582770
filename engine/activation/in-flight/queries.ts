/** Statements over people who are inside journeys whose steps have changed. */
import type { Session } from '../../store/session.ts';
import { type EnrollmentRow, enrollmentColumns } from '../journeys/queries.ts';

/** Active enrollments of journeys in the lanes, in order, that go by other versions than these. */
export function enrollmentsOfOtherVersions(
  session: Session,
  of: {
    readonly lanes: readonly number[];
    readonly journeys: readonly string[];
    readonly versions: readonly string[];
    /** The last one that was read. */
    readonly after: EnrollmentRow | null;
    readonly limit: number;
  },
): Promise<EnrollmentRow[]> {
  const { lane, profile_id, journey, key, n } = of.after ?? { lane: -1, profile_id: 0, journey: '', key: '', n: 0 };
  return session.query<EnrollmentRow>(
    `select ${enrollmentColumns} from parcours.enrollment e
     where e.lane = any($1::smallint[]) and e.state = 'active' and e.journey = any($2::text[]) and e.version <> all($3::text[])
       and (e.lane, e.profile_id, e.journey, e.key, e.n) > ($4::smallint, $5::bigint, $6::text, $7::text, $8::integer)
     order by e.lane, e.profile_id, e.journey, e.key, e.n limit $9`,
    [of.lanes, of.journeys, of.versions, lane, profile_id, journey, key, n, of.limit],
  );
}

export interface MovedEnrollment {
  readonly lane: number;
  readonly profileId: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly version: string;
  readonly goalUntil: Date | null;
}

/** Lets enrollments go on by another version. */
export async function moveVersions(session: Session, rows: readonly MovedEnrollment[]): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `update parcours.enrollment e set version = u.version, goal_until = u.goal_until
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::timestamptz[])
       u(lane, profile_id, journey, key, n, version, goal_until)
     where e.lane = u.lane and e.profile_id = u.profile_id and e.journey = u.journey and e.key = u.key and e.n = u.n`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.journey),
      rows.map((r) => r.key),
      rows.map((r) => r.n),
      rows.map((r) => r.version),
      rows.map((r) => r.goalUntil),
    ],
  );
}

/** Notes in which of the lanes people go on by other versions of journeys that drain, and in which none does any more. */
export async function noteDraining(
  session: Session,
  lanes: readonly number[],
  journeys: readonly { readonly journey: string; readonly version: string }[],
): Promise<void> {
  const values = [lanes, journeys.map(({ journey }) => journey), journeys.map(({ version }) => version)];
  const each = `from unnest($1::smallint[]) l(lane) cross join unnest($2::text[], $3::text[]) j(journey, version)`;
  const isInside = `exists (select 1 from parcours.enrollment e where e.lane = l.lane and e.journey = j.journey and e.state = 'active' and e.version <> j.version)`;
  // Sent at once: a lane transaction may not wait for it.
  await Promise.all([
    session.query(
      `insert into parcours.draining (journey, lane) select j.journey, l.lane ${each} where ${isInside} on conflict do nothing`,
      values,
    ),
    session.query(
      `delete from parcours.draining d using (select j.journey, l.lane ${each} where not ${isInside}) x
       where d.journey = x.journey and d.lane = x.lane`,
      values,
    ),
  ]);
}

/** Which of the journeys still have people on older steps in some lane; all of them while a lane hasn't taken over the revision. */
export async function drainingJourneys(
  session: Session,
  journeys: readonly string[],
  revision: number,
): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ journey: string }>(
    `select j.journey from unnest($1::text[]) j(journey)
     where exists (select 1 from parcours.draining d where d.journey = j.journey)
       or exists (select 1 from parcours.lane l where l.revision > 0 and l.revision < $2)`,
    [journeys, revision],
  );
  return new Set(rows.map(({ journey }) => journey));
}

/** Tables of lanes that have a column of that name. */
export async function tablesWith(session: Session, column: string): Promise<readonly string[]> {
  const rows = await session.query<{ name: string }>(
    `select c.table_name as name from information_schema.columns c
     join information_schema.columns l on l.table_schema = c.table_schema and l.table_name = c.table_name and l.column_name = 'lane'
     join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type = 'BASE TABLE'
     where c.table_schema = 'parcours' and c.column_name = $1 order by c.table_name`,
    [column],
  );
  return rows.map(({ name }) => name);
}

interface Renaming {
  /** Of the catalogue's own names. */
  readonly table: string;
  readonly column: string;
  readonly lanes: readonly number[];
  readonly old: string;
  readonly now: string;
}

/** Gives the rows of the lanes the new name. */
export async function renameInTable(session: Session, { table, column, lanes, old, now }: Renaming): Promise<void> {
  await session.query(
    `update parcours.${quoted(table)} set ${quoted(column)} = $3 where lane = any($1::smallint[]) and ${quoted(column)} = $2`,
    [lanes, old, now],
  );
}

/** The same of names that begin with the old one. */
export async function renamePrefix(session: Session, { table, column, lanes, old, now }: Renaming): Promise<void> {
  const name = quoted(column);
  await session.query(
    `update parcours.${quoted(table)} set ${name} = $3 || substr(${name}, length($2) + 1)
     where lane = any($1::smallint[]) and starts_with(${name}, $2)`,
    [lanes, old, now],
  );
}

/** Commands that wait for the lanes and name the journey. */
export async function renameInInbox(
  session: Session,
  lanes: readonly number[],
  { old, now }: { readonly old: string; readonly now: string },
): Promise<void> {
  await session.query(
    `update parcours.inbox set body = jsonb_set(body, '{journey}', to_jsonb($3::text))
     where lane = any($1::smallint[]) and body->>'journey' = $2`,
    [lanes, old, now],
  );
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** Ends open enrollments of the journeys in the lanes. */
export async function endJourneys(
  session: Session,
  lanes: readonly number[],
  journeys: readonly string[],
  t: Date,
): Promise<void> {
  await session.query(
    `update parcours.enrollment set state = 'exited', step = null, posture = null, due_at = null, watch_at = null,
       exited_at = $3, exit_as = 'removed'
     where lane = any($1::smallint[]) and state = 'active' and journey = any($2::text[])`,
    [lanes, journeys, t],
  );
}

/** What of people who went to other steps is known by the old ones' ids: messages, calls, arms and times passed. */
export async function renameSteps(
  session: Session,
  rows: readonly Omit<MovedEnrollment, 'version' | 'goalUntil'>[],
  { old, now }: { readonly old: readonly string[]; readonly now: readonly string[] },
): Promise<void> {
  if (rows.length === 0) return;
  const values = [
    rows.map((r) => r.lane),
    rows.map((r) => r.profileId),
    rows.map((r) => r.journey),
    rows.map((r) => r.key),
    rows.map((r) => r.n),
    old,
    now,
  ];
  for (const table of ['message', 'call', 'split_choice', 'webhook']) {
    await session.query(
      `update parcours.${table} x set step = s.now
       from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::integer[]) u(lane, profile_id, journey, key, n),
         unnest($6::text[], $7::text[]) s(old, now)
       where x.lane = u.lane and x.profile_id = u.profile_id and x.journey = u.journey and x.key = u.key and x.n = u.n and x.step = s.old`,
      values,
    );
  }
}

/** People who stand in steps that stay, and how they go on. */
export interface StandingMove {
  readonly journey: string;
  /** Versions. */
  readonly from: string;
  readonly to: string;
  readonly steps: readonly string[];
  /** Those of the steps at which goals, exits and waits are looked at once more. */
  readonly looksAgain: readonly string[];
  /** Undefined: the time of the goal is as it was; null: there is no goal. */
  readonly goalWithin: { readonly months: number; readonly days: number; readonly ms: number } | null | undefined;
  readonly t: Date;
}

/** Gives all of them the new version, and each a line in the log. */
export async function moveStanding(session: Session, lanes: readonly number[], move: StandingMove): Promise<void> {
  const { journey, from, to, steps, looksAgain, goalWithin, t } = move;
  const who = `e.lane = any($1::smallint[]) and e.state = 'active' and e.journey = $2 and e.version = $3 and e.step = any($4::text[])`;
  await session.query(
    `insert into parcours.step_log (lane, profile_id, journey, key, n, seq, step, at, outcome)
     select e.lane, e.profile_id, e.journey, e.key, e.n, e.steps_done, e.step, $5, 'moved' from parcours.enrollment e where ${who}`,
    [lanes, journey, from, steps, t],
  );
  const again =
    looksAgain.length === 0
      ? ''
      : ', watch_at = case when e.step = any($6::text[]) then $7::timestamptz else e.watch_at end';
  const goal =
    goalWithin === undefined
      ? ''
      : `, goal_until = e.entered_at + make_interval(months => $${looksAgain.length === 0 ? 6 : 8}::integer, secs => $${looksAgain.length === 0 ? 7 : 9}::double precision)`;
  const within = goalWithin === undefined ? [] : [goalWithin?.months ?? null, secondsOf(goalWithin)];
  await session.query(
    `update parcours.enrollment e set version = $5, steps_done = e.steps_done + 1${again}${goal} where ${who}`,
    [lanes, journey, from, steps, to, ...(looksAgain.length === 0 ? [] : [looksAgain, t]), ...within],
  );
}

function secondsOf(duration: { readonly days: number; readonly ms: number } | null): number | null {
  return duration === null ? null : duration.days * 86_400 + duration.ms / 1000;
}
