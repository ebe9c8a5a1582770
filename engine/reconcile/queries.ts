/**
 * The statements of planning and applying, one function each. Config tables are small and read by key; the counts over people are
 * run each in its own short transaction by `impact.ts`.
 */
import type { RevisionMove } from '../store/revisions.ts';
import type { Session } from '../store/session.ts';
import type { RevisionCause } from './git-origin.ts';

/** The lock that makes applies one after the other: any constant that nothing else of ours takes. */
const applyLock = 7_205_001;

export interface StandingRow {
  readonly journey: string;
  readonly version: string;
  readonly step: string | null;
  readonly people: number;
}

/** Active enrollments by journey, version and step. */
export function selectStanding(session: Session): Promise<StandingRow[]> {
  return session.query<StandingRow>(
    `select journey, version, step, count(*) as people from parcours.enrollment
     where state = 'active' group by journey, version, step order by journey, version, step nulls first`,
  );
}

export interface AccountsRow {
  readonly program: string;
  /** Members who have points, or owe some. */
  readonly people: number;
  readonly points: number;
  readonly debt: number;
}

/** What members of loyalty programmes have and owe; without those of whom nothing is left to say. */
export function selectAccounts(session: Session, programs: readonly string[]): Promise<AccountsRow[]> {
  return session.query(
    `select m.program, count(*) as people, coalesce(sum(o.points), 0)::bigint as points, coalesce(sum(m.debt), 0)::bigint as debt
     from parcours.ledger_member m
     left join lateral (
       select sum(d.remaining) as points from parcours.ledger_open d
       where d.lane = m.lane and d.profile_id = m.profile_id and d.program = m.program) o on true
     where m.program = any($1::text[]) and (m.debt > 0 or o.points > 0) group by 1 order by 1`,
    [programs],
  );
}

export interface VersionNeedsRow {
  readonly version: string;
  readonly needs: readonly string[];
}

/** What journey versions reference, from the newest revision that held each. */
export async function selectNeedsOfVersions(session: Session, versions: readonly string[]): Promise<VersionNeedsRow[]> {
  if (versions.length === 0) return [];
  return session.query<VersionNeedsRow>(
    `select distinct on (r.value->>'digest') r.value->>'digest' as version, r.value->'needs' as needs
     from parcours.revision v, jsonb_each(v.resources) r
     where r.key like 'journey/%' and r.value->>'digest' = any($1::text[])
     order by r.value->>'digest', v.number desc`,
    [versions],
  );
}

export interface StoreIdentityRow {
  /** The workspace to which the store belongs; null before the first apply. */
  readonly workspace: string | null;
  readonly store: string;
}

export async function selectStoreIdentity(session: Session): Promise<StoreIdentityRow> {
  const rows = await session.query<StoreIdentityRow>('select workspace, store_id as store from parcours.store');
  const [row] = rows;
  if (row === undefined) throw new Error('assertion failed: a store has one row that says whose it is');
  return row;
}

/** Waits for the lock that applies hold; `lock_timeout` of the session bounds the wait (SQLSTATE 55P03). */
export async function takeApplyLock(session: Session): Promise<void> {
  await session.query(`select pg_advisory_lock(${applyLock})`);
}

export async function releaseApplyLock(session: Session): Promise<void> {
  await session.query(`select pg_advisory_unlock(${applyLock})`);
}

export interface LockHolderRow {
  readonly pid: number;
  readonly application_name: string;
  readonly client_addr: string | null;
  readonly backend_start: Date;
}

/** Who holds the lock now; null when it was just released. */
export async function selectApplyLockHolder(session: Session): Promise<LockHolderRow | null> {
  // A lock with one bigint key shows its high half as classid, its low half as objid, and objsubid 1.
  const rows = await session.query<LockHolderRow>(
    `select a.pid, a.application_name, host(a.client_addr) as client_addr, a.backend_start
     from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.classid = 0 and l.objid = ${applyLock} and l.objsubid = 1
       and l.database = (select oid from pg_database where datname = current_database())`,
  );
  return rows[0] ?? null;
}

