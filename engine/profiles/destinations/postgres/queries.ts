/**
 * Statements in a database of somebody else. Names of tables and columns come from a document, where the schema admits letters, digits and
 * underscores alone; they are quoted all the same. Values travel as parameters.
 */
import type { OwnSession, Session } from '../../../store/session.ts';
import type { CellType, Column } from '../columns.ts';

export interface Target {
  /** `crm.customer`, or `customer`. */
  readonly table: string;
  readonly columns: readonly Column[];
}

const types: Readonly<Record<CellType, string>> = {
  text: 'text',
  integer: 'bigint',
  number: 'double precision',
  decimal: 'numeric',
  boolean: 'boolean',
  date: 'date',
  instant: 'timestamptz',
  list: 'jsonb',
};

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Without a schema it lies in `public`. */
function tableName(table: string): string {
  const parts = table.split('.');
  return (parts.length === 1 ? ['public', ...parts] : parts).map(quoted).join('.');
}

/** The table beside, which a delivery of everybody fills before it takes the place of what was. */
export function besideOf({ table, columns }: Target): Target {
  return { table: `${table}_parcours`, columns };
}

function fields({ columns }: Target): string {
  return ['"parcours_id" bigint', ...columns.map(({ name, type }) => `${quoted(name)} ${types[type]}`)].join(', ');
}

function names({ columns }: Target, prefix = ''): string {
  return ['parcours_id', ...columns.map(({ name }) => name)].map((name) => `${prefix}${quoted(name)}`).join(', ');
}

/** Whether there is such a table. */
export async function isThere(session: Session, { table }: Target): Promise<boolean> {
  const rows = await session.query<{ is_there: boolean }>('select to_regclass($1) is not null as is_there', [
    tableName(table),
  ]);
  return rows[0]?.is_there === true;
}

export async function createTable(session: Session, target: Target): Promise<void> {
  await session.query(`create table ${tableName(target.table)} (${fields(target)}, primary key ("parcours_id"))`);
}

/** Empty, whatever was there. What it holds can be told again, so no log is kept of it. */
export async function createBeside(session: OwnSession, target: Target): Promise<void> {
  const beside = besideOf(target);
  await session.query(`drop table if exists ${tableName(beside.table)}`);
  await session.query(
    `create unlogged table ${tableName(beside.table)} (${fields(beside)}, primary key ("parcours_id"))`,
  );
}

/** Writes rows, given as JSON objects by the columns' names. */
export async function putRows(session: Session, target: Target, rows: readonly unknown[]): Promise<void> {
  const set = target.columns.map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`).join(', ');
  await session.query(
    `insert into ${tableName(target.table)} (${names(target)})
     select ${names(target, 'r.')} from jsonb_to_recordset($1::jsonb) as r(${fields(target)})
     on conflict ("parcours_id") do ${set === '' ? 'nothing' : `update set ${set}`}`,
    [JSON.stringify(rows)],
  );
}

export async function removeRows(session: Session, { table }: Target, ids: readonly number[]): Promise<void> {
  await session.query(`delete from ${tableName(table)} where "parcours_id" = any($1::bigint[])`, [ids]);
}

/** Makes the table what the one beside is, in one transaction; rows that are alike aren't written, and readers wait for nothing. */
export async function takePlace(session: OwnSession, target: Target): Promise<void> {
  const [table, beside] = [tableName(target.table), tableName(besideOf(target).table)];
  const own = target.columns.map(({ name }) => `t.${quoted(name)}`).join(', ');
  const theirs = target.columns.map(({ name }) => `excluded.${quoted(name)}`).join(', ');
  const set = target.columns.map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`).join(', ');
  await session.transaction(async (inner) => {
    await inner.query(
      `delete from ${table} t where not exists (select from ${beside} s where s."parcours_id" = t."parcours_id")`,
    );
    await inner.query(
      `insert into ${table} as t (${names(target)}) select ${names(target, 's.')} from ${beside} s
       on conflict ("parcours_id") do ${set === '' ? 'nothing' : `update set ${set} where row(${own}) is distinct from row(${theirs})`}`,
    );
    await inner.query(`drop table ${beside}`);
  });
}
