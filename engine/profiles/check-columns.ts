/** Whether a file's header has the columns that its source reads: said once, instead of a reject for every row. */
import { closest } from 'fastest-levenshtein';
import type { ColumnReading, SourceBody } from '../compiler/ir.ts';
import { columnsOf as columnsOfPeople } from './entities/map-entity.ts';
import { ImportError } from './import-error.ts';

/** Throws `IMPORT_COLUMNS` when a column that the source reads is missing from the header, or stands in it twice. */
export function checkColumns(source: SourceBody, header: readonly string[]): void {
  const problems: string[] = [];
  for (const column of columnsOf(source)) {
    const times = header.filter((name) => name === column).length;
    if (times > 1) problems.push(`The header has ${times} columns \`${column}\`.`);
    if (times > 0) continue;
    const near = header.length > 0 ? closest(column, header) : '';
    problems.push(`There is no column \`${column}\`${near === '' ? '' : ` (did you mean \`${near}\`?)`}.`);
  }
  if (problems.length === 0) return;
  throw new ImportError(
    'IMPORT_COLUMNS',
    `${problems.join(' ')} The file's columns are ${header.map((name) => `\`${name}\``).join(', ')}.`,
    { line: 1 },
  );
}

/** The columns that a source reads, sorted, each once. */
export function columnsOf(source: SourceBody): readonly string[] {
  const readings: (ColumnReading | null)[] = [
    source.occurredAt,
    ...source.traits.map((one) => one.from),
    ...(source.event?.properties.map((one) => one.from) ?? []),
    ...(source.entity?.fields.map((one) => one.from) ?? []),
  ];
  const columns = new Set<string>([
    ...source.identifiers.map((one) => one.column),
    ...source.consents.flatMap(({ column, proof }) => (proof === undefined ? [column] : [column, proof])),
    ...source.messageId,
    ...(source.entity === undefined ? [] : [source.entity.column]),
    ...(source.entity?.people.flatMap(({ of }) => columnsOfPeople(of)) ?? []),
  ]);
  for (const reading of readings) {
    if (reading !== null) columns.add(reading.column);
    if (reading?.currencyColumn) columns.add(reading.currencyColumn);
  }
  if (source.event?.type.kind === 'column') columns.add(source.event.type.column);
  if (source.event?.propertiesFrom) columns.add(source.event.propertiesFrom);
  return [...columns].sort();
}
