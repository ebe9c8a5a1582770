/** Computed traits over other traits and conditions: bands, quantiles, cases, the first that is known, formulas. */
import { suggest } from '../../diagnostics/suggest.ts';
import { canonicalJson } from '../canonical.ts';
import { scaleDecimal } from '../decimals.ts';
import { parseFormula, typeOfFormula } from '../formula.ts';
import type { Money, TraitDefinition, Value, ValueType } from '../ir.ts';
import { parseLiteral } from '../literals.ts';
import type { TraitName } from '../names.ts';
import { useTrait } from '../references.ts';
import { readCondition } from './condition.ts';
import { child, demand, entries, fault, items, type Place, textOf } from './place.ts';
import { readRefresh } from './refresh.ts';
import { outside } from './standpoint.ts';
import { commonName, typeOfConstants } from './trait-types.ts';
import { listed, readLiteral } from './values.ts';
import { faultWithin } from './within.ts';

const inTrait = outside('A trait');
const orderedTypes: readonly ValueType[] = ['integer', 'number', 'money', 'date', 'datetime'];

/** The trait that is cut into bands or ranked: its values must have an order. */
function useOrdered(place: Place): TraitName | undefined {
  const of = demand(place, 'of');
  const trait = useTrait(of, textOf(of));
  if (trait === undefined || trait.isGuessed) return undefined;
  if (orderedTypes.includes(trait.type)) return trait;
  const detail = `Trait \`${textOf(of)}\` is of type ${trait.type}, which has no order from less to more. Name a number, money or a date.`;
  fault(of, 'CMP118', detail);
  return undefined;
}

export function readBands(place: Place): TraitDefinition {
  const of = textOf(demand(place, 'of'));
  const trait = useOrdered(place);
  const below = demand(place, 'below');
  const from: { readonly label: string; readonly bound: Value; readonly place: Place }[] = [];
  for (const [label, bound] of entries(demand(place, 'from'))) {
    if (label === textOf(below)) {
      const detail = `\`${label}\` is also the label below all bounds, so two bands would be one. Give each its own.`;
      fault(bound, 'CMP117', detail, { on: 'key' });
    }
    if (trait === undefined) continue;
    const { type, currency } = trait;
    const value = readLiteral(bound, { type, values: null, currency, label: `trait \`${of}\`` });
    if (value !== undefined) from.push({ label, bound: value, place: bound });
  }
  from.sort((a, b) => amountOf(a.bound) - amountOf(b.bound));
  const twice = from.find((one, index) => index > 0 && isSame(one.bound, from[index - 1]?.bound));
  if (twice !== undefined) {
    const detail = `Two bands begin at \`${textOf(twice.place)}\`, so one of them is empty. Give each its own bound.`;
    fault(twice.place, 'CMP117', detail);
  }
  const units = new Set(from.map(({ bound }) => (typeof bound === 'object' ? (bound as Money).currency : null)));
  if (units.size > 1) {
    const detail = 'The bounds are in different currencies, and amounts are never converted. Use one currency.';
    fault(demand(place, 'from'), 'CMP026', detail);
  }
  return { kind: 'bands', of, below: textOf(below), from: from.map(({ label, bound }) => ({ label, bound })) };
}

function isSame(a: Value, b: Value | undefined): boolean {
  return b !== undefined && canonicalJson(a) === canonicalJson(b);
}

function amountOf(value: Value): number {
  return typeof value === 'number' ? value : (value as Money).amount;
}

/** Classes with their shares in millionths. Nobody is worth less than nothing, so a share of dates or less has no meaning. */
export function readShares(place: Place): TraitDefinition {
  const of = demand(place, 'of');
  const trait = useTrait(of, textOf(of));
  if (trait !== undefined && !trait.isGuessed && !computable.includes(trait.type)) {
    const detail = `Trait \`${textOf(of)}\` is of type ${trait.type}, of which nobody has a share. Name an integer, a number or money.`;
    fault(of, 'CMP118', detail);
  }
  const classes = items(demand(place, 'classes')).map((one) => ({
    is: demand(one, 'is'),
    share: demand(one, 'share'),
  }));
  for (const [i, { is }] of classes.entries()) {
    if (classes.findIndex((other) => textOf(other.is) === textOf(is)) === i) continue;
    fault(is, 'CMP117', `Two classes are called \`${textOf(is)}\`, so they are one. Give each its own label.`);
  }
  const shares = classes.map(({ share }) => scaleDecimal(textOf(share).replace(/%$/, ''), 4) ?? 0);
  const sum = shares.reduce((all, one) => all + one, 0);
  if (sum !== 1_000_000) {
    const detail = `The shares of the classes add up to ${sum / 10_000}%, not 100%, so they aren't all of the value. Correct them.`;
    fault(demand(place, 'classes'), 'CMP142', detail, { on: 'key' });
  }
  const among = child(place, 'among');
  return {
    kind: 'shares',
    of: textOf(of),
    classes: classes.map(({ is }, i) => ({ is: textOf(is), share: shares[i] as number })),
    among: among === undefined ? null : readCondition(among, inTrait),
    refresh: readRefresh(place),
  };
}

export function readQuantile(place: Place): TraitDefinition {
  useOrdered(place);
  const among = child(place, 'among');
  return {
    kind: 'quantile',
    of: textOf(demand(place, 'of')),
    parts: Number(textOf(demand(place, 'parts'))),
    best: textOf(demand(place, 'best')) as 'highest' | 'lowest',
    among: among === undefined ? null : readCondition(among, inTrait),
    refresh: readRefresh(place),
  };
}

