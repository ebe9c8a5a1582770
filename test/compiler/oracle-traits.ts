/**
 * A plain reading of computed traits in memory, by the language. Formulas are computed in fractions, so that nothing is rounded before
 * the end. Quantiles, which rank everybody, are read where everybody is at hand.
 */
import type { Formula, TraitBody, TraitDefinition, Value, ValueType } from '../../engine/compiler/ir.ts';
import { holds, type OraclePerson, type OracleReading, presentOf } from './oracle.ts';
import { dayMs, localClock } from './oracle-clock.ts';
import { counted, edgeOf, measured, total } from './oracle-events.ts';
import { canonical, isOfType } from './oracle-values.ts';

type Computed = Extract<TraitBody, { readonly origin: 'computed' }>;
type Of<K extends TraitDefinition['kind']> = Extract<TraitDefinition, { readonly kind: K }>;

export interface TraitContext {
  readonly person: OraclePerson;
  readonly reading: OracleReading;
  readonly currency: string;
  typeOf(trait: string): ValueType;
}

/** The value of a computed trait in its stored form, or null. */
export function computedValue({ definition, type }: Computed, context: TraitContext): Value | null {
  const { person, reading } = context;
  switch (definition.kind) {
    case 'count':
      return counted(definition.events, person, reading).length;
    case 'sum': {
      const amount = total(counted(definition.events, person, reading), definition.unit);
      return definition.unit === null ? amount : { amount, currency: definition.unit };
    }
    case 'avg':
    case 'min':
    case 'max': {
      const number = measured(
        { test: { op: 'is', value: 0 }, ...definition, kind: 'aggregate', fn: definition.kind },
        counted(definition.events, person, reading),
      );
      if (number === null || Math.abs(number) >= 1e100) return null;
      const kept = fractionOf(number);
      const decimals = rounded({ over: kept.over * tenDecimals, under: kept.under });
      if (definition.type !== 'money') return Number(decimals) / 1e10;
      return { amount: Number(rounded({ over: decimals, under: tenDecimals })), currency: definition.unit as string };
    }
    case 'first':
    case 'last': {
      const edge = edgeOf(definition.kind, counted(definition.events, person, reading));
      const value = definition.of === null ? edge?.at : edge?.properties[definition.of];
      return isOfType(definition.type, value) ? (value as Value) : null;
    }
    case 'distinct': {
      const aggregate = { kind: 'aggregate', fn: 'distinct', unit: null, test: { op: 'is', value: 0 } } as const;
      return measured({ ...aggregate, ...definition, kind: 'aggregate' }, counted(definition.events, person, reading));
    }
    case 'top':
      return commonest(definition, context);
    case 'days_since': {
      const edge = edgeOf(definition.of, counted(definition.events, person, reading));
      return edge === undefined ? null : Math.floor((reading.t - edge.at) / dayMs);
    }
    case 'score': {
      const points = definition.of.filter((part) => holds(part.if, person, reading)).map(({ add }) => add);
      const sum = points.reduce((all, one) => all + one, 0);
      const { low, high } = definition.clamp ?? { low: sum, high: sum };
      return Math.max(low, Math.min(high, sum));
    }
    case 'bands':
      return bandOf(definition, context);
    case 'cases':
      return definition.cases.find((one) => holds(one.if, person, reading))?.is ?? definition.otherwise;
    case 'coalesce': {
      const values = definition.traits.map((name) => ({ name, value: reading.trait(person, name) }));
      const known = values.find(({ name, value }) => isOfType(context.typeOf(name), value));
      return known === undefined ? null : (known.value as Value);
    }
    case 'formula':
      return formulaValue(definition, type, context);
    case 'quantile':
    case 'shares':
    case 'affinity':
    case 'preferred_channel':
    case 'best_hour':
    case 'clv':
    case 'churn_risk':
    case 'last_seen':
      throw new Error('How people compare is no matter of one person.');
  }
}

