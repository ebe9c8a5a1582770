/** Members of segments that change, directly or not: before → after, who comes and who goes, and what reads them. */
import { plannedMembers } from '../../compiler/planned-sql.ts';
import type { OwnSession } from '../../store/session.ts';
import type { SegmentImpact } from '../impact-form.ts';
import type { Measured } from './measured.ts';
import { selectMembersShift, selectSamples } from './queries.ts';
import { inTime, type LaneTask, laneCount, type Tally } from './sample-lanes.ts';

export interface SegmentTarget {
  readonly id: string;
  /** The id under which the store has its members. */
  readonly was: string;
  readonly change: SegmentImpact['change'];
  readonly isRemoved: boolean;
  readonly readBy: readonly string[];
}

/** Segments that are added, changed, renamed with other members, or removed, and those that read something that changes. By id. */
export function segmentTargets({ plan, resources, planned }: Measured): readonly SegmentTarget[] {
  const changes = new Map(plan.changes.filter(({ kind }) => kind === 'segment').map((change) => [change.id, change]));
  const readers = new Map<string, string[]>();
  for (const { kind, id, needs } of resources) {
    for (const name of needs) {
      if (name.startsWith('segment/')) readers.set(name, [...(readers.get(name) ?? []), `${kind}/${id}`]);
    }
  }
  const kept = [...planned.segments].map((id): SegmentTarget => {
    const change = changes.get(id);
    const isDirect = change !== undefined && change.class !== 'metadata';
    const readBy = readers.get(`segment/${id}`) ?? [];
    return {
      id,
      was: change?.movedFrom ?? id,
      change: isDirect ? change.action : 'indirect',
      isRemoved: false,
      readBy,
    };
  });
  const removed = [...changes.values()]
    .filter(({ action }) => action === 'remove')
    .map(({ id }): SegmentTarget => ({ id, was: id, change: 'remove', isRemoved: true, readBy: [] }));
  return [...kept, ...removed].sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function segmentTask(measured: Measured, target: SegmentTarget): LaneTask {
  return {
    names: ['before', 'after', 'entered', 'left'],
    async read(session, lanes) {
      const rows = await selectMembersShift(session, peopleOf(measured, target, lanes), { segment: target.was, lanes });
      return rows.map(({ lane, before, after, kept }) => ({
        lane,
        numbers: { before, after, entered: after - kept, left: before - kept },
      }));
    },
  };
}

function peopleOf({ planned, at }: Measured, { id, isRemoved }: SegmentTarget, lanes: readonly number[]) {
  return isRemoved ? null : plannedMembers({ kind: 'all', of: [planned.definitions.segment(id)] }, planned, lanes, at);
}

export function segmentImpact({ id, change, readBy }: SegmentTarget, tally: Tally): SegmentImpact {
  const count = (name: string) => tally.total(name);
  const counts = { before: count('before'), after: count('after'), entered: count('entered'), left: count('left') };
  return { id, change, ...counts, samples: { entered: [], left: [] }, readBy, measure: tally.measure };
}

/** Lanes in which people are looked for as samples: any will do. */
const sampledLanes = 64;

/** Some of those who enter and leave, as many at most of each. Whoever wants to know them asks the store. */
export async function withSamples(
  session: OwnSession,
  measured: Measured,
  { target, impact, count }: { readonly target: SegmentTarget; readonly impact: SegmentImpact; readonly count: number },
): Promise<SegmentImpact> {
  if (count === 0 || (impact.entered === 0 && impact.left === 0)) return impact;
  const isWhole = impact.measure === null || impact.measure.lanes === laneCount;
  const lanes = Array.from({ length: isWhole ? laneCount : sampledLanes }, (_, lane) => lane);
  const day = measured.at.toISOString().slice(0, 10);
  const of = { segment: target.was, lanes, count, day };
  const rows = await inTime(session, (inner) => selectSamples(inner, peopleOf(measured, target, lanes), of));
  const hashes = (isNew: boolean) => (rows ?? []).filter((row) => row.is_new === isNew).map(({ hash }) => hash);
  return { ...impact, samples: { entered: hashes(true), left: hashes(false) } };
}
