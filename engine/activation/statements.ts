/** Compiled statements of a program, made when first needed and kept as long as the program. */

import type { Condition, PropertyTest, StepAction, ValueRef } from '../compiler/ir.ts';
import type { LinkedTrigger } from '../compiler/linked-trigger.ts';
import type { LinkedSegment, LinkedTrait, Program } from '../compiler/program.ts';
import {
  eventsThatMatch,
  type Prepared,
  type PreparedTraits,
  pairsOverEnrollments,
  pairsOverEnrollmentsUntil,
  pairsOverPeople,
  type RankingTrait,
  rowsToFitOverEverybody,
  scaleOverEverybody,
  scalesAhead,
  segmentsOverLanes,
  traitsOverLanes,
  traitsOverPeople,
  valuesOverEnrollments,
  type WhichLanes,
} from '../compiler/program-sql.ts';
import { momentUntil, weekdaysAhead } from '../compiler/wait-sql.ts';

export interface Statements {
  pairsOverPeople(key: string, conditions: readonly Condition[]): Prepared;
  pairsOverEnrollments(key: string, conditions: readonly Condition[]): Prepared;
  pairsOverEnrollmentsUntil(key: string, conditions: readonly Condition[]): Prepared;
  segmentsOverLanes(segments: readonly LinkedSegment[], which: WhichLanes): Prepared;
  traits(traits: readonly LinkedTrait[]): PreparedTraits;
  /** Traits of a stage read those of the stages before. */
  traitsOverLanes(stages: readonly (readonly LinkedTrait[])[], which: WhichLanes): PreparedTraits;
  scale(trait: string): Prepared;
  /** Made each time: a revision asks for it once. */
  scalesAhead(ranks: readonly RankingTrait[], stages: readonly (readonly LinkedTrait[])[]): Prepared;
  rowsToFit(trait: string): Prepared;
  momentUntil(key: string, until: Extract<StepAction, { readonly kind: 'wait_until' }>): Prepared;
  weekdaysAhead(key: string, at: string | null): Prepared;
  valuesOf(key: string, refs: readonly ValueRef[]): Prepared;
  eventsThatMatch(key: string, where: readonly PropertyTest[]): Prepared;
  /** Of a trigger, made once by its name. */
  ofTrigger(trigger: LinkedTrigger, make: (program: Program, trigger: LinkedTrigger) => Prepared): Prepared;
}

/** `key` names the conditions within the program: the same key must always come with the same conditions. */
export function statementsOf(program: Program): Statements {
  const made = new Map<string, Prepared>();
  const once = <P extends Prepared>(key: string, make: () => P): P => {
    let statement = made.get(key) as P | undefined;
    if (statement === undefined) {
      statement = make();
      made.set(key, statement);
    }
    return statement;
  };
  return {
    pairsOverPeople: (key, conditions) => once(`people ${key}`, () => pairsOverPeople(program, conditions)),
    pairsOverEnrollments: (key, conditions) =>
      once(`enrollments ${key}`, () => pairsOverEnrollments(program, conditions)),
    pairsOverEnrollmentsUntil: (key, conditions) =>
      once(`enrollments until ${key}`, () => pairsOverEnrollmentsUntil(program, conditions)),
    segmentsOverLanes: (segments, which) =>
      once(`segments of ${which} lanes ${segments.map(({ id }) => id)}`, () =>
        segmentsOverLanes(program, segments, which),
      ),
    traits: (traits) => once(`traits ${traits.map(({ name }) => name)}`, () => traitsOverPeople(program, traits)),
    traitsOverLanes: (stages, which) => {
      const key = stages.map((traits) => traits.map(({ name }) => name).join()).join(';');
      return once(`traits of ${which} lanes ${key}`, () => traitsOverLanes(program, stages, which));
    },
    scale: (trait) =>
      once(`scale ${trait}`, () => {
        const scale = scaleOverEverybody(program, trait);
        if (scale === null) throw new Error(`assertion failed: ${trait} is fitted, not ranked`);
        return scale;
      }),
    scalesAhead: (ranks, stages) => scalesAhead(program, ranks, stages),
    rowsToFit: (trait) => once(`rows ${trait}`, () => rowsToFitOverEverybody(program, trait)),
    momentUntil: (key, until) => once(`until ${key}`, () => momentUntil(program, until)),
    weekdaysAhead: (key, at) => once(`weekdays ${key}`, () => weekdaysAhead(program, at)),
    valuesOf: (key, refs) => once(`values ${key}`, () => valuesOverEnrollments(program, refs)),
    eventsThatMatch: (key, where) => once(`match ${key}`, () => eventsThatMatch(program, where)),
    ofTrigger: (trigger, make) => once(`${make.name} ${trigger.name}`, () => make(program, trigger)),
  };
}
