/**
 * What a plan starts from: the live revision with its resources, and who stands in which version of which journey. Read in one
 * short read-only transaction; nothing here decides anything.
 */
import type { Bundle, BundleResource } from '../compiler/ir.ts';
import { liveRevisionNumber, type RevisionRow, readResources, readRevision } from '../store/revisions.ts';
import type { OwnSession, Session } from '../store/session.ts';
import {
  type AccountsRow,
  type StandingRow,
  selectAccounts,
  selectNeedsOfVersions,
  selectStanding,
  selectStoreIdentity,
} from './queries.ts';

/** Active enrollments in one version of a journey, and what that version references. */
export interface Standing {
  readonly journey: string;
  readonly version: string;
  readonly people: number;
  /** By step; null: they stand at none. */
  readonly steps: readonly { readonly step: string | null; readonly people: number }[];
  /** `kind/id`, direct references only. */
  readonly needs: readonly string[];
}

export interface State {
  /** Null when nothing was applied yet. */
  readonly revision: RevisionRow | null;
  readonly resources: readonly BundleResource[];
  readonly standing: readonly Standing[];
  /** What members have in live loyalty programmes that the bundle lacks. Default: nothing. */
  readonly accounts?: readonly AccountsRow[];
  /** The workspace to which the store belongs; null before the first apply. */
  readonly workspace: string | null;
  /** The identity of the store: a UUID. */
  readonly store: string;
}

/** Reads the live state as of one snapshot. Bodies that the bundle has, too, aren't read from the store. */
export function readState(session: OwnSession, bundle?: Bundle): Promise<State> {
  return session.transaction((inner) => readStateWithin(inner, bundle), { readOnly: true });
}

/** The same inside a transaction that the caller holds. */
export async function readStateWithin(session: Session, bundle?: Bundle): Promise<State> {
  const number = await liveRevisionNumber(session);
  const revision = number === 0 ? null : await readRevision(session, number);
  const resources = revision === null ? [] : await readResources(session, revision, bodiesOf(bundle));
  const rows = await selectStanding(session);
  const needs = await selectNeedsOfVersions(session, [...new Set(rows.map((row) => row.version))]);
  const needsByVersion = new Map(needs.map((row) => [row.version, row.needs]));
  const standing = standingOf(rows).map((row) => ({ ...row, needs: needsByVersion.get(row.version) ?? [] }));
  const accounts = await accountsOf(session, resources, bundle);
  return { revision, resources, standing, accounts, ...(await selectStoreIdentity(session)) };
}

/** Asked for only where a programme would go. */
async function accountsOf(
  session: Session,
  resources: readonly BundleResource[],
  bundle: Bundle | undefined,
): Promise<readonly AccountsRow[]> {
  const kept = new Set(bundle?.resources.flatMap(({ kind, id }) => (kind === 'loyalty' ? [id] : [])));
  const gone = resources.flatMap(({ kind, id }) => (kind === 'loyalty' && !kept.has(id) ? [id] : []));
  return bundle === undefined || gone.length === 0 ? [] : await selectAccounts(session, gone);
}

function bodiesOf(bundle: Bundle | undefined): ReadonlyMap<string, BundleResource> {
  return new Map(bundle?.resources.map((resource) => [resource.digest, resource]));
}

/** Rows by step, gathered by version. */
function standingOf(rows: readonly StandingRow[]): readonly Omit<Standing, 'needs'>[] {
  const byVersion = new Map<
    string,
    { people: number; steps: { step: string | null; people: number }[] } & StandingRow
  >();
  for (const row of rows) {
    const { journey, version, step, people } = row;
    const known = byVersion.get(`${journey} ${version}`) ?? { ...row, people: 0, steps: [] };
    byVersion.set(`${journey} ${version}`, known);
    known.people += people;
    known.steps.push({ step, people });
  }
  return [...byVersion.values()].map(({ journey, version, people, steps }) => ({ journey, version, people, steps }));
}
