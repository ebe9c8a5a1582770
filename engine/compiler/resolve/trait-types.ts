/**
 * The types of computed traits, which follow from their definitions: known before conditions are read, since these are typed by
 * them. Silent: what is wrong with a definition is said where it is resolved (`trait.ts`), and a type stands in for it here.
 */
import { parseFormula, typeOfFormula } from '../formula.ts';
import type { EventBody, ValueType } from '../ir.ts';
import { parseLiteral } from '../literals.ts';
import type { TraitName } from '../names.ts';
import { child, entries, items, type Place, type Resolving, root, textAt, textOf } from './place.ts';

/** The hours of events in the person's zone, which `top` counts like a property. */
export const localHour = 'local_hour';

/** The days of a week, as `best_hour` gives them with `part: day`. */
export const weekDays: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

interface Known {
  readonly events: ReadonlyMap<string, EventBody>;
  readonly traits: ReadonlyMap<string, TraitName>;
}

/** The names of computed traits with their types. In a circle a number stands for what isn't known. */
export function computedNames(computed: readonly Resolving[], names: Known): ReadonlyMap<string, TraitName> {
  const documents = new Map(computed.map((one) => [one.resource.id, one]));
  const done = new Map<string, TraitName>();
  const typeOf = (name: string): TraitName | undefined => {
    const known = done.get(name) ?? names.traits.get(name);
    const document = documents.get(name);
    if (known !== undefined || document === undefined) return known;
    done.set(name, guessed);
    const trait = nameOf(root(document), { events: names.events, typeOf });
    done.set(name, trait);
    return trait;
  };
  for (const name of documents.keys()) typeOf(name);
  return done;
}

interface Readable {
  readonly events: ReadonlyMap<string, EventBody>;
  typeOf(name: string): TraitName | undefined;
}

function computedAs(type: ValueType, values: readonly string[] | null = null, currency?: string): TraitName {
  return { type, values, origin: 'computed', ...(currency !== undefined && { currency }) };
}

function nameOf(place: Place, readable: Readable): TraitName {
  const head = entries(place).find(([key]) => key in typesByHead);
  return head === undefined ? computedAs('integer') : (typesByHead[head[0]] as TypeOf)(head[1], readable, place);
}

type TypeOf = (head: Place, readable: Readable, whole: Place) => TraitName;

/** What a definition with a mistake, or in a circle, is taken for. */
const guessed: TraitName = { ...computedAs('number'), isGuessed: true };

const integer: TypeOf = () => computedAs('integer');

/** The type of the property that the head names `of`. */
function propertyIn(head: Place, readable: Readable): ValueType | undefined {
  const of = textAt(head, 'of') ?? '';
  const properties = firstEvent(head, readable)?.properties ?? {};
  return Object.hasOwn(properties, of) ? properties[of] : undefined;
}

const edge: TypeOf = (head, readable) =>
  computedAs(textAt(head, 'of') === undefined ? 'datetime' : (propertyIn(head, readable) ?? 'text'));

