/**
 * A list of people for `parcours start`: a CSV file whose header names identifiers (`external_id`, `email`, …), what the journey takes
 * over (`with`), and `key` where it has one place per cart or row. Nothing is read from the store.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JourneyBody, Value, WorkspaceBody } from '../compiler/ir.ts';
import { cleanIdentifier } from '../profiles/clean-text.ts';
import type { Identifier } from '../profiles/identified-fact.ts';
import { type Cells, isProblem, readValue, textAt } from '../profiles/read-cell.ts';
import { readRows } from '../profiles/readers/read-rows.ts';
import { readLimits } from '../profiles/readers/row.ts';
import { CliError } from './cli-error.ts';

/** The column of the place. */
export const keyColumn = 'key';

/** One person of the list; the line is where he stands in the file. */
export interface ListedPerson {
  readonly line: number;
  readonly identifiers: readonly Identifier[];
  readonly key: string | null;
  readonly entry: Readonly<Record<string, Value>>;
}

export type ListedReading = ListedPerson | { readonly line: number; readonly problem: string };

export interface ListRequest {
  readonly cwd: string;
  readonly file: string;
  readonly journey: Pick<JourneyBody, 'entry'>;
  readonly workspace: Pick<WorkspaceBody, 'zone' | 'currency'>;
}

/** The people of the file in its order. Errors: `CliError` when there is no such file. */
export async function* readStartList({ cwd, file, journey, workspace }: ListRequest): AsyncGenerator<ListedReading> {
  const path = resolve(cwd, file);
  if (!existsSync(path)) throw new CliError('CLI_NO_PATH', `There is no file ${path}.`);
  const rows = readRows({
    path,
    format: { kind: 'csv', delimiter: ',', columns: null, encoding: 'utf-8' },
    limits: readLimits,
    progress: { bytes: 0 },
    checkHeader: () => {},
  });
  for await (const row of rows) {
    if (row.kind === 'bad') yield { line: row.line, problem: row.reason };
    else yield readPerson(row.line, row.cells, journey, workspace);
  }
}

function readPerson(
  line: number,
  cells: Cells,
  journey: ListRequest['journey'],
  workspace: ListRequest['workspace'],
): ListedReading {
  const handed = journey.entry.with ?? {};
  const entry: Record<string, Value> = {};
  for (const [name, type] of Object.entries(handed)) {
    const value = readHanded(name, cells[name], type, workspace);
    if (typeof value === 'object' && value !== null && 'problem' in value) return { line, problem: value.problem };
    if (value !== undefined) entry[name] = value;
  }
  const columns = Object.keys(cells).filter((column) => column !== keyColumn && !Object.hasOwn(handed, column));
  const identifiers = columns.flatMap((type): readonly Identifier[] => {
    const text = textAt(cells, type);
    const value = text === null || text === '' ? null : cleanIdentifier(type, text);
    return value === null ? [] : [{ type, value }];
  });
  if (identifiers.length === 0) return { line, problem: 'names nobody' };
  const key = textAt(cells, keyColumn);
  return { line, identifiers, key: key === '' ? null : key, entry };
}

/** A value that is handed over, in its stored form; undefined: nothing is said. */
export function readHanded(
  name: string,
  raw: unknown,
  type: NonNullable<JourneyBody['entry']['with']>[string],
  { zone, currency }: ListRequest['workspace'],
): Value | undefined | { readonly problem: string } {
  if (raw === undefined || raw === '') return undefined;
  const value = readValue(raw, type, { column: name, format: null, zone, currency: null, defaultCurrency: currency });
  if (isProblem(value)) return { problem: `${name}: ${value.reason}` };
  return value ?? undefined;
}
