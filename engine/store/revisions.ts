/**
 * Reads revisions and their bundles: what every lane transaction and every plan starts from. Writing them is `reconcile`'s.
 */
import type { BundleResource, Metadata } from '../compiler/ir.ts';
import type { Session } from './session.ts';

export interface RevisionRow {
  readonly number: number;
  readonly bundle_digest: string;
  readonly git_commit: string | null;
  readonly git_dirty: boolean;
  readonly author: string;
  readonly applied_at: Date;
  readonly resources: Readonly<
    Record<string, { readonly digest: string; readonly meta: Metadata; readonly needs: readonly string[] }>
  >;
  /** What this revision renamed. */
  readonly moves: readonly RevisionMove[];
  /** By `kind/id` the ids that it had before, the first one first. */
  readonly origins: Readonly<Record<string, readonly string[]>>;
}

/** A resource that has another id than before, or (`steps`) a journey of which steps have, by their new id. */
export type RevisionMove =
  | { readonly resource: string; readonly from: string }
  | { readonly resource: string; readonly steps: Readonly<Record<string, string>> };

const columns = 'number, bundle_digest, git_commit, git_dirty, author, applied_at, resources, moves, origins';

/** The number of the live revision; 0 when nothing was applied yet. */
export async function liveRevisionNumber(session: Session): Promise<number> {
  const rows = await session.query<{ number: number }>(
    'select coalesce(max(number), 0) as number from parcours.revision',
  );
  return rows[0]?.number ?? 0;
}

/** The revision with that number, or null. */
export async function readRevision(session: Session, number: number): Promise<RevisionRow | null> {
  const rows = await session.query<RevisionRow>(`select ${columns} from parcours.revision where number = $1`, [number]);
  return rows[0] ?? null;
}

/**
 * The resources of a revision with their bodies, sorted by kind then id as in a bundle. Bodies that are `known`, by digest, aren't read from
 * the store, nor at all before somebody asks for them.
 */
export async function readResources(
  session: Session,
  revision: RevisionRow,
  known: ReadonlyMap<string, Pick<BundleResource, 'body'>> = new Map(),
): Promise<readonly BundleResource[]> {
  const names = Object.keys(revision.resources).sort();
  const digests = names.map((name) => revision.resources[name]!.digest).filter((digest) => !known.has(digest));
  const rows = await session.query<{ digest: string; body: unknown }>(
    'select digest, body from parcours.resource_version where digest = any($1::text[])',
    [digests],
  );
  const bodies = new Map(rows.map((row) => [row.digest, row.body]));
  return names.map((name) => {
    const { digest, meta, needs } = revision.resources[name]!;
    const slash = name.indexOf('/');
    const source = known.get(digest);
    return {
      kind: name.slice(0, slash),
      id: name.slice(slash + 1),
      digest,
      meta,
      needs,
      get body() {
        return source === undefined ? bodies.get(digest) : source.body;
      },
    } as BundleResource;
  });
}

/** Bodies of pinned versions by digest. */
export async function readBodies(session: Session, digests: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
  const rows = await session.query<{ digest: string; body: unknown }>(
    'select digest, body from parcours.resource_version where digest = any($1::text[])',
    [digests],
  );
  return new Map(rows.map((row) => [row.digest, row.body]));
}
