/**
 * Statements that give rows of one profile to another and back. Their texts are made of the names in `person-tables.ts`, and nothing else;
 * profiles travel as arrays. Only under the merger's lock and those of the lanes.
 */
import type { Session } from '../../../store/session.ts';
import { laneOf } from '../../lane-of.ts';
import type { PersonTable } from '../../person-tables.ts';

/** One profile that becomes another. */
export interface Merge {
  readonly mergeId: number;
  readonly from: number;
  readonly into: number;
}

/** What is added to the number of enrollments of a profile. */
export interface Renumbering {
  readonly profileId: number;
  readonly journey: string;
  readonly key: string;
  readonly add: number;
}

interface LeftRow {
  readonly merge_id: number;
  readonly profile_id: number;
  readonly body: unknown;
}

function columnsOf(merges: readonly Merge[]): readonly unknown[] {
  return [
    merges.map(({ from }) => laneOf(from)),
    merges.map(({ from }) => from),
    merges.map(({ into }) => laneOf(into)),
    merges.map(({ into }) => into),
    merges.map(({ mergeId }) => mergeId),
  ];
}

const merges5 = `unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::bigint[], $5::bigint[]) m(lane, profile_id, to_lane, to_id, merge_id)`;

/** Takes away rows that the survivor, or one who joins him before, has too. */
export async function takeDoubles(
  session: Session,
  { relation, unique = [], uniqueWhen }: PersonTable,
  merges: readonly Merge[],
): Promise<void> {
  const when = uniqueWhen === undefined ? [] : [`x.${uniqueWhen}`, `y.${uniqueWhen}`];
  const same = [...unique.map((column) => `y.${column} = x.${column}`), ...when].join(' and ');
  const rows = await session.query<LeftRow>(
    `delete from parcours.${relation} x using ${merges5}
     where x.lane = m.lane and x.profile_id = m.profile_id and (
       exists (select from parcours.${relation} y where y.lane = m.to_lane and y.profile_id = m.to_id and ${same})
       or exists (
         select from unnest($1::smallint[], $2::bigint[], $4::bigint[]) e(lane, profile_id, to_id)
         join parcours.${relation} y on y.lane = e.lane and y.profile_id = e.profile_id
         where e.to_id = m.to_id and e.profile_id < m.profile_id and ${same}))
     returning m.merge_id, x.profile_id, to_jsonb(x) as body`,
    columnsOf(merges),
  );
  await keepLeftovers(session, relation, rows);
}

/** Takes away rows that are worked out anew. */
export async function takeDerived(
  session: Session,
  { relation }: Pick<PersonTable, 'relation'>,
  merges: readonly Merge[],
): Promise<void> {
  const rows = await session.query<LeftRow>(
    `delete from parcours.${relation} x
     using unnest($1::smallint[], $2::bigint[], $3::bigint[]) m(lane, profile_id, merge_id)
     where x.lane = m.lane and x.profile_id = m.profile_id
     returning m.merge_id, x.profile_id, to_jsonb(x) as body`,
    [merges.map(({ from }) => laneOf(from)), merges.map(({ from }) => from), merges.map(({ mergeId }) => mergeId)],
  );
  await keepLeftovers(session, relation, rows);
}

/** Keeps rows for who unmerges. */
export async function keepLeftovers(session: Session, relation: string, rows: readonly LeftRow[]): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `insert into parcours.merge_leftover (merge_id, profile_id, relation, body)
     select u.merge_id, u.profile_id, $3, u.body from unnest($1::bigint[], $2::bigint[], $4::jsonb[]) u(merge_id, profile_id, body)`,
    [
      rows.map((row) => row.merge_id),
      rows.map((row) => row.profile_id),
      relation,
      rows.map((row) => JSON.stringify(row.body)),
    ],
  );
}

