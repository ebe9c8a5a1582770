/** Journeys that start each other at once and for ever: a circle of `start` steps without any pause between them. */
import type { JourneyBody, StepBody } from '../ir.ts';
import { openSealed } from '../sealed.ts';
import type { Written } from './across.ts';
import { readFlow } from './journey-flow.ts';
import { child, fault, isMap, type Place, root } from './place.ts';

/** A compiled journey and its document. */
interface JourneyNode {
  readonly id: string;
  readonly body: JourneyBody;
  readonly place: Place;
}

interface Edge {
  readonly to: string;
  /** The `start` in the document. */
  readonly place: Place;
}

/** Says each circle once, at the first `start` of its first journey. */
export function checkJourneyCircles(written: readonly Written[]): void {
  // The document tells without the compiled body.
  const always = written
    .filter(({ sealed, at }) => sealed.kind === 'journey' && entersAlways(root(at)))
    .map(({ sealed, at }): JourneyNode => {
      return { id: sealed.id, body: openSealed(sealed).body as JourneyBody, place: root(at) };
    });
  const ids = new Set(always.map(({ id }) => id));
  const edges = new Map(
    always.map((node) => [node.id, edgesOf(node).filter(({ to }) => to !== node.id && ids.has(to))]),
  );
  const said = new Set<string>();
  for (const { id } of always) {
    const circle = circleFrom(id, edges);
    if (circle === null || circle.some((one) => said.has(one))) continue;
    for (const one of circle) said.add(one);
    const first = edges.get(id)?.find(({ to }) => to === (circle[1] ?? id));
    if (first === undefined) continue;
    const path = [...circle, id].map((one) => `\`${one}\``).join(' → ');
    const detail = `These journeys start each other without a pause, for ever: ${path}. Put a wait between them, or leave out \`reentry: always\`.`;
    fault(first.place, 'CMP164', detail);
  }
}

function entersAlways(journey: Place): boolean {
  const entry = child(journey, 'entry');
  return entry !== undefined && child(entry, 'reentry')?.value === 'always';
}

/** The starts that are reached in no time. */
function edgesOf({ body, place }: JourneyNode): readonly Edge[] {
  const reached = startsAtOnce(body.steps).found;
  return readFlow(place).steps.flatMap(({ place: step }) => {
    const start = child(step, 'start');
    if (start === undefined) return [];
    const named = isMap(start.value) ? child(start, 'journey') : start;
    return named !== undefined && reached.has(String(named.value)) ? [{ to: String(named.value), place: named }] : [];
  });
}

/** What is started with no time passing, and whether the end of the list is reached so. */
function startsAtOnce(steps: readonly StepBody[]): { readonly found: ReadonlySet<string>; readonly passes: boolean } {
  const found = new Set<string>();
  for (const step of steps) {
    const pauses = step.after !== null || step.at !== null || step.days !== undefined;
    const { do: action } = step;
    if (action.kind === 'start' && !pauses) found.add(action.journey);
    const ways = pauses ? [] : waysOf(step);
    const results = ways.map(startsAtOnce);
    for (const result of results) for (const one of result.found) found.add(one);
    const isSkipped = step.if !== null;
    if (action.kind === 'exit' || action.kind === 'goto') {
      if (!isSkipped) return { found, passes: false };
      continue;
    }
    const waits = pauses || takesTime(action.kind);
    const passes = ways.length === 0 ? !waits : results.some((result) => result.passes);
    if (!isSkipped && !passes) return { found, passes: false };
  }
  return { found, passes: true };
}

/** Steps in which the person stays. A send may leave in the same second. */
function takesTime(kind: StepBody['do']['kind']): boolean {
  return kind === 'wait' || kind === 'wait_until' || kind === 'call' || kind === 'repeat';
}

function waysOf(step: StepBody): readonly (readonly StepBody[])[] {
  const { do: action } = step;
  switch (action.kind) {
    case 'branch':
      return [...action.arms.map((arm) => arm.steps), step.otherwise];
    case 'switch':
      return [...action.cases.map((one) => one.steps), step.otherwise];
    case 'split':
      return action.arms.map((arm) => arm.steps);
    case 'repeat':
      return [action.steps];
    // A wait for what is true already passes at once, the arms of events never do.
    case 'wait_for':
      return [step.then];
    case 'wait_for_first':
    case 'wait':
    case 'wait_until':
    case 'call':
      return [];
    default:
      return step.then.length + step.otherwise.length === 0 ? [] : [step.then, step.otherwise];
  }
}

/** The shortest way from the journey back to it, or null. */
function circleFrom(id: string, edges: ReadonlyMap<string, readonly Edge[]>): readonly string[] | null {
  const paths: (readonly string[])[] = [[id]];
  const seen = new Set<string>();
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    for (const { to } of edges.get(path.at(-1) as string) ?? []) {
      if (to === id) return path;
      if (seen.has(to)) continue;
      seen.add(to);
      paths.push([...path, to]);
    }
  }
  return null;
}
