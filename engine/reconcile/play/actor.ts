/**
 * The person of a test: a number by which chance falls as the test asks, identifiers, a zone. What he does is `told.ts`. Chance is a hash
 * of the person's number (`activation/journeys/chance.ts`), so numbers are tried, from the test's own on, until one draws what is meant.
 */
import { createHash } from 'node:crypto';
import { drawArm } from '../../activation/journeys/chance.ts';
import { groupOf } from '../../activation/journeys/entries/holdouts.ts';
import type { LinkedJourney } from '../../compiler/linked-journey.ts';
import type { Program } from '../../compiler/program.ts';
import { allSteps } from '../../compiler/steps-inside.ts';
import type { Identifier } from '../../profiles/identified-fact.ts';
import { laneOf } from '../../profiles/lane-of.ts';
import { nothingSeen, type Seen } from './expectations.ts';
import type { TestResource } from './played-bundle.ts';
import { instantOf, timeOfLine } from './timeline.ts';

export interface Actor {
  readonly test: TestResource;
  readonly journey: LinkedJourney;
  readonly lane: number;
  readonly profileId: number;
  readonly zone: string;
  /** Whether he is known by name by now. */
  isKnown: boolean;
  /** Facts told of him; names them. */
  told: number;
  /** The line that is next; -1: what is given. */
  line: number;
  /** When it is due, milliseconds since the epoch. */
  at: number;
  /** After the line before; what came of what is given counts for the first line. */
  seen: Seen;
  /** The last time that anybody looked. */
  latest: Seen;
}

/** The person as identifiers name him: a visitor keeps the name that he had. */
export function identifiersOf({ test: { id, body }, isKnown }: Actor): readonly Identifier[] {
  const visitor = { type: 'anonymous_id', value: `visitor of ${id}` };
  const customer = { type: 'external_id', value: `test ${id}` };
  if (body.given.identified !== false) return [customer];
  return isKnown ? [customer, visitor] : [visitor];
}

export function makeActor(
  test: TestResource,
  journey: LinkedJourney,
  { profileId, zone }: { readonly profileId: number; readonly zone: string },
): Actor {
  return {
    ...{ test, journey, profileId, zone, lane: laneOf(profileId) },
    isKnown: test.body.given.identified !== false,
    told: 0,
    line: -1,
    at: instantOf(test.body.start, zone),
    seen: nothingSeen,
    latest: nothingSeen,
  };
}

/** Numbers that are tried before it is said that nobody draws so. */
const triesMax = 20_000;

/** Numbers of one test begin far from those of another, so that a test that is added changes nobody's chance. */
function firstNumber(id: string): number {
  return createHash('sha256').update(id).digest().readUIntBE(0, 5) + 1;
}

/** The number of a person who isn't held out (unless that is expected) and draws the arms that the test names; null: nobody does. */
export function drawProfile(
  program: Program,
  journey: LinkedJourney,
  { test, taken }: { readonly test: TestResource; readonly taken: ReadonlySet<number> },
): number | null {
  const isHeldOutWanted = test.body.play.some(
    ({ expect }) => (expect as { because?: unknown } | undefined)?.because === 'holdout',
  );
  const times = timesOf(test, program.workspace.zone);
  const splits = splitsOf(journey, test.body.arms ?? {});
  const first = firstNumber(test.id);
  for (let number = first; number < first + triesMax; number += 1) {
    if (taken.has(number)) continue;
    const isHeldOut = times.some((at) => groupOf(program, journey, number, at) !== null);
    if (isHeldOut !== isHeldOutWanted) continue;
    if (splits.every(({ salt, arms, arm }) => drawArm(salt, number, arms)?.id === arm)) return number;
  }
  return null;
}

const monthMs = 28 * 86_400_000;

/** Moments over the whole play at which groups across journeys may be drawn anew. */
function timesOf({ body }: TestResource, zone: string): readonly Date[] {
  const start = instantOf(body.start, zone);
  let end = start;
  for (const [i, line] of body.play.entries())
    end = timeOfLine(line, { line: body.play[i - 1] ?? null, at: end }, zone);
  const count = Math.ceil((end - start) / monthMs) + 1;
  return Array.from({ length: count }, (_, i) => new Date(Math.min(end, start + i * monthMs)));
}

function splitsOf({ id, body }: LinkedJourney, named: Readonly<Record<string, string>>) {
  return allSteps(body.steps).flatMap((step) => {
    const arm = step.id === null ? undefined : named[step.id];
    if (arm === undefined || step.do.kind !== 'split') return [];
    const { arms, choose } = step.do;
    const pinned = choose.kind === 'pinned' ? choose.arm : null;
    const weighed = arms.map((one) => ({ id: one.id, weight: pinned === null || pinned === one.id ? one.weight : 0 }));
    return [{ salt: `${id}/${step.id}`, arms: weighed, arm }];
  });
}
