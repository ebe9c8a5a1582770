/** Which journeys a plan touches: those that change, and those that take in whom a changed segment brings. Pure. */
import { triggersNow } from '../../activation/in-flight/rename.ts';
import { canonicalJson } from '../../compiler/canonical.ts';
import type { BundleResource, JourneyBody } from '../../compiler/ir.ts';
import type { JourneyImpact } from '../impact-form.ts';
import { segmentNames } from '../renames.ts';
import type { Measured } from './measured.ts';

export interface JourneyTarget {
  /** As it will be called; of one that is removed, as it is. */
  readonly id: string;
  /** As it is called now. */
  readonly was: string;
  /** Null when it is removed. */
  readonly body: JourneyBody | null;
  /** Digest of the body. */
  readonly version: string | null;
  readonly change: JourneyImpact['change'];
  /** Its entry is new: all members of its segment count as brought in. Otherwise only those whom a changed segment brings in. */
  readonly isNewEntry: boolean;
}

type Journey = Extract<BundleResource, { kind: 'journey' }>;

/** In order of id. */
export function journeyTargets({ plan, state, resources, planned }: Measured): readonly JourneyTarget[] {
  const changes = new Map(plan.changes.filter((one) => one.kind === 'journey').map((one) => [one.id, one]));
  const live = new Map(state.resources.filter(isJourney).map((one) => [one.id, one.body]));
  const segmentNow = segmentNames(plan.changes);
  const kept = resources.filter(isJourney).flatMap(({ id, digest, body }): JourneyTarget[] => {
    const change = changes.get(id);
    const isDirect = change !== undefined && change.class !== 'metadata';
    if (!isDirect && !takesInFrom(body, planned.segments)) return [];
    const was = change?.movedFrom ?? id;
    const isNewEntry = entryOf(live.get(was), segmentNow) !== entryOf(body);
    return [{ id, was, body, version: digest, change: isDirect ? change.action : 'indirect', isNewEntry }];
  });
  const removed = [...changes.values()]
    .filter(({ action }) => action === 'remove')
    .map(({ id }): JourneyTarget => ({ id, was: id, body: null, version: null, change: 'remove', isNewEntry: false }));
  return [...kept, ...removed].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isJourney(resource: BundleResource): resource is Journey {
  return resource.kind === 'journey';
}

function takesInFrom(body: JourneyBody, segments: ReadonlySet<string>): boolean {
  const { triggers, currentMembers } = body.entry;
  if (body.status !== 'live' || currentMembers === 'skip') return false;
  return triggers.some((trigger) => trigger.kind === 'enters' && segments.has(trigger.segment));
}

/** What, when it changes, makes present members enter: the same as in the engine's adoption of a revision. */
function entryOf(body: JourneyBody | undefined, segmentNow = (id: string): string => id): string | null {
  if (body === undefined) return null;
  const { triggers, currentMembers } = body.entry;
  return canonicalJson([body.status === 'draft', triggersNow(triggers, segmentNow), currentMembers]);
}
