/**
 * What may be published of a store, so that a pull request from anywhere can show who stands where without a secret: counts by segment,
 * journey and step. Small ones are withheld, and those from which they could be worked out. Nothing in it is about a person.
 */
import { liveRevisionNumber, readRevision } from '../../store/revisions.ts';
import type { OwnSession, Session } from '../../store/session.ts';
import { hideSmall } from '../crosstab/hide-small.ts';
import { countPeople, type StandingRow, selectHeads, selectSent, selectSizes } from './queries.ts';

/** Counts of fewer than this are withheld. */
export const cellMin = 10;
const weekMs = 7 * 24 * 3_600_000;

/** People, or null: withheld. */
export type Cell = number | null;

export interface SnapshotJourney {
  readonly id: string;
  /** Digest of the steps by which they go. */
  readonly version: string;
  readonly active: Cell;
  readonly steps: readonly { readonly step: string | null; readonly people: Cell }[];
}

export interface Snapshot {
  /** The form of this value, for programs that read it. */
  readonly format: 1;
  readonly kind: 'parcours-snapshot';
  /** ISO. */
  readonly at: string;
  readonly workspace: string | null;
  readonly revision: number;
  readonly bundle: string | null;
  readonly commit: string | null;
  readonly cellMin: number;
  readonly people: Cell;
  readonly segments: readonly { readonly id: string; readonly members: Cell }[];
  readonly journeys: readonly SnapshotJourney[];
  /** Messages that were accepted within the last seven days. */
  readonly messages: readonly { readonly journey: string; readonly week: Cell }[];
}

/** Reads the counts as of one snapshot of the store; `at` is the clock's time. */
export function readSnapshot(session: OwnSession, at: Date): Promise<Snapshot> {
  return session.transaction((inner) => snapshotWithin(inner, at), { readOnly: true });
}

async function snapshotWithin(session: Session, at: Date): Promise<Snapshot> {
  const number = await liveRevisionNumber(session);
  const revision = number === 0 ? null : await readRevision(session, number);
  const names = Object.keys(revision?.resources ?? {});
  const workspace = names.find((name) => name.startsWith('workspace/'));
  const sizes = new Map((await selectSizes(session)).map((row) => [row.segment, row.people]));
  const segments = names.filter((name) => name.startsWith('segment/')).map((name) => name.slice('segment/'.length));
  const sent = await selectSent(session, new Date(at.getTime() - weekMs));
  return {
    format: 1,
    kind: 'parcours-snapshot',
    at: at.toISOString(),
    workspace: workspace?.slice('workspace/'.length) ?? null,
    revision: number,
    bundle: revision?.bundle_digest ?? null,
    commit: revision?.git_dirty === false ? revision.git_commit : null,
    cellMin,
    people: cell(await countPeople(session)),
    segments: segments.sort().map((id) => ({ id, members: cell(sizes.get(id) ?? 0) })),
    journeys: journeysOf(await selectHeads(session)),
    messages: sent.map(({ journey, messages }) => ({ journey, week: cell(messages) })),
  };
}

function cell(count: number): Cell {
  return count > 0 && count < cellMin ? null : count;
}

/** Rows in order of journey and version. A step's count must not come back as what is missing in the journey's. */
export function journeysOf(rows: readonly StandingRow[]): readonly SnapshotJourney[] {
  const byVersion = new Map<string, StandingRow[]>();
  for (const row of rows) {
    const name = `${row.journey} ${row.version}`;
    byVersion.set(name, [...(byVersion.get(name) ?? []), row]);
  }
  return [...byVersion.values()].map((steps) => {
    const { journey: id, version } = steps[0] as StandingRow;
    const counts = steps.map((row) => row.people);
    const line = [...counts, counts.reduce((sum, count) => sum + count, 0)];
    // The same line twice: a table of one row has its sums for a second one.
    const [hidden = []] = hideSmall([line, line], cellMin);
    const shown = (index: number): Cell => (hidden[index] === true ? null : (line[index] ?? null));
    return {
      id,
      version,
      active: shown(counts.length),
      steps: steps.map(({ step }, index) => ({ step, people: shown(index) })),
    };
  });
}