/** Gives rows to the survivor. */
export async function moveRows(
  session: Session,
  { relation, isNumbered }: PersonTable,
  merges: readonly Merge[],
  renumbered: readonly Renumbering[],
): Promise<void> {
  const add = `(select r.add from unnest($6::bigint[], $7::text[], $8::text[], $9::integer[]) r(profile_id, journey, key, add)
    where r.profile_id = x.profile_id and r.journey = x.journey and r.key = x.key)`;
  const numbered = isNumbered === true && renumbered.length > 0;
  await session.query(
    `update parcours.${relation} x set lane = m.to_lane, profile_id = m.to_id, origin_id = coalesce(x.origin_id, x.profile_id)
       ${numbered ? `, n = x.n + coalesce(${add}, 0)` : ''}
     from ${merges5} where x.lane = m.lane and x.profile_id = m.profile_id and m.merge_id > 0`,
    [
      ...columnsOf(merges),
      ...(numbered
        ? [
            renumbered.map((one) => one.profileId),
            renumbered.map((one) => one.journey),
            renumbered.map((one) => one.key),
            renumbered.map((one) => one.add),
          ]
        : []),
    ],
  );
}

/** Locks the rows of entities to which the profiles are tied, in the order in which ingestion locks them. */
export async function lockTiedRows(session: Session, ids: readonly number[]): Promise<void> {
  await session.query(
    `select from parcours.entity e where (e.entity, e.key) in (
       select t.entity, t.key from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
       join parcours.entity_row r on r.lane = u.lane and r.profile_id = u.profile_id
       join parcours.entity_tie t on t.entity = r.entity and t.key = r.key)
     order by e.entity, e.key for update`,
    [ids.map(laneOf), ids],
  );
}

/** Sends what waits in inboxes to the survivor's. */
export async function forwardInboxes(session: Session, merges: readonly Merge[]): Promise<void> {
  await session.query(
    `update parcours.inbox x set lane = m.to_lane, profile_id = m.to_id from ${merges5}
     where x.lane = m.lane and x.profile_id = m.profile_id and m.merge_id > 0`,
    columnsOf(merges),
  );
}

export interface EnrollmentNumber {
  readonly profile_id: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly state: string;
  readonly steps_done: number;
}

/** The enrollments of profiles. */
export function selectEnrollments(session: Session, ids: readonly number[]): Promise<EnrollmentNumber[]> {
  return session.query<EnrollmentNumber>(
    `select e.profile_id, e.journey, e.key, e.n, e.state, e.steps_done
     from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     join parcours.enrollment e on e.lane = u.lane and e.profile_id = u.profile_id
     order by e.profile_id, e.journey, e.key, e.n`,
    [ids.map(laneOf), ids],
  );
}

/** Ends enrollments, each by a merge; as they were is kept. */
export async function endEnrollments(
  session: Session,
  ended: readonly (EnrollmentNumber & { readonly mergeId: number })[],
  now: Date,
): Promise<void> {
  if (ended.length === 0) return;
  const keys = [
    ended.map((one) => laneOf(one.profile_id)),
    ended.map((one) => one.profile_id),
    ended.map((one) => one.journey),
    ended.map((one) => one.key),
    ended.map((one) => one.n),
  ];
  const from = `unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::integer[]`;
  const isHis =
    'x.lane = u.lane and x.profile_id = u.profile_id and x.journey = u.journey and x.key = u.key and x.n = u.n';
  const rows = await session.query<LeftRow>(
    `select u.merge_id, x.profile_id, to_jsonb(x) as body from ${from}, $6::bigint[]) u(lane, profile_id, journey, key, n, merge_id)
     join parcours.enrollment x on ${isHis}`,
    [...keys, ended.map((one) => one.mergeId)],
  );
  await keepLeftovers(session, 'enrollment:ended', rows);
  await session.query(
    `update parcours.enrollment x set state = 'exited', exit_as = 'merged', exited_at = $6, step = null, posture = null,
       due_at = null, watch_at = null, goal_until = null
     from ${from}) u(lane, profile_id, journey, key, n) where ${isHis}`,
    [...keys, now],
  );
}

