/** Compiled statements of a program, made when first needed and kept as long as the program. */

import type { Condition, PropertyTest } from '../compiler/ir.ts';
import type { LinkedTrait, Program } from '../compiler/program.ts';
import {
  eventsThatMatch,
  type Prepared,
  pairOverLanes,
  pairsOverEnrollments,
  pairsOverPeople,
  traitsOverPeople,
} from '../compiler/program-sql.ts';

export interface Statements {
  pairsOverPeople(key: string, conditions: readonly Condition[]): Prepared;
  pairsOverEnrollments(key: string, conditions: readonly Condition[]): Prepared;
  pairOverLanes(key: string, condition: Condition): Prepared;
  traits(traits: readonly LinkedTrait[]): Prepared;
  eventsThatMatch(key: string, where: readonly PropertyTest[]): Prepared;
}

/** `key` names the conditions within the program: the same key must always come with the same conditions. */
export function statementsOf(program: Program): Statements {
  const made = new Map<string, Prepared>();
  const once = (key: string, make: () => Prepared): Prepared => {
    let statement = made.get(key);
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
    pairOverLanes: (key, condition) => once(`lanes ${key}`, () => pairOverLanes(program, condition)),
    traits: (traits) => once(`traits ${traits.map(({ name }) => name)}`, () => traitsOverPeople(program, traits)),
    eventsThatMatch: (key, where) => once(`match ${key}`, () => eventsThatMatch(program, where)),
  };
}
