/** Sources and declarations that the tests of this room share, as the compiler would make them. No store here. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  ColumnReading,
  EventBody,
  SourceBody,
  SourceFormat,
  TraitBody,
  ValueType,
} from '../../engine/compiler/ir.ts';
import type { Declarations } from '../../engine/profiles/declarations.ts';
import type { RowReading } from '../../engine/profiles/readers/row.ts';

export const csv = { kind: 'csv', delimiter: ',', columns: null, encoding: 'utf-8' } satisfies SourceFormat;
export const jsonl = { kind: 'jsonl', encoding: 'utf-8' } satisfies SourceFormat;

export function reading(column: string, options: Partial<ColumnReading> = {}): ColumnReading {
  return { column, format: null, zone: null, currency: null, currencyColumn: null, ...options };
}

/** A source of rows that carry only identifiers, plus what is given. */
export function sourceOf(options: Partial<SourceBody>): SourceBody {
  return {
    format: csv,
    identifiers: [{ type: 'external_id', column: 'id' }],
    traits: [],
    event: null,
    consents: [],
    occurredAt: null,
    messageId: [],
    future: 'clamp',
    ...options,
  };
}

/** Columns id, email, at, total: a purchase in US dollars. */
export const purchases: SourceBody = sourceOf({
  identifiers: [
    { type: 'external_id', column: 'id' },
    { type: 'email', column: 'email' },
  ],
  event: {
    type: { kind: 'constant', value: 'purchase' },
    properties: [{ property: 'total', from: reading('total', { currency: 'USD' }) }],
    propertiesFrom: null,
  },
  occurredAt: reading('at', { format: 'iso' }),
});

/** Whitespace columns of the CDNOW sample: id in the full base, id in the sample, day, CDs, dollars. */
export const cdnow: SourceBody = sourceOf({
  format: { kind: 'table', columns: ['customer', 'sample_id', 'day', 'cds', 'dollars'], encoding: 'utf-8' },
  identifiers: [{ type: 'external_id', column: 'customer' }],
  event: {
    type: { kind: 'constant', value: 'purchase' },
    properties: [
      { property: 'cds', from: reading('cds') },
      { property: 'total', from: reading('dollars', { currency: 'USD' }) },
    ],
    propertiesFrom: null,
  },
  occurredAt: reading('day', { format: 'YYYYMMDD', zone: 'UTC' }),
});

function sourced(type: ValueType, values: readonly string[] | null = null, ignore: readonly string[] = []): TraitBody {
  return { origin: 'sourced', type, values, ignore };
}

const events: Readonly<Record<string, EventBody>> = {
  purchase: {
    properties: { total: 'money', cds: 'integer', note: 'text', kind: 'text', tags: 'list' },
    measure: { property: 'total', type: 'money' },
  },
  points_earned: { properties: { points: 'integer' }, measure: { property: 'points', type: 'integer' } },
};

export const declared: Declarations = {
  workspace: {
    zone: 'America/Argentina/Buenos_Aires',
    currency: 'ARS',
    locale: 'es',
    locales: ['es'],
    weekStarts: 'mon',
    triggerMaxAge: { months: 0, days: 2, ms: 0 },
  },
  events: new Map(Object.entries(events)),
  traits: new Map(
    Object.entries({
      zone: sourced('text'),
      locale: sourced('text'),
      country: sourced('enum', ['AR', 'MX', 'NG']),
      first_name: sourced('text', null, ['test']),
      registered_at: sourced('datetime'),
      born_on: sourced('date'),
    }),
  ),
  entities: new Map(),
};

/** A file with the content in a folder of its own; returns its path. */
export function fileOf(content: string | Uint8Array, name = 'rows.txt'): string {
  const path = join(mkdtempSync(join(tmpdir(), 'parcours-import-')), name);
  writeFileSync(path, content);
  return path;
}

/** All that a reader yields. */
export async function collect(rows: AsyncIterable<RowReading>): Promise<RowReading[]> {
  const all: RowReading[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