export function readCases(place: Place, cases: Place): TraitDefinition {
  const otherwise = child(place, 'otherwise');
  const values = items(cases).map((one) => demand(one, 'is'));
  const all = otherwise === undefined ? values : [...values, otherwise];
  const common = typeOfConstants(all);
  sayMixed(all, common);
  const read = items(cases).map((one) => ({
    is: constantOf(demand(one, 'is'), common.type),
    if: readCondition(demand(one, 'if'), inTrait),
  }));
  warnCovered(
    items(cases),
    read.map((one) => canonicalJson(one.if)),
  );
  return {
    kind: 'cases',
    cases: read,
    otherwise: otherwise === undefined ? null : constantOf(otherwise, common.type),
  };
}

function constantOf(place: Place, type: ValueType): Value {
  return parseLiteral(type, textOf(place), place.at.names.workspace.zone) ?? textOf(place);
}

/** Numbers among labels are a slip: as labels they would compare as texts. */
function sayMixed(all: readonly Place[], { type }: TraitName): void {
  const [first] = all;
  const odd = all.find((one) => typeof one.value !== typeof first?.value);
  if (type !== 'enum' || odd === undefined || first === undefined) return;
  const detail = `\`${textOf(first)}\` and \`${textOf(odd)}\` are of two types, and a trait has one. Write all as numbers, or all as texts in quotes.`;
  fault(odd, 'CMP110', detail);
}

function warnCovered(cases: readonly Place[], conditions: readonly string[]): void {
  for (const [index, condition] of conditions.entries()) {
    if (conditions.indexOf(condition) === index) continue;
    const detail =
      'A case above has the same condition, and the first that holds wins, so nobody gets this value. Remove it, or correct its condition.';
    fault(demand(cases[index] as Place, 'if'), 'CMP119', detail, { on: 'key' });
  }
}

export function readCoalesce(place: Place): TraitDefinition {
  const known = items(place).flatMap((one) => {
    const trait = useTrait(one, textOf(one));
    return trait === undefined ? [] : [{ place: one, trait }];
  });
  const types = [...new Set(known.map(({ trait }) => trait.type))];
  const [first] = known;
  if (known.length > 1 && commonName(known.map(({ trait }) => trait)) === undefined) {
    const odd = known.find(({ trait }) => trait.type !== first?.trait.type);
    const detail = `These traits are of the types ${listed(types)}, and the result has one. Name traits of one type.`;
    fault(odd?.place ?? place, 'CMP110', detail);
  }
  return { kind: 'coalesce', traits: items(place).map(textOf) };
}

const computable: readonly ValueType[] = ['integer', 'number', 'money'];

export function readFormula(place: Place, formula: Place): TraitDefinition {
  const parsed = parseFormula(textOf(formula));
  if ('fault' in parsed) {
    const { reason, from, to } = parsed.fault;
    faultWithin(formula, 'CMP115', { detail: `The formula can't be read: ${reason}`, span: { from, to } });
    return { kind: 'formula', formula: { kind: 'number', value: 0 }, missing: {} };
  }
  const types = new Map<string, ValueType>();
  for (const { name, from, to } of parsed.names) {
    const type = typeInFormula(formula, name, { from, to });
    if (type !== undefined) types.set(name, type);
  }
  const isKnown = parsed.names.every(({ name }) => types.has(name));
  const type = isKnown
    ? typeOfFormula(parsed.formula, (name) => (types.get(name) === 'money' ? 'money' : 'number'))
    : 'number';
  if (typeof type === 'object') {
    const detail = `The formula has no type: ${type.reason}. Money is added to money, and multiplied or divided by numbers.`;
    fault(formula, 'CMP116', detail);
  }
  return { kind: 'formula', formula: parsed.formula, missing: readMissing(child(place, 'missing'), types) };
}

/** The type of a trait that can be computed with; undefined after saying, at the name, why there is none. */
function typeInFormula(
  formula: Place,
  name: string,
  span: { readonly from: number; readonly to: number },
): ValueType | undefined {
  const { traits } = formula.at.names;
  const trait = traits.get(name);
  if (trait === undefined) {
    const suggestion = suggest(name, [...traits.keys()]);
    const detail = `There is no trait \`${name}\`. Declare it under \`traits\` of a schema, or as a \`trait\` resource.`;
    faultWithin(formula, 'CMP010', { detail, span, suggestion });
    return undefined;
  }
  if (!computable.includes(trait.type)) {
    const detail = `Trait \`${name}\` is of type ${trait.type}, and a formula computes with integers, numbers and money.`;
    faultWithin(formula, 'CMP118', { detail, span });
    return undefined;
  }
  useTrait(formula, name);
  return trait.type;
}

/** Money is given in the currency of the workspace, in which formulas compute, or as a bare nought. */
function readMissing(
  missing: Place | undefined,
  types: ReadonlyMap<string, ValueType>,
): Readonly<Record<string, number>> {
  const values = entries(missing).flatMap(([name, place]) => {
    const type = types.get(name);
    if (type === undefined) {
      const detail = `The formula doesn't read \`${name}\`, so nothing stands for it. Remove it, or correct the name.`;
      fault(place, 'CMP114', detail, { on: 'key', suggestion: suggest(name, [...types.keys()]) });
      return [];
    }
    if (type === 'money' && textOf(place) === '0') return [[name, 0] as const];
    const currency = type === 'money' ? place.at.names.workspace.currency : undefined;
    const value = readLiteral(place, {
      type: type === 'integer' ? 'number' : type,
      values: null,
      currency,
      label: `trait \`${name}\``,
    });
    return value === undefined ? [] : [[name, amountOf(value)] as const];
  });
  return Object.fromEntries(values);
}
