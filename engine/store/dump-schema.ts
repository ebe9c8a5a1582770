/**
 * The schema as readable text, the same on every supported server: what the golden file holds, so that a migration's whole effect is in
 * its diff. It is for reading, not for running. What is asked of the catalogue is in `catalog/queries.ts`.
 */
import {
  type ColumnRow,
  type PartRow,
  readColumns,
  readConstraints,
  readFunctions,
  readIndexes,
  readSequences,
  readTables,
  readTriggers,
  type SequenceRow,
} from './catalog/queries.ts';
import type { Session } from './session.ts';

/** Tables with all that belongs to them, then sequences and functions, each by name. */
export async function dumpSchema(session: Session): Promise<string> {
  const tables = await readTables(session);
  const columns = await readColumns(session);
  const parts = [
    ...(await readConstraints(session)).map(constraintLine),
    ...(await readIndexes(session)).map(definitionLine),
    ...(await readTriggers(session)).map(definitionLine),
  ];
  const blocks = tables.map((table) =>
    [
      `table ${table.name}${table.options ? ` with (${[...table.options].sort().join(', ')})` : ''}`,
      ...columnLines(columns.filter((column) => column.table === table.name)),
      ...parts.filter((part) => part.table === table.name).map((part) => part.line),
    ].join('\n'),
  );
  const sequences = (await readSequences(session)).map(sequenceBlock);
  const functions = (await readFunctions(session)).map((row) => row.definition.trim());
  return `${[...blocks, ...sequences, ...functions].join('\n\n')}\n`;
}

function columnLines(columns: readonly ColumnRow[]): readonly string[] {
  const nameWidth = Math.max(0, ...columns.map((column) => column.name.length));
  const typeWidth = Math.max(0, ...columns.map((column) => column.type.length));
  return columns.map((column) => {
    const rest = [column.is_required ? 'not null' : '', contentOf(column)].filter((word) => word !== '').join(' ');
    return `  ${column.name.padEnd(nameWidth)}  ${column.type.padEnd(typeWidth)}  ${rest}`.trimEnd();
  });
}

function contentOf(column: ColumnRow): string {
  if (column.is_identity) return 'identity';
  if (column.default === null) return '';
  return column.is_generated ? `generated ${column.default}` : `default ${column.default}`;
}

function constraintLine(row: PartRow): { readonly table: string; readonly line: string } {
  return { table: row.table, line: `  constraint ${row.name} ${row.definition}` };
}

function definitionLine(row: PartRow): { readonly table: string; readonly line: string } {
  return { table: row.table, line: `  ${row.definition}` };
}

function sequenceBlock(row: SequenceRow): string {
  return `sequence ${row.name} ${row.type} cache ${row.cache}`;
}
