/**
 * Conditions from documents to the compiled form, canonical: lists are `all`, nested `all` and `any` are flattened, sorted and
 * without repetitions, negatives are `not` around a positive. What may stand where is in `standpoint.ts`, heads on events and
 * on other states have files of their own.
 */
import type { Condition } from '../ir.ts';
import { useTrait } from '../references.ts';
import { allOf, anyOf, negate, unresolved } from './combine.ts';
import { checkTogether, checkWithin, warnAlways } from './contradictions.ts';
import { readEdge, readEvent, readNever } from './event-condition.ts';
import { readChallenge, readReward } from './loyalty-conditions.ts';
import { readMessage } from './message-condition.ts';
import { child, demand, fault, items, type Place, textOf } from './place.ts';
import { entityField, entryType } from './refs.ts';
import type { Standpoint } from './standpoint.ts';
import {
  readConsent,
  readEntity,
  readJourneyState,
  readPersona,
  readPoints,
  readSegmentState,
  readTier,
} from './state-conditions.ts';
import type { Subject } from './subject.ts';
import { readTests, valueOperators } from './values.ts';

const heads = [
  ...(['all', 'any', 'not', 'trait', 'field', 'event', 'never', 'last', 'first', 'entity', 'segment'] as const),
  ...(['persona', 'consent', 'message', 'journey', 'points', 'tier', 'reward', 'challenge'] as const),
  ...(['identified'] as const),
];
type Head = (typeof heads)[number];

/** The condition at the place: a map with one head, or a list, of which all must hold. */
export function readCondition(place: Place, stand: Standpoint): Condition {
  if (Array.isArray(place.value)) return readAll(place, stand);
  const head = heads.find((one) => child(place, one) !== undefined);
  if (head === undefined) throw new Error('assertion failed: a valid condition has a head');
  if (head === 'all') return readAll(demand(place, head), stand);
  if (head === 'any') return readAny(demand(place, head), stand);
  if (head === 'not') return negate(readCondition(demand(place, head), stand));
  const condition = readHead(place, head, stand);
  checkWithin(demand(place, head), condition);
  return condition;
}

function readHead(place: Place, head: Exclude<Head, 'all' | 'any' | 'not'>, stand: Standpoint): Condition {
  switch (head) {
    case 'event':
      return readEvent(place, stand);
    case 'never':
      return readNever(place, stand);
    case 'trait':
    case 'field':
    case 'last':
    case 'first':
      return readTested(place, readSubject(place, head, stand), stand);
    case 'entity':
      return readEntity(place, stand);
    case 'segment':
      return readSegmentState(place);
    case 'persona':
      return readPersona(place);
    case 'consent':
      return readConsent(place, stand);
    case 'message':
      return readMessage(place, stand);
    case 'journey':
      return readJourneyState(place);
    case 'points':
      return readPoints(place);
    case 'tier':
      return readTier(place);
    case 'reward':
      return readReward(place);
    case 'challenge':
      return readChallenge(place);
    case 'identified': {
      const known: Condition = { kind: 'identified' };
      return demand(place, 'identified').value === true ? known : negate(known);
    }
  }
}

function readAll(place: Place, stand: Standpoint): Condition {
  const parts = items(place).map((item) => ({ place: item, condition: readCondition(item, stand) }));
  checkTogether(parts);
  return allOf(parts.map(({ condition }) => condition));
}

function readAny(place: Place, stand: Standpoint): Condition {
  const of = items(place).map((item) => readCondition(item, stand));
  warnAlways(place, of);
  return anyOf(of);
}

/** What the head is about, with its type; undefined after saying what is wrong. A `switch` asks for the same. */
export function readSubject(
  place: Place,
  head: 'trait' | 'field' | 'last' | 'first',
  stand: Standpoint,
): Subject | undefined {
  const named = demand(place, head);
  if (head === 'trait') return traitSubject(named);
  if (head === 'field') return fieldSubject(named, stand);
  return readEdge(place, head, stand);
}

function traitSubject(named: Place): Subject | undefined {
  const name = textOf(named);
  const trait = useTrait(named, name);
  if (trait === undefined || trait.isGuessed) return undefined;
  const { type, values, currency } = trait;
  return {
    typed: { type, values, currency, label: `trait \`${name}\`` },
    leaf: (test) => ({ kind: 'trait', trait: name, type, test }),
  };
}

function fieldSubject(named: Place, stand: Standpoint): Subject | undefined {
  const [root, name] = textOf(named).split('.') as [string, string];
  const label = `field \`${textOf(named)}\``;
  if (root === 'entry') {
    const type = entryType(named, name, stand);
    if (type === undefined) return undefined;
    return {
      typed: { type, values: null, label },
      leaf: (test) => ({ kind: 'field', property: name, type, test }),
    };
  }
  const field = entityField(named, { entity: root, field: name }, stand);
  if (field === undefined) return undefined;
  const { type, values } = field;
  return {
    typed: { type, values, label },
    leaf: (test) => ({ kind: 'entity_field', entity: root, field: name, type, test }),
  };
}

function readTested(place: Place, subject: Subject | undefined, stand: Standpoint): Condition {
  if (subject === undefined) return unresolved;
  if (!valueOperators.some((operator) => child(place, operator) !== undefined)) {
    const detail = `This condition doesn't say what is asked. Add an operator, such as \`is\`, \`gte\`, \`before\` or \`exists\`.`;
    fault(place, 'CMP036', detail);
  }
  const tests = readTests(place, subject.typed, stand);
  return allOf(tests.map(({ not, test }) => (not ? negate(subject.leaf(test)) : subject.leaf(test))));
}
