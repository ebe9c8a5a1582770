/**
 * How good the data of a source is: of each field how often it is there, how often it is right, how often a value comes again; in all and by
 * country. It reads files as an import would and stores nothing. Values are counted and never kept.
 */
import { hash } from 'node:crypto';
import type { CleanRule, ColumnReading, SourceBody, ValueType } from '../../compiler/ir.ts';
import { checkColumns } from '../check-columns.ts';
import { cleanCell, namingOf, readIdentifier } from '../cleaning/apply.ts';
import type { Declarations } from '../declarations.ts';
import { isBlocked } from '../identity/rules.ts';
import { type MapOptions, mapRow } from '../map-row.ts';
import { type EqualRows, equalRows } from '../message-id.ts';
import { type Cells, isProblem, readDeclared, textAt } from '../read-cell.ts';
import { readRows } from '../readers/read-rows.ts';
import { type RowReading, readLimits } from '../readers/row.ts';

export interface FieldQuality {
  /** `identifier email`, `trait first_name`, `property total`, `field status`, `consent newsletter`, `time`. */
  readonly field: string;
  readonly column: string;
  /** Rows in which something stands. */
  readonly filled: number;
  /** Of those: rows in which it can be used. */
  readonly valid: number;
  /** Of identifiers: rows whose value stood in a row before; null for other fields. */
  readonly repeated: number | null;
}

export interface Quality {
  readonly rows: number;
  /** Rows that an import would take. */
  readonly usable: number;
  /** Of those: rows known by their message id from an earlier one. */
  readonly duplicates: number;
  readonly fields: readonly FieldQuality[];
  /** Why rows are left out, the commonest first. */
  readonly reasons: readonly { readonly reason: string; readonly columns: readonly string[]; readonly rows: number }[];
  /** By the value of the column that fills trait `country`; empty when none does. */
  readonly countries: readonly {
    readonly country: string;
    readonly rows: number;
    readonly fields: readonly FieldQuality[];
  }[];
}

export interface QualityRequest {
  readonly sourceId: string;
  readonly source: SourceBody;
  readonly declared: Declarations;
  readonly paths: readonly string[];
  /** Instead of files: rows of another database. */
  readonly rows?: AsyncIterable<RowReading>;
  /** The time at which rows would be received, milliseconds. */
  readonly now: number;
  readonly onProgress?: (rows: number) => void;
}

const countriesMax = 60;
const reasonsMax = 20;
const progressEvery = 5_000;

/** Reads the files. Errors: `ImportError`. */
export async function measureQuality(request: QualityRequest): Promise<Quality> {
  const { source, paths, onProgress } = request;
  const fields = fieldsOf(request);
  const all = counters(fields);
  const countries = new Map<string, Counters>();
  const reasons = new Map<string, { readonly reason: string; readonly columns: readonly string[]; rows: number }>();
  const options: MapOptions = {
    ...{ sourceId: request.sourceId, source, declared: request.declared },
    ...{ received: request.now, trigger: false, equalRows: equalRows() },
  };
  const seen = equalRows();
  let [rows, usable, duplicates] = [0, 0, 0];
  const country = source.traits.find(({ trait }) => trait === 'country')?.from.column;
  for (const read of request.rows === undefined ? paths.map((path) => fileRows(path, source)) : [request.rows]) {
    for await (const row of read) {
      rows += 1;
      if (rows % progressEvery === 0) onProgress?.(rows);
      const mapped = mapRow(row, options);
      if (mapped.kind === 'fact') {
        usable += 1;
        if (seen.count(hash('sha256', mapped.fact.messageId, 'buffer')) > 1) duplicates += 1;
      } else {
        const name = `${mapped.reason}\0${mapped.columns.join('\0')}`;
        const known = reasons.get(name) ?? { reason: mapped.reason, columns: mapped.columns, rows: 0 };
        known.rows += 1;
        reasons.set(name, known);
      }
      if (row.kind === 'bad') continue;
      const where = country === undefined ? '' : (textAt(row.cells, country) ?? '');
      const own = where === '' ? null : countersOf(countries, where.toUpperCase(), fields);
      all.add(row.cells);
      own?.add(row.cells);
    }
  }
  return {
    ...{ rows, usable, duplicates, fields: all.result() },
    reasons: [...reasons.values()].sort((a, b) => b.rows - a.rows).slice(0, reasonsMax),
    countries: [...countries]
      .map(([name, one]) => ({ country: name, rows: one.rows(), fields: one.result() }))
      .sort((a, b) => b.rows - a.rows),
  };
}