function commonest({ events, of, type, atLeast }: Of<'top'>, { person, reading }: TraitContext): Value | null {
  const inOrder = [...counted(events, person, reading)].sort((a, b) => a.at - b.at);
  const { zone } = presentOf(person, reading);
  const hourOf = (at: number) => `${String(new Date(localClock(at, zone)).getUTCHours()).padStart(2, '0')}:00`;
  const values =
    of === 'local_hour'
      ? inOrder.map(({ at }) => hourOf(at))
      : inOrder.map(({ properties }) => properties[of]).filter((value) => isOfType(type, value));
  if (values.length === 0 || values.length < atLeast) return null;
  const counts = new Map<string, number>();
  for (const value of values) counts.set(canonical(value), 1 + (counts.get(canonical(value)) ?? 0));
  const most = Math.max(...counts.values());
  return values.findLast((value) => counts.get(canonical(value)) === most) as Value;
}

/** Amounts of another currency have no place among those of this one. */
function numberOf(name: string, { person, reading, typeOf }: TraitContext, currency: string): number | null {
  const stored = reading.trait(person, name);
  if (!isOfType(typeOf(name), stored)) return null;
  if (typeof stored === 'number') return stored;
  const money = stored as { readonly amount: number; readonly currency: string };
  return money.currency === currency ? money.amount : null;
}

function bandOf({ of, below, from }: Of<'bands'>, context: TraitContext): string | null {
  const currency = from.flatMap(({ bound }) => (isMoney(bound) ? bound.currency : []))[0] ?? context.currency;
  const value = numberOf(of, context, currency);
  if (value === null) return null;
  return from.findLast(({ bound }) => value >= (isMoney(bound) ? bound.amount : Number(bound)))?.label ?? below;
}

function isMoney(value: Value): value is { readonly amount: number; readonly currency: string } {
  return typeof value === 'object' && !Array.isArray(value);
}

interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

function fractionOf(number: number): Fraction {
  const [digits = '0', exponent = '0'] = number.toExponential().split('e');
  const [whole = '0', decimals = ''] = digits.split('.');
  const power = Number(exponent) - decimals.length;
  const over = BigInt(whole + decimals);
  return power < 0 ? { over, under: 10n ** BigInt(-power) } : { over: over * 10n ** BigInt(power), under: 1n };
}

const immense: bigint = 10n ** 100n;

function isImmense({ over, under }: Fraction): boolean {
  return (over < 0n ? -over : over) >= immense * under;
}

function computedFraction(formula: Formula, missing: Of<'formula'>['missing'], context: TraitContext): Fraction | null {
  if (formula.kind === 'number') return fractionOf(formula.value);
  if (formula.kind === 'trait') {
    const value = numberOf(formula.trait, context, context.currency) ?? missing[formula.trait] ?? null;
    return value === null ? null : fractionOf(value);
  }
  const a = computedFraction(formula.left, missing, context);
  const b = computedFraction(formula.right, missing, context);
  if (a === null || b === null) return null;
  if (formula.kind === '+') return { over: a.over * b.under + b.over * a.under, under: a.under * b.under };
  if (formula.kind === '-') return { over: a.over * b.under - b.over * a.under, under: a.under * b.under };
  if (isImmense(a) || isImmense(b)) return null;
  if (formula.kind === '*') return { over: a.over * b.over, under: a.under * b.under };
  if (b.over === 0n) return null;
  const sign = b.over < 0n ? -1n : 1n;
  return { over: a.over * b.under * sign, under: a.under * b.over * sign };
}

/** Half away from zero. */
function rounded({ over, under }: Fraction): bigint {
  const size = over < 0n ? -over : over;
  const whole = (2n * size + under) / (2n * under);
  return over < 0n ? -whole : whole;
}

const tenDecimals = 10n ** 10n;

function formulaValue({ formula, missing }: Of<'formula'>, type: ValueType, context: TraitContext): Value | null {
  const result = computedFraction(formula, missing, context);
  if (result === null || isImmense(result)) return null;
  const decimals = rounded({ over: result.over * tenDecimals, under: result.under });
  if (type !== 'money') return Number(decimals) / 1e10;
  const amount = Number(rounded({ over: decimals, under: tenDecimals }));
  return Math.abs(amount) < 1e15 ? { amount, currency: context.currency } : null;
}
