/** What was applied when: the list of revisions, one of them as a bundle again, and what lies between two bundles. Reads only. */
import type { Bundle } from '../../compiler/ir.ts';
import { runnable } from '../../compiler/not-run.ts';
import { liveRevisionNumber, type RevisionRow, readResources, readRevision } from '../../store/revisions.ts';
import type { Session } from '../../store/session.ts';
import type { Change } from '../plan.ts';
import { planChanges } from '../plan-changes.ts';
import { ReconcileError } from '../reconcile-error.ts';
import { findRevisionsOfCommit, type RevisionSummaryRow, selectPlanOf, selectRevisions } from './queries.ts';

/** How many revisions a list holds at most. */
export const revisionsMax = 1_000;

/** A revision without its resources. */
export interface RevisionSummary {
  readonly number: number;
  readonly bundle: string;
  readonly commit: string | null;
  readonly dirty: boolean;
  readonly author: string;
  /** ISO. */
  readonly appliedAt: string;
  readonly engineVersion: string;
  /** `apply`, `sync`, `rollback`, `promote` or `heal`, and from what. */
  readonly via: string;
  readonly from: string | null;
  readonly resources: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** The newest revisions, newest first. */
export async function listRevisions(session: Session, limit: number): Promise<readonly RevisionSummary[]> {
  return (await selectRevisions(session, { below: Number.MAX_SAFE_INTEGER, limit })).map(summaryOf);
}

function summaryOf(row: RevisionSummaryRow): RevisionSummary {
  const { bundle_digest, git_commit, git_dirty, applied_at, engine_version, via_from, ...rest } = row;
  return {
    ...rest,
    bundle: bundle_digest,
    commit: git_commit,
    dirty: git_dirty,
    appliedAt: applied_at.toISOString(),
    engineVersion: engine_version,
    from: via_from,
  };
}

export interface RevisionDetail extends RevisionSummary {
  readonly changes: readonly Change[];
  /** `kind/id`, sorted. */
  readonly names: readonly string[];
}

/** One revision with the changes that it brought. Errors: `ReconcileError` `REVISION_UNKNOWN`. */
export async function readRevisionDetail(session: Session, number: number): Promise<RevisionDetail> {
  const [row] = await selectRevisions(session, { below: number + 1, limit: 1 });
  const revision = row?.number === number ? await readRevision(session, number) : null;
  if (row === undefined || revision === null) throw unknownRevision(String(number), await liveRevisionNumber(session));
  const plan = (await selectPlanOf(session, number)) as { readonly changes?: readonly Change[] } | null;
  return { ...summaryOf(row), changes: plan?.changes ?? [], names: Object.keys(revision.resources).sort() };
}

/** A revision as the bundle that it was made of, so that it can be planned and applied again. */
export interface StoredBundle {
  readonly revision: RevisionRow;
  readonly bundle: Bundle;
}

/** Errors: `ReconcileError` `REVISION_UNKNOWN`. */
export async function readStoredBundle(session: Session, number: number): Promise<StoredBundle> {
  const revision = await readRevision(session, number);
  if (revision === null) throw unknownRevision(String(number), await liveRevisionNumber(session));
  return { revision, bundle: { digest: revision.bundle_digest, resources: await readResources(session, revision) } };
}

/**
 * The number that a word of the command line names: a number, `live`, or the beginning of a commit (four digits or more).
 * Errors: `ReconcileError` `REVISION_UNKNOWN`.
 */
export async function findRevision(session: Session, word: string): Promise<number> {
  const live = await liveRevisionNumber(session);
  if (live === 0)
    throw new ReconcileError('REVISION_UNKNOWN', 'Nothing was applied to this store yet, so it has no revision.');
  if (word === 'live') return live;
  if (/^\d{1,9}$/.test(word)) {
    if ((await readRevision(session, Number(word))) !== null) return Number(word);
    throw unknownRevision(word, live);
  }
  if (!/^[0-9a-f]{4,64}$/.test(word)) throw unknownRevision(word, live);
  const [found, other] = await findRevisionsOfCommit(session, word);
  if (found === undefined) throw unknownRevision(word, live);
  if (other === undefined) return found;
  throw new ReconcileError(
    'REVISION_UNKNOWN',
    `The commits of revisions ${other} and ${found} both begin with ${word}. Give more digits, or the number of one of them.`,
  );
}

/** The newest revision before the live one that holds something else. Errors: `ReconcileError` `REVISION_UNKNOWN`. */
export async function findRevisionBefore(session: Session): Promise<number> {
  const [live, ...older] = await listRevisions(session, revisionsMax);
  const other = older.find((one) => one.bundle !== live?.bundle);
  if (other !== undefined) return other.number;
  throw new ReconcileError(
    'REVISION_UNKNOWN',
    live === undefined
      ? 'Nothing was applied to this store yet, so there is nothing to go back to.'
      : `Revision ${live.number} is the first that holds what it holds: there is nothing before it to go back to.`,
  );
}

/** What changes from one bundle to another, in the words of a plan; nobody is asked where people stand. */
export function changesBetween(before: Bundle | null, after: Bundle): readonly Change[] {
  const resources = before === null ? [] : runnable(before).resources;
  return planChanges(after, { revision: null, resources, standing: [], workspace: null, store: '' }).changes;
}

function unknownRevision(word: string, live: number): ReconcileError {
  return new ReconcileError(
    'REVISION_UNKNOWN',
    `There is no revision ${word}. A revision is named by its number (up to ${live}), by \`live\`, or by four or more digits of its commit; ` +
      '`parcours revisions` lists them.',
  );
}
