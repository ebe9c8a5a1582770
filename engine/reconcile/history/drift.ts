/**
 * Drift: what the store holds and nobody declared. What is declared is the commit that was applied last (by `sync`, or by an apply of
 * files as they stood in a commit), or the files that are given. Tells field, actor and time; repairs nothing (that is `heal.ts`).
 */

import { digestOf } from '../../compiler/digest.ts';
import type { Bundle, BundleResource } from '../../compiler/ir.ts';
import { runnable } from '../../compiler/not-run.ts';
import { liveRevisionNumber, type RevisionRow, readResources, readRevision } from '../../store/revisions.ts';
import type { OwnSession, Session } from '../../store/session.ts';
import { readSync } from '../../store/sync-state.ts';
import { changeWords } from '../change-words.ts';
import type { Change, ChangeAction, FieldChange } from '../plan.ts';
import {
  type AuthoredRow,
  type ConfigEditRow,
  selectConfigEdits,
  selectDeclaredRevision,
  selectNewestLaneRevision,
  selectRevisionsAbove,
} from './queries.ts';
import { changesBetween } from './revisions.ts';

/** Revisions that are looked through for who changed something. */
const revisionsReadMax = 200;
/** Fields that are told of a body that was edited. */
const fieldsMax = 50;

/**
 * `applied`: a later revision says otherwise than what is declared · `edited`: the row itself was changed in the database ·
 * `missing`: its body is gone · `deleted`: a revision under which lanes ran is gone.
 */
export type DriftSort = 'applied' | 'edited' | 'missing' | 'deleted';

export interface DriftFinding {
  readonly sort: DriftSort;
  /** `kind/id`; `revision/N` where a whole revision is meant. */
  readonly resource: string;
  /** What became of it, seen from what is declared. */
  readonly action: ChangeAction;
  /** Declared → live. */
  readonly fields: readonly FieldChange[];
  /** The author of the revision, or the database's role and what the session called itself; null: nobody noted it. */
  readonly actor: string | null;
  /** ISO; null: nobody noted it. */
  readonly at: string | null;
  /** `revision 4, apply`, `SQL`. */
  readonly by: string;
}

export interface Drift {
  readonly live: number;
  /** What should be live. */
  readonly declared: { readonly revision: number | null; readonly commit: string | null; readonly bundle: string };
  readonly findings: readonly DriftFinding[];
}

/** Reads the drift of the store as of one snapshot; null when nothing was applied yet. `files`: what is declared, if given. */
export function readDrift(session: OwnSession, files: Bundle | null = null): Promise<Drift | null> {
  return session.transaction((inner) => driftWithin(inner, files), { readOnly: true });
}

async function driftWithin(session: Session, files: Bundle | null): Promise<Drift | null> {
  const number = await liveRevisionNumber(session);
  const row = number === 0 ? null : await readRevision(session, number);
  if (row === null) return null;
  const edits = await selectConfigEdits(session, {
    digests: Object.values(row.resources).map((one) => one.digest),
    revision: number,
  });
  const applied = untouched(row, edits);
  const touched = await bodiesTouched(session, row, edits);
  const base = files === null ? await declaredBy(session, applied, touched.recorded) : declaredFiles(files);
  const recorded: Bundle = {
    digest: applied.bundle_digest,
    resources: await readRecorded(session, applied, touched.recorded),
  };
  const later = await selectRevisionsAbove(session, base.revision ?? 0, revisionsReadMax);
  const findings = [
    ...(await deletedRevisions(session, number)),
    ...changesBetween(base.bundle, recorded).map((change) => appliedFinding(change, later)),
    ...rowFindings(recorded, { digest: row.bundle_digest, resources: await readResources(session, row) }, edits, row),
    ...touched.findings,
  ];
  const { revision, commit, bundle } = base;
  return { live: number, declared: { revision, commit, bundle: bundle.digest }, findings };
}

/** The revision as it was written: an edit of its row keeps what stood there. */
function untouched(row: RevisionRow, edits: readonly ConfigEditRow[]): RevisionRow {
  const first = edits.find((edit) => edit.relation === 'revision');
  return first === undefined ? row : { ...row, resources: first.before as RevisionRow['resources'] };
}

interface Touched {
  readonly findings: readonly DriftFinding[];
  /** By digest: the body as it was applied, of those that were edited. */
  readonly recorded: ReadonlyMap<string, unknown>;
}

