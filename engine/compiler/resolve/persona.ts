/** Personas: a set of which at most one is a person's, by the scores that a model gave. */
import type { PersonaBody, ValueType } from '../ir.ts';
import { useTrait } from '../references.ts';
import { checkIds } from './caps.ts';
import { readCondition } from './condition.ts';
import { child, demand, fault, items, type Place, type Resolving, rangeOf, root, textAt, textOf } from './place.ts';
import { outside } from './standpoint.ts';

export function resolvePersona(at: Resolving): PersonaBody {
  const place = root(at);
  const personas = items(demand(place, 'personas'));
  const confidence = demand(place, 'confidence');
  const lead = child(place, 'lead');
  const fresh = child(place, 'fresh');
  const weighBy = child(place, 'weigh_by');
  checkIds(personas, 'Conditions and cases name a persona by its id.');
  checkScores(personas);
  if (Number(textOf(confidence)) === 0) {
    const detail =
      'A confidence of 0 gives a persona to everybody with a score, however unsure. Write the lowest score that you would act on, such as 0.7.';
    fault(confidence, 'CMP238', detail);
  }
  return {
    personas: personas.map((one) => ({
      id: textOf(demand(one, 'id')),
      title: textAt(one, 'title') ?? null,
      score: readNumeric(demand(one, 'score'), scoreTypes, 'A score is a number'),
    })),
    ...(textAt(place, 'scores') === 'points' && { scores: 'points' as const }),
    confidence: Number(textOf(confidence)),
    lead: lead === undefined ? 0 : Number(textOf(lead)),
    fresh: fresh === undefined ? null : readCondition(fresh, outside('A set of personas')),
    weighBy: weighBy === undefined ? null : readNumeric(weighBy, weightTypes, 'A weight is summed'),
  };
}

const scoreTypes: readonly ValueType[] = ['integer', 'number'];
const weightTypes: readonly ValueType[] = ['integer', 'number', 'money'];

function readNumeric(place: Place, types: readonly ValueType[], what: string): string {
  const name = textOf(place);
  const trait = useTrait(place, name);
  if (trait !== undefined && !types.includes(trait.type)) {
    const detail = `${what}, and trait \`${name}\` is of type ${trait.type}. Name a trait of type ${types.join(' or ')}.`;
    fault(place, 'CMP215', detail);
  }
  return name;
}

/** Two personas of one score are always equally sure, so neither is ahead and the pair names nobody, or whoever is first. */
function checkScores(personas: readonly Place[]): void {
  const seen = new Map<string, Place>();
  for (const one of personas) {
    const score = demand(one, 'score');
    const first = seen.get(textOf(score));
    if (first === undefined) seen.set(textOf(score), score);
    else {
      const related = [{ message: 'first used here', range: rangeOf(first) }];
      const detail = `Two personas have the score \`${textOf(score)}\`, so nothing tells them apart. Give each its own.`;
      fault(score, 'CMP216', detail, { related });
    }
  }
}
