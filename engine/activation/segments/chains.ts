/**
 * Which computed traits one statement over whole lanes can make of each other, so that each table is written once for all of them. What is
 * wanted is decided by those who fill; the statement is in the compiler's `program-sql.ts`.
 */
import type { Level, LinkedTrait, Program } from '../../compiler/program.ts';
import type { Readers } from '../../compiler/readers.ts';
import type { Stages } from './traits.ts';

/** Names with their kind, as a trait and a segment may have one name. A set of personas stands under its trait. */
export const traitKey = (name: string): string => `trait/${name}`;
export const segmentKey = (id: string): string => `segment/${id}`;

/** All that is computed in these levels. */
export function keysOf(levels: readonly Level[]): readonly string[] {
  return levels.flatMap(({ traits, personas, groups }) => [
    ...traits.map(({ name }) => traitKey(name)),
    ...personas.map(({ trait }) => traitKey(trait)),
    ...groups.flatMap(({ segments }) => segments.map(({ id }) => segmentKey(id))),
  ]);
}

/**
 * The wanted traits of these levels that read nothing `pending` but each other, one stage a level. `isWanted` is also told what is in the
 * chain so far.
 */
export function chainOf(
  levels: readonly Level[],
  pending: ReadonlySet<string>,
  isWanted: (trait: LinkedTrait, chained: ReadonlySet<string>) => boolean,
): Stages {
  const chained = new Set<string>();
  const isReady = ({ traits, segments }: Readers) =>
    [...traits].every((name) => !pending.has(traitKey(name)) || chained.has(name)) &&
    [...segments].every((id) => !pending.has(segmentKey(id)));
  const stages = levels.map(({ traits }) => {
    const stage = traits.filter((trait) => isReady(trait.readers) && isWanted(trait, chained));
    for (const { name } of stage) chained.add(name);
    return stage;
  });
  return stages.filter((stage) => stage.length > 0);
}

/**
 * The computed traits that the trait is made of, however far down; null where it can't be told of facts alone: by a segment, a persona or
 * what needs everybody itself.
 */
export function madeOf({ computedTraits, personas }: Program, trait: LinkedTrait): ReadonlySet<string> | null {
  const byName = new Map(computedTraits.map((one) => [one.name, one]));
  const needed = new Set<string>();
  const isTold = ({ traits, segments }: Readers): boolean =>
    segments.size === 0 &&
    [...traits].every((name) => {
      if (personas.some((one) => one.trait === name)) return false;
      const one = byName.get(name);
      if (one === undefined) return true;
      needed.add(name);
      return !('refresh' in one.definition) && isTold(one.readers);
    });
  return isTold(trait.readers) ? needed : null;
}

/** The traits of that name, each after those that it reads. */
export function stagesOf({ levels }: Program, names: ReadonlySet<string>): Stages {
  return levels.map(({ traits }) => traits.filter(({ name }) => names.has(name))).filter((stage) => stage.length > 0);
}