/** Bodies that aren't what their digest says. */
async function bodiesTouched(session: Session, row: RevisionRow, edits: readonly ConfigEditRow[]): Promise<Touched> {
  const recorded = new Map<string, unknown>();
  const findings: DriftFinding[] = [];
  for (const resource of await readResources(session, row)) {
    const name = `${resource.kind}/${resource.id}`;
    if (resource.body === undefined) {
      findings.push({
        sort: 'missing',
        resource: name,
        action: 'remove',
        fields: [],
        actor: null,
        at: null,
        by: 'SQL',
      });
      continue;
    }
    if (digestOf(resource.body) === resource.digest) continue;
    const own = edits.filter((edit) => edit.relation === 'resource_version' && edit.key === resource.digest);
    const before = own.find((edit) => digestOf(edit.before) === resource.digest)?.before;
    if (before !== undefined) recorded.set(resource.digest, before);
    findings.push(bodyFinding(resource, before, own.at(-1)));
  }
  return { findings, recorded };
}

function bodyFinding(resource: BundleResource, before: unknown, last: ConfigEditRow | undefined): DriftFinding {
  const actual = digestOf(resource.body);
  const unnamed = [
    { path: 'digest', before: resource.digest, after: actual, words: changeWords('digest', resource.digest, actual) },
  ];
  const fields = before === undefined ? [] : leafDifferences('', before, resource.body);
  return {
    ...{ sort: 'edited', resource: `${resource.kind}/${resource.id}`, action: 'change' },
    fields: fields.length === 0 ? unnamed : fields.slice(0, fieldsMax),
    ...byEdit(last),
  };
}

/** What was typed by hand may be no body at all, so it's compared as plain JSON and not in the words of the language. */
function leafDifferences(path: string, before: unknown, after: unknown): readonly FieldChange[] {
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => leafDifferences(path === '' ? key : `${path}.${key}`, before[key], after[key]));
  }
  const [was, is] = [leaf(before), leaf(after)];
  return was === is ? [] : [{ path, before: was, after: is, words: changeWords(path, was, is) }];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function leaf(value: unknown): FieldChange['before'] {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? JSON.stringify(value) : (value as string | number | boolean);
}

function byEdit(edit: ConfigEditRow | undefined): Pick<DriftFinding, 'actor' | 'at' | 'by'> {
  if (edit === undefined) return { actor: null, at: null, by: 'SQL' };
  const actor = edit.client === '' ? `role ${edit.actor}` : `role ${edit.actor} (${edit.client})`;
  return { actor, at: edit.at.toISOString(), by: 'SQL' };
}

/** What differs since the row of the revision itself was edited. */
function rowFindings(
  recorded: Bundle,
  now: Bundle,
  edits: readonly ConfigEditRow[],
  row: RevisionRow,
): readonly DriftFinding[] {
  const last = edits.findLast((edit) => edit.relation === 'revision' && edit.key === String(row.number));
  if (last === undefined) return [];
  return changesBetween(recorded, now).map(({ action, kind, id, fields }) => ({
    ...{ sort: 'edited' as const, resource: `${kind}/${id}`, action, fields },
    ...byEdit(last),
  }));
}

interface Declared {
  readonly revision: number | null;
  readonly commit: string | null;
  readonly bundle: Bundle;
}

function declaredFiles(files: Bundle): Declared {
  return { revision: null, commit: null, bundle: runnable(files) };
}

/** What `sync` applied last; else the newest apply of a commit as it stands; else what is live. */
async function declaredBy(session: Session, live: RevisionRow, bodies: Touched['recorded']): Promise<Declared> {
  const sync = await readSync(session);
  const number = sync?.applied_revision ?? (await selectDeclaredRevision(session));
  const row = number === null || number === live.number ? live : ((await readRevision(session, number)) ?? live);
  const resources = await readRecorded(session, row, bodies);
  return { revision: row.number, commit: row.git_commit, bundle: { digest: row.bundle_digest, resources } };
}

/** The resources with bodies as they were applied. */
async function readRecorded(
  session: Session,
  row: RevisionRow,
  bodies: Touched['recorded'],
): Promise<readonly BundleResource[]> {
  const resources = await readResources(session, row);
  return resources.map((one) => ({ ...one, body: bodies.get(one.digest) ?? one.body }) as BundleResource);
}

async function deletedRevisions(session: Session, live: number): Promise<readonly DriftFinding[]> {
  const newest = await selectNewestLaneRevision(session);
  if (newest <= live) return [];
  const resource = `revision/${newest}`;
  return [{ sort: 'deleted', resource, action: 'remove', fields: [], actor: null, at: null, by: 'SQL' }];
}

/** Who applied what: the revision, newest first, before which the resource was something else. */
function appliedFinding(change: Change, later: readonly AuthoredRow[]): DriftFinding {
  const name = `${change.kind}/${change.id}`;
  const made = later.find((row, i) => row.digests[name] !== later[i + 1]?.digests[name]) ?? later[0];
  return {
    ...{ sort: 'applied', resource: name, action: change.action, fields: change.fields },
    actor: made?.author ?? null,
    at: made?.applied_at.toISOString() ?? null,
    by:
      made === undefined
        ? 'apply'
        : `revision ${made.number}, ${made.via}${made.via_from === null ? '' : ` ${made.via_from}`}`,
  };
}
