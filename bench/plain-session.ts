/**
 * The driver's client as it is, for floors: named statements, sent without waiting where the caller doesn't wait. Nothing of the engine's own
 * session is in it, or a floor would get faster by what it is there to judge.
 */
import pg from 'pg';

export interface PlainSession {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** `begin`, the work, `commit`. One at a time. */
  transaction(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

const int8 = pg.types.builtins.INT8;
/** Identifiers as numbers; all else as the driver reads it. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === int8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format as 'text'),
} as unknown as pg.CustomTypesConfig;

/** Connects with these settings. */
export async function plainSession(
  connection: Readonly<pg.ClientConfig>,
  settings: Readonly<Record<string, string>>,
): Promise<PlainSession> {
  const client = new pg.Client({ ...connection, types, pipeline: true });
  await client.connect();
  for (const [name, value] of Object.entries({ TimeZone: 'UTC', search_path: 'parcours', ...settings }))
    await client.query('select set_config($1, $2, false)', [name, value]);
  const names = new Map<string, string>();
  const nameOf = (text: string) => {
    const name = names.get(text) ?? `s${names.size}`;
    names.set(text, name);
    return name;
  };
  return {
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
      return (await client.query({ name: nameOf(text), text, values: [...values] })).rows as Row[];
    },
    async transaction(work) {
      const begun = client.query('begin');
      await work();
      await begun;
      await client.query('commit');
    },
    close: () => client.end(),
  };
}
