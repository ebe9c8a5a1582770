/** Columns of a source's file: which there are, and how the values of one are read. */
import type { ColumnReading, ValueType } from '../ir.ts';
import { child, demand, fault, faultUnknown, isMap, type Place, textAt, textOf } from './place.ts';

/** What columns are read with. */
export interface Reader {
  /** The columns of the file, where the source names them. */
  readonly columns: readonly string[] | null;
  readonly zone: string;
}

/** The column's name; it must be one of the named ones. */
export function checkColumn(place: Place, { columns }: Reader): string {
  const name = textOf(place);
  if (columns !== null && !columns.includes(name)) {
    const remedy = 'The source names its columns under `columns`.';
    faultUnknown(place, 'CMP019', { what: 'column', name, known: columns, remedy });
  }
  return name;
}

export interface ReadAs {
  readonly type: ValueType;
  readonly label: string;
}

/** `country`, or `{ column: total, currency: USD }`. Only what the type needs is kept. */
export function readColumn(place: Place, { type, label }: ReadAs, reader: Reader): ColumnReading {
  const isDate = type === 'date' || type === 'datetime';
  if (!isMap(place.value)) {
    const column = checkColumn(place, reader);
    return { column, format: null, zone: isDate ? reader.zone : null, currency: null, currencyColumn: null };
  }
  refuseOptions(place, isDate ? [] : ['format', 'zone'], `Only dates have it, and ${label} is of type ${type}.`);
  refuseOptions(
    place,
    type === 'money' ? [] : ['currency', 'currency_column'],
    `Only money has it, and ${label} is of type ${type}.`,
  );
  const isNumber = type === 'money' || type === 'number' || type === 'integer';
  refuseOptions(place, isNumber ? [] : ['decimal'], `Only numbers have it, and ${label} is of type ${type}.`);
  const currencyColumn = child(place, 'currency_column');
  const currency = textAt(place, 'currency') ?? null;
  if (currencyColumn !== undefined && currency !== null) {
    fault(currencyColumn, 'CMP085', 'The currency is one for all rows or in a column, not both. Keep one.', {
      on: 'key',
    });
  }
  const format = textAt(place, 'format') ?? 'iso';
  return {
    column: checkColumn(demand(place, 'column'), reader),
    format: isDate && format !== 'iso' ? format : null,
    zone: isDate ? (textAt(place, 'zone') ?? reader.zone) : null,
    currency,
    currencyColumn: currencyColumn === undefined ? null : checkColumn(currencyColumn, reader),
    ...(textAt(place, 'decimal') === 'comma' && { decimal: 'comma' as const }),
  };
}

function refuseOptions(place: Place, keys: readonly string[], reason: string): void {
  for (const key of keys) {
    const found = child(place, key);
    if (found !== undefined) fault(found, 'CMP085', `\`${key}\` is not read here. ${reason} Remove it.`, { on: 'key' });
  }
}