export interface NewResourceVersion {
  readonly digest: string;
  readonly kind: string;
  readonly id: string;
  readonly body: unknown;
}

/** Keeps bodies by digest. A body that is there already is the same one. */
export async function insertResourceVersions(session: Session, versions: readonly NewResourceVersion[]): Promise<void> {
  await session.query(
    `insert into parcours.resource_version (digest, kind, id, body)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[])
     on conflict (digest) do nothing`,
    [
      versions.map((version) => version.digest),
      versions.map((version) => version.kind),
      versions.map((version) => version.id),
      versions.map((version) => JSON.stringify(version.body)),
    ],
  );
}

export interface NewRevision {
  readonly number: number;
  readonly bundleDigest: string;
  readonly gitCommit: string | null;
  readonly gitDirty: boolean;
  readonly author: string;
  readonly via: RevisionCause;
  readonly appliedAt: Date;
  readonly resources: unknown;
  readonly plan: unknown;
  readonly engineVersion: string;
  readonly tzdataVersion: string | null;
  readonly moves: readonly RevisionMove[];
  readonly origins: Readonly<Record<string, readonly string[]>>;
}

/** Writes the revision and tells the workers, who hear of it when the transaction commits. */
export async function insertRevision(session: Session, revision: NewRevision): Promise<void> {
  await session.query(
    `insert into parcours.revision (number, bundle_digest, git_commit, git_dirty, author, applied_at, resources, plan,
       engine_version, tzdata_version, via, via_from, moves, origins)
     values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9, $10, $11, $12, $13::jsonb, $14::jsonb)`,
    [
      revision.number,
      revision.bundleDigest,
      revision.gitCommit,
      revision.gitDirty,
      revision.author,
      revision.appliedAt,
      JSON.stringify(revision.resources),
      JSON.stringify(revision.plan),
      revision.engineVersion,
      revision.tzdataVersion,
      revision.via.via,
      revision.via.from,
      JSON.stringify(revision.moves),
      JSON.stringify(revision.origins),
    ],
  );
  await session.query(`select pg_notify('parcours_revision', $1::text)`, [String(revision.number)]);
}

/** Makes the store belong to the workspace. */
export async function updateWorkspaceName(session: Session, workspace: string): Promise<void> {
  await session.query('update parcours.store set workspace = $1 where workspace is distinct from $1', [workspace]);
}

export interface LastChangeRow {
  readonly number: number;
  readonly author: string;
  readonly applied_at: Date;
}

/** The revision that last gave a resource another body or other words, or took it away; null: none ever did. */
export async function selectLastChange(session: Session, resource: string): Promise<LastChangeRow | null> {
  const rows = await session.query<LastChangeRow>(
    `select number, author, applied_at from (
       select number, author, applied_at, resources->$1 as entry, lag(resources->$1) over (order by number) as before
       from parcours.revision) r
     where (entry->>'digest', entry->'meta') is distinct from (before->>'digest', before->'meta')
     order by number desc limit 1`,
    [resource],
  );
  return rows[0] ?? null;
}

/** Gives what is kept of a resource over all lanes its new name: fires of schedules, shares of splits, places taken, sizes by day. */
export async function renameForAll(
  session: Session,
  { resource, from }: { readonly resource: string; readonly from: string },
): Promise<void> {
  const [kind, id] = resource.split('/');
  const tables =
    kind === 'journey' ? ['schedule_run', 'split_state', 'entry_quota', 'entry_request'] : ['segment_size'];
  for (const table of tables) {
    const column = kind === 'journey' ? 'journey' : 'segment';
    // What another one of the new name left behind, long removed, would be in the way.
    await session.query(`delete from parcours.${table} where ${column} = $1`, [id]);
    await session.query(`update parcours.${table} set ${column} = $2 where ${column} = $1`, [from, id]);
  }
}
