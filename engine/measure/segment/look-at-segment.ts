/** A segment of the live revision as it stands: size, history, overlap with the others, and why people are in or out. Reads only. */
import { definitionsOf } from '../../compiler/as-of.ts';
import type { BundleResource, Condition } from '../../compiler/ir.ts';
import type { OwnSession } from '../../store/session.ts';
import { countMembersNow } from '../members/queries.ts';
import { countReasons, type Reasons } from './count-reasons.ts';
import { countEverybody, type OverlapRow, type SizeRow, selectOverlap, selectSizes } from './queries.ts';

/** Segments that overlap are listed up to so many. */
const overlapMax = 10;

export interface SegmentRequest {
  readonly resources: readonly BundleResource[];
  /** The id of a segment among the resources. */
  readonly segment: string;
  readonly at: Date;
  /** Days of history, at most. */
  readonly days: number;
  /** How long the reasons may be counted. */
  readonly budgetMs: number;
}

export interface SegmentLook {
  readonly segment: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly where: Condition;
  readonly size: number;
  /** Everybody in the store. */
  readonly people: number;
  readonly history: readonly SizeRow[];
  readonly overlap: readonly OverlapRow[];
  readonly reasons: Reasons;
}

/** Each part is read by itself: they may differ by what happened between them. */
export async function lookAtSegment(session: OwnSession, request: SegmentRequest): Promise<SegmentLook> {
  const { resources, segment, at, days, budgetMs } = request;
  const house = definitionsOf(resources);
  const found = resources.find((one) => one.kind === 'segment' && one.id === segment);
  const others = resources.filter((one) => one.kind === 'segment' && one.id !== segment).map(({ id }) => id);
  const where = house.segment(segment);
  return {
    segment,
    title: found?.meta.title ?? null,
    description: found?.meta.description ?? null,
    where,
    size: await countMembersNow(session, segment),
    people: await countEverybody(session),
    history: await selectSizes(session, segment, days),
    overlap: await selectOverlap(session, segment, others, overlapMax),
    reasons: await countReasons(session, { where, house, at, budgetMs }),
  };
}
