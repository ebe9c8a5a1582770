/** `switch`: one value and its cases, compiled to conditions. What the cases leave out or repeat is said here. */
import { asSet } from '../canonical.ts';
import type { Condition, StepAction, StepBody, Value, ValueTest } from '../ir.ts';
import { usePersonas, useProgramme } from '../references.ts';
import { readConditionAt } from './check-messages.ts';
import { allOf, anyOf, negate, unresolved } from './combine.ts';
import { atStep, type JourneyNames } from './journey-names.ts';
import { child, demand, fault, isMap, items, type Place, textOf } from './place.ts';
import { capital, listed, readLiteral, readTests, type Typed } from './values.ts';

type Cases = Extract<StepAction, { readonly kind: 'switch' }>['cases'];

interface Switching {
  readonly names: JourneyNames;
  readonly order: number;
  readonly readSteps: (list: Place | undefined) => readonly StepBody[];
}

/** What is switched on: how a value of it is typed, and the condition that a test of it makes. */
interface Subject {
  readonly typed: Typed;
  leaf(test: ValueTest): Condition;
}

export function readSwitch(step: Place, { names, order, readSteps }: Switching): StepAction {
  const subject = readSubject(demand(step, 'switch'), names, order);
  const seen = new Map<string, Place>();
  const cases: Cases = items(demand(step, 'cases')).map((one) => ({
    if: subject === undefined ? unresolved : readCase(one, subject, seen),
    steps: readSteps(child(one, 'steps')),
  }));
  if (subject !== undefined && child(step, 'otherwise') === undefined) warnMissing(step, subject.typed, seen);
  return { kind: 'switch', cases };
}

function readSubject(place: Place, names: JourneyNames, order: number): Subject | undefined {
  const persona = child(place, 'persona');
  if (persona !== undefined) return personaSubject(persona);
  const tier = child(place, 'tier');
  if (tier !== undefined) return tierSubject(tier);
  // Any question about the value shows what it is; the cases then ask their own.
  const asked: Place = { ...place, value: { ...(place.value as object), exists: true } };
  const [leaf] = leavesOf(readConditionAt(asked, atStep(names, order)));
  return leaf === undefined ? undefined : subjectOf(leaf, place);
}

function leavesOf(condition: Condition): readonly Condition[] {
  return condition.kind === 'all' ? condition.of.flatMap(leavesOf) : [condition];
}

function subjectOf(leaf: Condition, place: Place): Subject | undefined {
  const { traits, entities } = place.at.names;
  switch (leaf.kind) {
    case 'trait': {
      const values = traits.get(leaf.trait)?.values ?? null;
      const typed: Typed = { type: leaf.type, values, label: `trait \`${leaf.trait}\`` };
      return { typed, leaf: (test) => ({ ...leaf, test }) };
    }
    case 'field':
      return {
        typed: { type: leaf.type, values: null, label: `field \`entry.${leaf.property}\`` },
        leaf: (test) => ({ ...leaf, test }),
      };
    case 'entity_field': {
      const values = entities.get(leaf.entity)?.fields[leaf.field]?.values ?? null;
      const typed: Typed = { type: leaf.type, values, label: `field \`${leaf.entity}.${leaf.field}\`` };
      return { typed, leaf: (test) => ({ ...leaf, test }) };
    }
    case 'last':
      return {
        typed: { type: leaf.type, values: null, label: `the newest \`${textOf(demand(place, 'last'))}\`` },
        leaf: (test) => ({ ...leaf, test }),
      };
    default:
      return undefined;
  }
}

function personaSubject(place: Place): Subject | undefined {
  const id = textOf(place);
  const values = usePersonas(place, id);
  if (values === undefined) return undefined;
  return {
    typed: { type: 'enum', values, label: `persona of \`${id}\`` },
    leaf: (test) => ({ kind: 'persona', persona: id, in: textsOf(test) }),
  };
}

function tierSubject(place: Place): Subject | undefined {
  const id = textOf(place);
  const programme = useProgramme(place, id);
  if (programme === undefined) return undefined;
  return {
    typed: { type: 'enum', values: programme.tiers, label: `tier of \`${id}\`` },
    leaf: (test) => anyOf(textsOf(test).map((tier) => ({ kind: 'tier', program: id, op: 'is', tier }))),
  };
}

function textsOf(test: ValueTest): readonly string[] {
  if (test.op === 'is') return [String(test.value)];
  return test.op === 'in' ? test.values.map(String) : [];
}

function readCase(place: Place, subject: Subject, seen: Map<string, Place>): Condition {
  const is = child(place, 'is');
  const list = child(place, 'in');
  const values = [is, list].flatMap((operand) => items(operand));
  for (const value of values) sayTwice(value, seen);
  const tests = readTests(without(place, Array.isArray(is?.value) ? 'is' : null), subject.typed);
  const several = Array.isArray(is?.value) ? [oneOf(is as Place, subject)] : [];
  return allOf([...several, ...tests.map(({ not, test }) => (not ? negate(subject.leaf(test)) : subject.leaf(test)))]);
}

/** `is` with a list is `in`. */
function oneOf(place: Place, subject: Subject): Condition {
  const values = items(place).flatMap((item): readonly Value[] => {
    const value = readLiteral(item, subject.typed);
    return value === undefined ? [] : [value];
  });
  const unique = asSet(values);
  const [first] = unique;
  if (first === undefined) return unresolved;
  return subject.leaf(unique.length === 1 ? { op: 'is', value: first } : { op: 'in', values: unique });
}

function without(place: Place, key: string | null): Place {
  if (key === null || !isMap(place.value)) return place;
  return { ...place, value: Object.fromEntries(Object.entries(place.value).filter(([name]) => name !== key)) };
}

/** A value that an earlier case takes never comes to a later one. */
function sayTwice(value: Place, seen: Map<string, Place>): void {
  const text = textOf(value);
  const first = seen.get(text);
  if (first === undefined) {
    seen.set(text, value);
    return;
  }
  const related = [{ message: 'first used here', range: value.at.resource.locate(first.path, 'value') }];
  fault(value, 'CMP154', `\`${text}\` has a case already, which takes everyone who has it. Remove one of the two.`, {
    related,
  });
}

/** Without `otherwise`, people of the values left out silently go on after the switch. */
function warnMissing(step: Place, typed: Typed, seen: ReadonlyMap<string, Place>): void {
  if (typed.type !== 'enum' || typed.values === null || seen.size === 0) return;
  const missing = typed.values.filter((value) => !seen.has(value));
  if (missing.length === 0) return;
  const detail = `${capital(typed.label)} can also be ${listed(missing)}, and there is no case for ${missing.length === 1 ? 'it' : 'them'}: these people go on after the switch. Add a case, or an \`otherwise\`.`;
  fault(demand(step, 'switch'), 'CMP155', detail, { on: 'key' });
}
