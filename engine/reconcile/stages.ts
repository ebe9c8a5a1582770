/**
 * The ordered stages by which a plan is carried out: one list, read by `--explain` and gone through by `apply-plan.ts`. The second half is
 * the lanes': each does it for its people when it takes the revision over (`activation/lanes/adopt.ts`). Pure.
 */
import { triggersNow } from '../activation/in-flight/rename.ts';
import { canonicalJson } from '../compiler/canonical.ts';
import type { BundleKind, BundleResource } from '../compiler/ir.ts';
import { type Change, type IndirectChange, type InFlightFate, nameOfChange, type Stage } from './plan.ts';
import { segmentNames } from './renames.ts';

export interface Staged {
  readonly changes: readonly Change[];
  readonly indirect: readonly IndirectChange[];
  readonly inFlight: readonly InFlightFate[];
  /** How many resources the plan stands on. */
  readonly preconditions: number;
  /** The number of the revision that it makes. */
  readonly revision: number;
  /** What that revision holds. */
  readonly resources: readonly BundleResource[];
  /** By `kind/id`, what is live. */
  readonly live: ReadonlyMap<string, BundleResource>;
}

/** Kinds of which something is worked out for everybody. */
const filled: ReadonlySet<BundleKind> = new Set(['trait', 'persona', 'segment']);

/** Empty where there is nothing to do. */
export function stagesOf(plan: Staged): readonly Stage[] {
  const { changes, revision, resources, live } = plan;
  if (changes.length === 0) return [];
  const known = new Set([...live.values()].map(({ digest }) => digest));
  const bodies = new Set(resources.map(({ digest }) => digest).filter((digest) => !known.has(digest))).size;
  return [
    { kind: 'lock', by: 'apply' },
    { kind: 'check', by: 'apply', resources: plan.preconditions },
    { kind: 'bodies', by: 'apply', count: bodies },
    { kind: 'revision', by: 'apply', number: revision, resources: resources.length },
    { kind: 'commit', by: 'apply' },
    ...lanesStages(plan),
    { kind: 'current', by: 'lanes', revision },
  ];
}

function lanesStages(plan: Staged): readonly Stage[] {
  const { changes, inFlight } = plan;
  const renames = changes.flatMap(({ kind, id, movedFrom }): Stage[] =>
    movedFrom === null ? [] : [{ kind: 'rename', by: 'lanes', from: `${kind}/${movedFrom}`, to: `${kind}/${id}` }],
  );
  const gone = changes.filter(({ action }) => action === 'remove');
  const cleared = gone.filter(({ kind }) => filled.has(kind)).map(nameOfChange);
  const ended = gone.filter(({ kind }) => kind === 'journey').map(({ id }) => id);
  const fill = filledBy(plan);
  const left = inFlight.filter(({ policy }) => policy === 'removed').reduce((sum, { people }) => sum + people, 0);
  return [
    ...renames,
    ...(cleared.length > 0 ? [{ kind: 'clear', by: 'lanes', resources: cleared } as const] : []),
    ...(fill.length > 0 ? [{ kind: 'fill', by: 'lanes', resources: fill } as const] : []),
    ...(ended.length > 0 ? [{ kind: 'end', by: 'lanes', journeys: ended, people: left } as const] : []),
    ...movedJourneys(inFlight),
    ...times(plan),
    ...entering(plan, new Set(fill)),
  ];
}

/** Computed traits, personas and segments that are new, other, or read something that is. */
export function filledBy({
  changes,
  indirect,
  resources,
}: Pick<Staged, 'changes' | 'indirect' | 'resources'>): readonly string[] {
  const byName = new Map(resources.map((one) => [`${one.kind}/${one.id}`, one]));
  const direct = changes.filter(({ before, after }) => after !== null && before !== after).map(nameOfChange);
  const far = indirect
    .filter(({ class: how, because }) => how === 'audience' && decides(because[0]))
    .map((one) => one.resource);
  return [...direct, ...far].filter((name) => {
    const one = byName.get(name);
    return one !== undefined && filled.has(one.kind) && !(one.kind === 'trait' && one.body.origin === 'sourced');
  });
}

/** Whether a change of it makes others members: of what else conditions read, only the name counts. */
function decides(name: string | undefined): boolean {
  return /^(?:event|entity|trait|persona|segment|workspace)\//.test(name ?? '');
}

function movedJourneys(inFlight: readonly InFlightFate[]): readonly Stage[] {
  const byJourney = new Map<string, InFlightFate[]>();
  for (const fate of inFlight) {
    if (fate.policy !== 'removed') byJourney.set(fate.journey, [...(byJourney.get(fate.journey) ?? []), fate]);
  }
  return [...byJourney].map(([journey, fates]) => ({
    ...{ kind: 'in-flight', by: 'lanes', journey },
    policy: (fates[0] as InFlightFate).policy,
    people: fates.reduce((sum, { people }) => sum + people, 0),
  }));
}

/** Journeys with entries at dates or by conditions, whose times are worked out for everybody. */
function times({ changes, resources }: Staged): readonly Stage[] {
  const changed = new Set(changes.filter(({ before, after }) => before !== after).map(nameOfChange));
  const timed = resources.filter(
    (one) =>
      one.kind === 'journey' &&
      changed.has(`journey/${one.id}`) &&
      one.body.entry.triggers.some(({ kind }) => kind === 'date' || kind === 'anniversary' || kind === 'becomes'),
  );
  return timed.length === 0 ? [] : [{ kind: 'times', by: 'lanes', journeys: timed.map(({ id }) => id) }];
}

/** Journeys that take in present members: theirs is a new entry, or a segment is filled anew. */
function entering({ changes, resources, live }: Staged, fill: ReadonlySet<string>): readonly Stage[] {
  const segmentNow = segmentNames(changes);
  const was = new Map(
    changes.map((change) => [nameOfChange(change), `${change.kind}/${change.movedFrom ?? change.id}`]),
  );
  return resources.flatMap((one): Stage[] => {
    if (one.kind !== 'journey' || one.body.status !== 'live' || one.body.entry.currentMembers !== 'enter') return [];
    const before = live.get(was.get(`journey/${one.id}`) ?? `journey/${one.id}`);
    const isNew = before?.kind !== 'journey' || entryOf(before, segmentNow) !== entryOf(one);
    return one.body.entry.triggers.flatMap((trigger): Stage[] => {
      if (trigger.kind !== 'enters' || !(isNew || fill.has(`segment/${trigger.segment}`))) return [];
      return [{ kind: 'enter', by: 'lanes', journey: one.id, segment: trigger.segment }];
    });
  });
}

type Journey = Extract<BundleResource, { kind: 'journey' }>;

function entryOf({ body }: Journey, segmentNow = (id: string): string => id): string {
  const { triggers, currentMembers } = body.entry;
  return canonicalJson([body.status === 'draft', triggersNow(triggers, segmentNow), currentMembers]);
}
