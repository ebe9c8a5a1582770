/**
 * What becomes of people who are inside journeys that change: said by the journey's `in_flight`, by `moved:` of its steps, or by nothing.
 * Lanes do the same (`activation/in-flight/`) with each person when they take the revision over. Pure.
 */
import type { BundleResource, JourneyBody } from '../compiler/ir.ts';
import type { Change, InFlightFate, Refusal, RenameSuggestion, StepFate } from './plan.ts';
import { movedSteps, stepsOf, suggestSteps } from './renames.ts';
import type { Standing } from './state.ts';

/** Versions of one journey that may be lived in at once: each is kept in memory with its statements. */
export const liveVersionsMax = 20;

/** A journey that changes, with those who are in it. */
export interface Peopled {
  readonly change: Change;
  readonly before: BundleResource | undefined;
  readonly after: BundleResource | undefined;
  /** Under its old name, by version. */
  readonly standing: readonly Standing[];
}

interface Fates {
  readonly fates: readonly InFlightFate[];
  readonly refusals: readonly Refusal[];
  readonly suggestions: readonly RenameSuggestion[];
}

/** Of one journey that was added, changed, moved or removed. */
export function fatesOf({ change, before, after, standing }: Peopled, isAllowed: boolean): Fates {
  const others = standing.filter(({ version, people }) => version !== after?.digest && people > 0);
  const nobody: Fates = { fates: [], refusals: [], suggestions: [] };
  if (others.length === 0 || change.class === 'metadata') return nobody;
  if (after?.kind !== 'journey') return { ...nobody, fates: others.map((row) => leaving(change.id, row)) };
  const way = wayOf(after.body, before === undefined ? {} : movedSteps(before, after), new Set(stepsOf(after).keys()));
  const fates = others.map((row) => fateOf(change.id, row, way));
  const gone = isAllowed ? new Map<string, number>() : goneSteps({ after, before, fates, way });
  const people = [...gone.values()].reduce((sum, heads) => sum + heads, 0);
  const resource = `journey/${change.id}`;
  const steps = [...gone].map(([step, heads]) => ({ step, people: heads }));
  const refusals: Refusal[] =
    steps.length === 0 ? [] : [{ kind: 'steps-gone', resource, people, journeys: [change.id], steps }];
  const tooMany = isAllowed ? null : tooManyVersions(change.id, fates, standing);
  const suggestions = before === undefined ? [] : suggestSteps(before, after, new Set(gone.keys()));
  return { fates, refusals: tooMany === null ? refusals : [...refusals, tooMany], suggestions };
}

/** How people go on: by what the journey says, from each old step to one of the new. */
interface Way {
  readonly policy: InFlightFate['policy'];
  readonly waits: InFlightFate['waits'];
  /** Null: the new steps have no such one, and nothing says which it is now. */
  to(step: string): string | null;
  /** Whether the file says that this step is another one now. */
  isSaid(step: string): boolean;
}

function wayOf({ inFlight }: JourneyBody, moved: Readonly<Record<string, string>>, now: ReadonlySet<string>): Way {
  const map = { ...Object.fromEntries(Object.entries(moved).map(([to, was]) => [was, to])), ...mapOf(inFlight) };
  const target = (step: string) => map[step] ?? step;
  return {
    policy: inFlight === 'pin' ? 'pin' : inFlight.policy,
    waits: inFlight !== 'pin' && inFlight.policy === 'migrate' ? inFlight.waits : null,
    to: (step) => (now.has(target(step)) ? target(step) : null),
    isSaid: (step) => map[step] !== undefined,
  };
}

function mapOf(inFlight: JourneyBody['inFlight']): Readonly<Record<string, string>> {
  return inFlight === 'pin' ? {} : inFlight.map;
}

function fateOf(journey: string, { version, people, steps }: Standing, way: Way): InFlightFate {
  const { policy, waits } = way;
  return {
    ...{ journey, version, policy, waits, people },
    steps: steps.map(({ step, people: heads }): StepFate => {
      if (policy === 'exit') return { step, people: heads, fate: 'left', to: null };
      if (policy !== 'migrate') return { step, people: heads, fate: 'pinned', to: null };
      if (step === null) return { step, people: heads, fate: 'moved', to: null };
      const to = way.to(step);
      return { step, people: heads, fate: to === null ? 'pinned' : 'moved', to };
    }),
  };
}

function leaving(journey: string, { version, people, steps }: Standing): InFlightFate {
  const left = steps.map(({ step, people: heads }): StepFate => ({ step, people: heads, fate: 'left', to: null }));
  return { journey, version, policy: 'removed', waits: null, people, steps: left };
}

interface Going {
  readonly after: BundleResource;
  readonly before: BundleResource | undefined;
  readonly fates: readonly InFlightFate[];
  readonly way: Way;
}

/**
 * Steps that people stand in, that this change takes away, and of which the file says nothing: neither where they go (`map`, `moved`) nor
 * that people stay with their old steps (`policy: pin`, `drain`), nor that they leave.
 */
function goneSteps({ after, before, fates, way }: Going): ReadonlyMap<string, number> {
  const isSilent = way.policy === 'migrate' || (way.policy === 'pin' && after.meta.pins !== true);
  if (!isSilent || before === undefined) return new Map();
  const was = stepsOf(before);
  const gone = new Map<string, number>();
  for (const { step, people } of fates.flatMap(({ steps }) => steps)) {
    // What an earlier change took away was said, or allowed, then.
    if (step === null || !was.has(step) || way.to(step) !== null || way.isSaid(step)) continue;
    gone.set(step, (gone.get(step) ?? 0) + people);
  }
  return gone;
}

/** Who is pinned keeps a version alive; the new one counts too. */
function tooManyVersions(
  journey: string,
  fates: readonly InFlightFate[],
  standing: readonly Standing[],
): Refusal | null {
  const pinned = fates.filter(({ steps }) => steps.some(({ fate }) => fate === 'pinned'));
  const versions = new Set(pinned.map(({ version }) => version)).size + 1;
  if (versions <= liveVersionsMax) return null;
  const people = standing.reduce((sum, row) => sum + row.people, 0);
  return {
    kind: 'versions',
    resource: `journey/${journey}`,
    people,
    journeys: [journey],
    versions,
    max: liveVersionsMax,
  };
}
