/**
 * Made-up values for templates that are looked at without a person: the same at every time, of the declared types, and plausible by name.
 * With values of a step's `with` that some journey gives.
 */
import { currencyDigits, isCurrency } from '../../compiler/decimals.ts';
import type { Value, ValueType } from '../../compiler/ir.ts';
import type { Program } from '../../compiler/program.ts';

export interface SampleValues {
  readonly traits: Readonly<Record<string, unknown>>;
  readonly entry: Readonly<Record<string, unknown>>;
  readonly rows: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  with(template: string, names: readonly string[]): Readonly<Record<string, Value>>;
}

const day = 86_400_000;
/** A Sunday in spring; far enough from the ends of months to be read in any order. */
const sampleDay = 20_527;

export function sampleValues(program: Program): SampleValues {
  const { currency } = program.workspace;
  const of = (name: string, type: ValueType, values?: readonly string[] | null) =>
    sampleOf(name, type, { currency, values });
  const entry: Record<string, unknown> = {};
  for (const { properties } of program.events.values()) {
    for (const [name, type] of Object.entries(properties)) entry[name] ??= of(name, type);
  }
  for (const { body } of program.journeys.values()) {
    for (const [name, type] of Object.entries(body.entry.with ?? {})) entry[name] ??= of(name, type);
  }
  const rows = [...program.entities].map(([entity, body]) => {
    const fields = Object.entries(body.fields).map(([name, { type }]) => [name, of(name, type)] as const);
    return [entity, { [body.key]: 'A-1001', ...Object.fromEntries(fields) }] as const;
  });
  const given = givenBySends(program);
  return {
    traits: Object.fromEntries(
      [...program.traits].map(([name, body]) => [name, of(name, body.type, 'values' in body ? body.values : null)]),
    ),
    entry,
    rows: Object.fromEntries(rows),
    with: (template, names) =>
      Object.fromEntries(names.map((name) => [name, given.get(`${template} ${name}`) ?? String(of(name, 'text'))])),
  };
}

/** What steps give, by template and name: of several the first. */
function givenBySends(program: Program): ReadonlyMap<string, Value> {
  const given = new Map<string, Value>();
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) walk(item);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const { template, with: values } = value as { readonly template?: unknown; readonly with?: unknown };
    if (typeof template === 'string' && typeof values === 'object' && values !== null) {
      for (const [name, said] of Object.entries(values)) {
        if (!given.has(`${template} ${name}`)) given.set(`${template} ${name}`, said as Value);
      }
    }
    for (const inner of Object.values(value)) walk(inner);
  };
  for (const { body } of program.journeys.values()) walk(body);
  return given;
}

const names: Readonly<Record<string, string>> = {
  first_name: 'Ana',
  given_name: 'Ana',
  last_name: 'García',
  family_name: 'García',
  name: 'Ana García',
  email: 'ana@example.org',
  phone: '+34600000000',
  city: 'Sevilla',
  country: 'ES',
  locale: 'en',
};

function sampleOf(
  name: string,
  type: ValueType,
  { currency, values }: { readonly currency: string; readonly values?: readonly string[] | null | undefined },
): unknown {
  switch (type) {
    case 'enum':
      return values?.[0] ?? 'one';
    case 'integer':
      return 3;
    case 'number':
      return 12.5;
    case 'money':
      return { amount: 49 * 10 ** (isCurrency(currency) ? currencyDigits(currency) : 2), currency };
    case 'date':
      return sampleDay;
    case 'datetime':
      return sampleDay * day + 10.5 * 3_600_000;
    case 'boolean':
      return true;
    case 'list':
      return ['one', 'two', 'three'];
    default:
      return sampleText(name);
  }
}

function sampleText(name: string): string {
  if (Object.hasOwn(names, name)) return names[name] as string;
  if (/(^|_)(url|link|href)$/.test(name)) return 'https://shop.example/sample';
  if (/(^|_)(id|code|number|token)$/.test(name)) return 'A-1001';
  const words = name.replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
