/** The columns of a delivery and what a person has in them. Pure; how a cell is written is each sink's own. */
import { currencyDigits, isCurrency } from '../../compiler/decimals.ts';
import type { DeliveredColumn, DeliveryBody, Money, SourceBody, TraitBody, ValueType } from '../../compiler/ir.ts';

/** `decimal`: an amount in major units, as text without loss. */
export type Cell = string | number | boolean | null | readonly string[] | { readonly decimal: string };

export type CellType = 'text' | 'integer' | 'number' | 'decimal' | 'boolean' | 'date' | 'instant' | 'list';

export interface Column {
  readonly name: string;
  readonly type: CellType;
  readonly from: DeliveredColumn['from'];
  /** Of money: which half. */
  readonly part?: 'amount' | 'currency';
}

/** A person as he is read for a delivery. */
export interface DeliveredPerson {
  readonly traits: Readonly<Record<string, unknown>>;
  readonly zone: string | null;
  readonly locale: string | null;
  /** By type of identifier its values, sorted. */
  readonly identifiers: Readonly<Record<string, readonly string[]>>;
  /** Those of the asked ones that he is in. */
  readonly segments: readonly string[];
}

/** What is declared of people, where a destination names no columns. */
export interface Known {
  readonly traits: ReadonlyMap<string, TraitBody>;
  readonly sources: Iterable<SourceBody>;
}

/** The columns in their order, money as two. */
export function columnsOf({ columns }: DeliveryBody, known: Known): readonly Column[] {
  return (columns ?? everything(known)).flatMap(({ name, from }): readonly Column[] => {
    if (from.kind !== 'trait') return [{ name, from, type: typeByKind[from.kind] }];
    if (from.type !== 'money') return [{ name, from, type: cellTypes[from.type] }];
    return [
      { name, from, type: 'decimal', part: 'amount' },
      { name: `${name}_currency`, from, type: 'text', part: 'currency' },
    ];
  });
}

const typeByKind = { identifier: 'text', identifiers: 'list', segment: 'boolean', persona: 'text' } as const;

const cellTypes: Readonly<Record<Exclude<ValueType, 'money'>, CellType>> = {
  text: 'text',
  id: 'text',
  enum: 'text',
  integer: 'integer',
  number: 'number',
  date: 'date',
  datetime: 'instant',
  boolean: 'boolean',
  list: 'list',
};

/** Identifiers as `id_TYPE`, then traits by their names. */
function everything({ traits, sources }: Known): readonly DeliveredColumn[] {
  const types = new Set([...sources].flatMap(({ identifiers }) => identifiers.map(({ type }) => type)));
  const own = new Map<string, ValueType>([...traits].map(([name, { type }]) => [name, type]));
  for (const name of ['zone', 'locale']) own.set(name, 'text');
  return [
    ...[...types].sort().map((type): DeliveredColumn => ({ name: `id_${type}`, from: { kind: 'identifiers', type } })),
    ...[...own]
      .filter(([name]) => !own.has(name.replace(/_currency$/, '')) || !name.endsWith('_currency'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([trait, type]): DeliveredColumn => ({ name: trait, from: { kind: 'trait', trait, type } })),
  ];
}

/** The types of identifiers and the segments that must be read for the columns. */
export function readBy(columns: readonly Column[]): {
  readonly identifiers: readonly string[];
  readonly segments: readonly string[];
} {
  const from = columns.map((column) => column.from);
  return {
    identifiers: [...new Set(from.flatMap((one) => ('type' in one && one.kind !== 'trait' ? [one.type] : [])))],
    segments: [...new Set(from.flatMap((one) => (one.kind === 'segment' ? [one.segment] : [])))],
  };
}

export function cellsOf(person: DeliveredPerson, columns: readonly Column[]): readonly Cell[] {
  return columns.map((column) => cellOf(person, column));
}

function cellOf(person: DeliveredPerson, column: Column): Cell {
  const { from } = column;
  switch (from.kind) {
    case 'identifier':
      return person.identifiers[from.type]?.[0] ?? null;
    case 'identifiers':
      return person.identifiers[from.type] ?? [];
    case 'segment':
      return person.segments.includes(from.segment);
    case 'persona':
      return textOrNull(person.traits[`persona/${from.set}`]);
    case 'trait':
      return ofTrait(person, from.trait, column);
  }
}

function ofTrait(person: DeliveredPerson, trait: string, { type, part }: Column): Cell {
  const told = person.traits[trait];
  const value = told ?? (trait === 'zone' ? person.zone : trait === 'locale' ? person.locale : null) ?? null;
  if (value === null) return null;
  if (part !== undefined) return ofMoney(value, part);
  switch (type) {
    case 'date':
      return typeof value === 'number' ? new Date(value * dayMs).toISOString().slice(0, 10) : null;
    case 'instant':
      return typeof value === 'number' ? new Date(value).toISOString() : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'integer':
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'list':
      return Array.isArray(value) ? value.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))) : null;
    default:
      return textOrNull(value);
  }
}

const dayMs = 86_400_000;

function ofMoney(value: unknown, part: 'amount' | 'currency'): Cell {
  const { amount, currency } = value as Partial<Money>;
  if (typeof amount !== 'number' || typeof currency !== 'string') return null;
  return part === 'currency' ? currency : { decimal: decimalOf(amount, currency) };
}

/** From integers of the minor unit, by their digits alone. */
function decimalOf(amount: number, currency: string): string {
  const digits = isCurrency(currency) ? currencyDigits(currency) : 0;
  if (digits === 0) return String(amount);
  const text = String(Math.abs(amount)).padStart(digits + 1, '0');
  return `${amount < 0 ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function textOrNull(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A cell as a JSON value. */
export function jsonOf(cell: Cell): unknown {
  return typeof cell === 'object' && cell !== null && 'decimal' in cell ? Number(cell.decimal) : cell;
}

/** A cell as a field of a CSV file (RFC 4180): quoted where it must be; lists are JSON. */
export function csvOf(cell: Cell): string {
  if (cell === null) return '';
  const text =
    typeof cell === 'object'
      ? 'decimal' in cell
        ? cell.decimal
        : cell.length === 0
          ? ''
          : JSON.stringify(cell)
      : String(cell);
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
