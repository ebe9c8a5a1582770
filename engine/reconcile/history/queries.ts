/** The statements that read what was applied and what was edited behind the engine's back. Writing revisions is `../queries.ts`. */
import type { Session } from '../../store/session.ts';

export interface RevisionSummaryRow {
  readonly number: number;
  readonly bundle_digest: string;
  readonly git_commit: string | null;
  readonly git_dirty: boolean;
  readonly author: string;
  readonly applied_at: Date;
  readonly engine_version: string;
  readonly via: string;
  readonly via_from: string | null;
  readonly resources: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** Revisions below a number, newest first. The changes are counted in the plan that each carried out. */
export function selectRevisions(
  session: Session,
  { below, limit }: { readonly below: number; readonly limit: number },
): Promise<RevisionSummaryRow[]> {
  return session.query<RevisionSummaryRow>(
    `select r.number, r.bundle_digest, r.git_commit, r.git_dirty, r.author, r.applied_at, r.engine_version, r.via, r.via_from,
       (select count(*) from jsonb_object_keys(r.resources)) as resources, c.added, c.changed, c.removed
     from parcours.revision r cross join lateral (
       select count(*) filter (where x ->> 'action' = 'add') as added, count(*) filter (where x ->> 'action' = 'change') as changed,
         count(*) filter (where x ->> 'action' = 'remove') as removed
       from jsonb_array_elements(coalesce(r.plan -> 'changes', '[]')) x) c
     where r.number < $1 order by r.number desc limit $2`,
    [below, limit],
  );
}

/** Numbers of the revisions whose commit begins so, newest first; at most two, since a second one makes it ambiguous. */
export async function findRevisionsOfCommit(session: Session, prefix: string): Promise<readonly number[]> {
  const rows = await session.query<{ number: number }>(
    `select max(number) as number from parcours.revision where left(git_commit, length($1)) = $1
     group by git_commit order by 1 desc limit 2`,
    [prefix],
  );
  return rows.map((row) => row.number);
}

/** The plan that a revision carried out, as it was kept. */
export async function selectPlanOf(session: Session, number: number): Promise<unknown> {
  const rows = await session.query<{ plan: unknown }>('select plan from parcours.revision where number = $1', [number]);
  return rows[0]?.plan ?? null;
}

/** The newest revision below or at a number that was applied from a commit as it stands; null: there is none. */
export async function selectDeclaredRevision(session: Session): Promise<number | null> {
  const rows = await session.query<{ number: number | null }>(
    `select max(number) as number from parcours.revision
     where git_commit is not null and not git_dirty and via in ('apply', 'sync', 'promote', 'heal')`,
  );
  return rows[0]?.number ?? null;
}

export interface AuthoredRow {
  readonly number: number;
  readonly author: string;
  readonly applied_at: Date;
  readonly via: string;
  readonly via_from: string | null;
  /** By `kind/id`: what each resource's digest was. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Revisions above a number with the digests that they hold, newest first. */
export function selectRevisionsAbove(session: Session, number: number, limit: number): Promise<AuthoredRow[]> {
  return session.query<AuthoredRow>(
    `select number, author, applied_at, via, via_from,
       (select coalesce(jsonb_object_agg(key, value ->> 'digest'), '{}') from jsonb_each(resources)) as digests
     from parcours.revision where number >= $1 order by number desc limit $2`,
    [number, limit],
  );
}

export interface ConfigEditRow {
  readonly at: Date;
  readonly actor: string;
  readonly client: string;
  readonly relation: 'resource_version' | 'revision';
  readonly key: string;
  readonly before: unknown;
}

/** Edits of these bodies and of this revision, oldest first. */
export function selectConfigEdits(
  session: Session,
  { digests, revision }: { readonly digests: readonly string[]; readonly revision: number },
): Promise<ConfigEditRow[]> {
  return session.query<ConfigEditRow>(
    `select at, actor, client, relation, key, before from parcours.config_edit
     where (relation = 'resource_version' and key = any($1::text[])) or (relation = 'revision' and key = $2) order by seq`,
    [digests, String(revision)],
  );
}

/** The highest revision under which any lane ran. */
export async function selectNewestLaneRevision(session: Session): Promise<number> {
  const rows = await session.query<{ revision: number }>('select max(revision) as revision from parcours.lane');
  return rows[0]?.revision ?? 0;
}

/** Puts bodies back. The edit is noted by the store, as any other is. */
export async function updateBodies(
  session: Session,
  bodies: readonly { readonly digest: string; readonly body: unknown }[],
): Promise<void> {
  await session.query(
    `update parcours.resource_version v set body = x.body
     from unnest($1::text[], $2::jsonb[]) x(digest, body) where v.digest = x.digest and v.body is distinct from x.body`,
    [bodies.map((one) => one.digest), bodies.map((one) => JSON.stringify(one.body))],
  );
}

export interface DriftCheckRow {
  readonly at: Date;
  readonly findings: readonly { readonly sort: string; readonly resource: string }[];
}

/** Keeps the last look for drift. */
export async function saveDriftCheck(session: Session, at: Date, findings: unknown): Promise<void> {
  await session.query(
    `insert into parcours.drift_check (at, findings) values ($1, $2::jsonb)
     on conflict (is_only) do update set at = excluded.at, findings = excluded.findings`,
    [at, JSON.stringify(findings)],
  );
}

export async function selectDriftCheck(session: Session): Promise<DriftCheckRow | null> {
  const rows = await session.query<DriftCheckRow>('select at, findings from parcours.drift_check');
  return rows[0] ?? null;
}