export interface ConsentRow {
  readonly profile_id: number;
  readonly purpose: string;
  readonly channel: string;
  readonly state: 'granted' | 'denied';
  readonly since: Date;
  /** The whole row. */
  readonly body: unknown;
}

/** The consents of profiles as they stand. */
export function selectConsents(session: Session, ids: readonly number[]): Promise<ConsentRow[]> {
  return session.query<ConsentRow>(
    `select c.profile_id, c.purpose, c.channel, c.state, c.since, to_jsonb(c) as body
     from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     join parcours.consent c on c.lane = u.lane and c.profile_id = u.profile_id order by 1, 2, 3`,
    [ids.map(laneOf), ids],
  );
}

/** Sets consents of people as rows say, in the place of what they have. */
export async function setConsents(
  session: Session,
  rows: readonly Pick<ConsentRow, 'profile_id' | 'purpose' | 'channel' | 'body'>[],
): Promise<void> {
  if (rows.length === 0) return;
  await deleteConsents(session, rows);
  await session.query(
    `insert into parcours.consent select r.* from unnest($1::smallint[], $2::bigint[], $3::jsonb[]) u(lane, profile_id, body)
     cross join lateral jsonb_populate_record(null::parcours.consent,
       u.body || jsonb_build_object('lane', u.lane, 'profile_id', u.profile_id)) r`,
    [
      rows.map((row) => laneOf(row.profile_id)),
      rows.map((row) => row.profile_id),
      rows.map((row) => JSON.stringify(row.body)),
    ],
  );
}

/** Takes consents away. */
export async function deleteConsents(
  session: Session,
  rows: readonly Pick<ConsentRow, 'profile_id' | 'purpose' | 'channel'>[],
): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `delete from parcours.consent c using unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[]) u(lane, profile_id, purpose, channel)
     where c.lane = u.lane and c.profile_id = u.profile_id and c.purpose = u.purpose and c.channel = u.channel`,
    [
      rows.map((row) => laneOf(row.profile_id)),
      rows.map((row) => row.profile_id),
      rows.map((row) => row.purpose),
      rows.map((row) => row.channel),
    ],
  );
}

/** Keeps the profiles as they are, before they become tombstones. */
export async function keepProfiles(session: Session, merges: readonly Merge[]): Promise<void> {
  const rows = await session.query<LeftRow>(
    `select m.merge_id, x.profile_id, to_jsonb(x) as body from ${merges5}
     join parcours.profile x on x.lane = m.lane and x.profile_id = m.profile_id where m.to_id > 0 and m.to_lane >= 0`,
    columnsOf(merges),
  );
  await keepLeftovers(session, 'profile', rows);
}

/** The traits of which profiles have values. */
export function selectTraitNames(
  session: Session,
  ids: readonly number[],
): Promise<{ readonly profile_id: number; readonly trait: string }[]> {
  return session.query(
    `select distinct v.profile_id, v.trait from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     join parcours.trait_value v on v.lane = u.lane and v.profile_id = u.profile_id order by 1, 2`,
    [ids.map(laneOf), ids],
  );
}

/** Tells lanes that all is to be read anew of people. */
export async function tellMerged(
  session: Session,
  people: readonly { readonly profileId: number; readonly traits: readonly string[] }[],
  now: Date,
): Promise<void> {
  await session.query(
    `insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body)
     select u.lane, 0, $4, u.profile_id, 'merged', u.body from unnest($1::smallint[], $2::bigint[], $3::jsonb[]) u(lane, profile_id, body)`,
    [
      people.map(({ profileId }) => laneOf(profileId)),
      people.map(({ profileId }) => profileId),
      people.map(({ traits }) => JSON.stringify({ traits })),
      now,
    ],
  );
}