function fileRows(path: string, source: SourceBody): AsyncIterable<RowReading> {
  const checkHeader = (header: readonly string[]) => checkColumns(source, header);
  return readRows({ path, format: source.format, limits: readLimits, progress: { bytes: 0 }, checkHeader });
}

type FieldState =
  | { readonly state: 'missing' }
  | { readonly state: 'invalid' }
  | { readonly state: 'valid'; readonly value: string | null };

/** A field and what a row says of it: nothing, something that can be used (for identifiers: what), or something else. */
interface Field {
  readonly name: string;
  readonly column: string;
  readonly isIdentifier: boolean;
  read(cells: Cells): FieldState;
}

function fieldsOf({ source, declared }: QualityRequest): readonly Field[] {
  const typed = (
    name: string,
    type: ValueType,
    from: ColumnReading,
    more: { readonly values: readonly string[] | null; readonly clean?: CleanRule } = { values: null },
  ): Field => ({
    ...{ name, column: from.column, isIdentifier: false },
    read(cells) {
      const written = cleanCell(cells, { from, rule: more.clean }, { source, declared });
      if (isProblem(written)) return { state: 'invalid' };
      const value = readDeclared(written.cells, { type, from, values: more.values, ignore: [] }, declared.workspace);
      if (isProblem(value)) return { state: 'invalid' };
      return value === undefined || value === null ? { state: 'missing' } : { state: 'valid', value: null };
    },
  });
  const identifiers = source.identifiers.map(
    ({ type, column }): Field => ({
      ...{ name: `identifier ${type}`, column, isIdentifier: true },
      read(cells) {
        const text = textAt(cells, column);
        if (text === '') return { state: 'missing' };
        const one = text === null ? null : readIdentifier(type, text, namingOf(cells, source, declared));
        if (one === null || isBlocked(declared.identity ?? null, one)) return { state: 'invalid' };
        return { state: 'valid', value: one.value };
      },
    }),
  );
  const traits = source.traits.map(({ trait, type, from }) => {
    const body = declared.traits.get(trait);
    if (body?.origin !== 'sourced') return typed(`trait ${trait}`, type, from);
    return typed(`trait ${trait}`, type, from, { values: body.values, ...(body.clean && { clean: body.clean }) });
  });
  const event = source.event?.type.kind === 'constant' ? declared.events.get(source.event.type.value) : undefined;
  const properties = (source.event?.properties ?? []).flatMap(({ property, from }) => {
    const type = event?.properties[property];
    return type === undefined ? [] : [typed(`property ${property}`, type, from)];
  });
  const entity = source.entity === undefined ? undefined : declared.entities.get(source.entity.entity);
  const rows = (source.entity?.fields ?? []).map(({ field, type, from }) =>
    typed(`field ${field}`, type, from, { values: entity?.fields[field]?.values ?? null }),
  );
  const time = source.occurredAt === null ? [] : [typed('time', 'datetime', source.occurredAt)];
  return [...identifiers, ...time, ...properties, ...traits, ...rows];
}

interface Counters {
  add(cells: Cells): void;
  rows(): number;
  result(): readonly FieldQuality[];
}

function counters(fields: readonly Field[]): Counters {
  const counted = fields.map(({ isIdentifier }) => ({
    filled: 0,
    valid: 0,
    repeated: 0,
    seen: isIdentifier ? equalRows() : null,
  }));
  let rows = 0;
  return {
    rows: () => rows,
    add(cells) {
      rows += 1;
      for (const [i, field] of fields.entries()) {
        const one = counted[i] as { filled: number; valid: number; repeated: number; readonly seen: EqualRows | null };
        const found = field.read(cells);
        if (found.state === 'missing') continue;
        one.filled += 1;
        if (found.state === 'invalid') continue;
        one.valid += 1;
        if (found.value !== null && one.seen !== null && one.seen.count(hash('sha256', found.value, 'buffer')) > 1)
          one.repeated += 1;
      }
    },
    result: () =>
      fields.map(({ name, column, isIdentifier }, i) => {
        const { filled, valid, repeated } = counted[i] as { filled: number; valid: number; repeated: number };
        return { field: name, column, filled, valid, repeated: isIdentifier ? repeated : null };
      }),
  };
}

/** Null: there are so many values that the column holds no countries. */
function countersOf(countries: Map<string, Counters>, name: string, fields: readonly Field[]): Counters | null {
  const known = countries.get(name);
  if (known !== undefined || countries.size >= countriesMax) return known ?? null;
  const fresh = counters(fields);
  countries.set(name, fresh);
  return fresh;
}