const typesByHead: Readonly<Record<string, TypeOf>> = {
  count: integer,
  distinct: integer,
  days_since: integer,
  score: integer,
  quantile: integer,
  sum: (head, readable) => moneyOr(head, firstEvent(head, readable)?.measure?.type ?? 'integer'),
  avg: (head, readable) => {
    const type = propertyIn(head, readable);
    return moneyOr(head, type === 'integer' || type === undefined ? 'number' : type);
  },
  min: (head, readable) => moneyOr(head, propertyIn(head, readable) ?? 'number'),
  max: (head, readable) => moneyOr(head, propertyIn(head, readable) ?? 'number'),
  first: edge,
  last: edge,
  shares: (head) =>
    computedAs(
      'enum',
      items(child(head, 'classes')).map((one) => textAt(one, 'is') ?? ''),
    ),
  top: (head, readable) => {
    const of = textAt(head, 'of') ?? '';
    const properties = firstEvent(head, readable)?.properties ?? {};
    return computedAs(of !== localHour && Object.hasOwn(properties, of) ? (properties[of] as ValueType) : 'text');
  },
  bands: (head) => {
    const labels = entries(child(head, 'from')).map(([label]) => label);
    return computedAs('enum', [textAt(head, 'below') ?? '', ...labels]);
  },
  affinity: (head, readable) =>
    computedAs(child(head, 'to') === undefined ? (propertyIn(head, readable) ?? 'text') : 'number'),
  preferred_channel: (head) => computedAs('enum', items(child(head, 'channels')).map(textOf)),
  best_hour: (head) => (textAt(head, 'part') === 'day' ? computedAs('enum', weekDays) : computedAs('text')),
  clv: (head, readable) => {
    const isMoney = firstEvent(head, readable)?.measure?.type === 'money' && textAt(head, 'predict') !== 'orders';
    return moneyOr(head, isMoney ? 'money' : 'number');
  },
  churn_risk: () => computedAs('number'),
  cases: (head, _readable, whole) => {
    const last = child(whole, 'otherwise');
    const values = items(head).flatMap((one) => child(one, 'is') ?? []);
    return typeOfConstants(last === undefined ? values : [...values, last]);
  },
  coalesce: (head, { typeOf }) =>
    commonName(items(head).flatMap((one) => typeOf(textOf(one)) ?? [])) ?? computedAs('text'),
  formula: (head, { typeOf }) => {
    const parsed = parseFormula(textOf(head));
    if ('fault' in parsed) return guessed;
    if (parsed.names.some(({ name }) => typeOf(name)?.isGuessed ?? typeOf(name) === undefined)) return guessed;
    const type = typeOfFormula(parsed.formula, (name) => (typeOf(name)?.type === 'money' ? 'money' : 'number'));
    return typeof type === 'object' ? guessed : moneyOr(head, type);
  },
};

/** What is computed in money is in the currency of the workspace. */
function moneyOr(place: Place, type: ValueType): TraitName {
  return type === 'money' ? computedAs(type, null, place.at.names.workspace.currency) : computedAs(type);
}

function firstEvent(head: Place, { events }: Readable): EventBody | undefined {
  const [first] = items(child(head, 'event'));
  return first === undefined ? undefined : events.get(textOf(first));
}

/** The common type of constants: labels are an enum. */
export function typeOfConstants(places: readonly Place[]): TraitName {
  const fits = (type: ValueType): boolean => places.every((one) => parseLiteral(type, textOf(one), 'UTC') !== null);
  const isWritten = (type: string): boolean => places.every((one) => typeof one.value === type);
  if (isWritten('boolean')) return computedAs('boolean');
  if (isWritten('number')) return computedAs(fits('integer') ? 'integer' : 'number');
  if (fits('money')) return computedAs('money');
  if (fits('date')) return computedAs('date');
  return computedAs('enum', [...new Set(places.map(textOf))]);
}

const texts: readonly ValueType[] = ['text', 'id', 'enum'];
const numbers: readonly ValueType[] = ['integer', 'number'];

/** The type that holds the values of all; undefined where there is none. */
export function commonName(traits: readonly TraitName[]): TraitName | undefined {
  if (traits.some(({ isGuessed }) => isGuessed)) return guessed;
  const types = new Set(traits.map(({ type }) => type));
  const [only] = types;
  if (only === 'enum' && types.size === 1) {
    return computedAs('enum', [...new Set(traits.flatMap(({ values }) => values ?? []))]);
  }
  if (only !== undefined && types.size === 1) {
    const currencies = new Set(traits.map(({ currency }) => currency));
    return computedAs(only, null, currencies.size === 1 ? [...currencies][0] : undefined);
  }
  if ([...types].every((type) => numbers.includes(type))) return types.size === 0 ? undefined : computedAs('number');
  return [...types].every((type) => texts.includes(type)) ? computedAs('text') : undefined;
}
