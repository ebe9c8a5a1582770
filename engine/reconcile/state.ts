/**
 * What a plan starts from: the live revision with its resources, and who stands in which version of which journey. Read in one
 * short read-only transaction; nothing here decides anything.
 */
import type { BundleResource } from '../compiler/ir.ts';
import { liveRevisionNumber, type RevisionRow, readResources, readRevision } from '../store/revisions.ts';
import type { OwnSession, Session } from '../store/session.ts';
import { selectNeedsOfVersions, selectStanding, selectWorkspaceName } from './queries.ts';

/** Active enrollments in one version of a journey, and what that version references. */
export interface Standing {
  readonly journey: string;
  readonly version: string;
  readonly people: number;
  /** `kind/id`, direct references only. */
  readonly needs: readonly string[];
}

export interface State {
  /** Null when nothing was applied yet. */
  readonly revision: RevisionRow | null;
  readonly resources: readonly BundleResource[];
  readonly standing: readonly Standing[];
  /** The workspace to which the store belongs; null before the first apply. */
  readonly workspace: string | null;
}

/** Reads the live state as of one snapshot. */
export function readState(session: OwnSession): Promise<State> {
  return session.transaction(readStateWithin, { readOnly: true });
}

/** The same inside a transaction that the caller holds. */
export async function readStateWithin(session: Session): Promise<State> {
  const number = await liveRevisionNumber(session);
  const revision = number === 0 ? null : await readRevision(session, number);
  const resources = revision === null ? [] : await readResources(session, revision);
  const rows = await selectStanding(session);
  const needs = await selectNeedsOfVersions(session, [...new Set(rows.map((row) => row.version))]);
  const needsByVersion = new Map(needs.map((row) => [row.version, row.needs]));
  const standing = rows.map((row) => ({ ...row, needs: needsByVersion.get(row.version) ?? [] }));
  return { revision, resources, standing, workspace: await selectWorkspaceName(session) };
}
