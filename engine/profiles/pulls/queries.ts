/** Statements of reading other databases: over our own store, and the one that wraps a source's query. */
import type { Session } from '../../store/session.ts';

export interface PullRow {
  readonly source: string;
  readonly cursor_column: string;
  readonly cursor: string | null;
  readonly began_at: Date;
  readonly ended_at: Date | null;
  readonly state: 'running' | 'done' | 'failed';
  readonly rows: number;
  readonly facts: number;
  readonly rejected: number;
  readonly reason: string | null;
}

/** How each source stands, by its name. */
export function selectPulls(session: Session): Promise<PullRow[]> {
  return session.query<PullRow>(
    'select source, cursor_column, cursor, began_at, ended_at, state, rows, facts, rejected, reason from parcours.source_pull order by source',
  );
}

/** Notes that it is asked; from where on: what was read of this column, else null. */
export async function beginPull(
  session: Session,
  { source, column, now }: { readonly source: string; readonly column: string; readonly now: Date },
): Promise<string | null> {
  const rows = await session.query<{ cursor: string | null }>(
    `insert into parcours.source_pull (source, cursor_column, began_at, state) values ($1, $2, $3, 'running')
     on conflict (source) do update set began_at = excluded.began_at, ended_at = null, state = 'running', rows = 0, facts = 0,
       rejected = 0, reason = null, cursor_column = excluded.cursor_column,
       cursor = case when source_pull.cursor_column = excluded.cursor_column then source_pull.cursor end
     returning cursor`,
    [source, column, now],
  );
  return rows[0]?.cursor ?? null;
}

/** How far it is, in the transaction of the rows. */
export async function noteCursor(session: Session, source: string, cursor: string): Promise<void> {
  await session.query('update parcours.source_pull set cursor = $2 where source = $1', [source, cursor]);
}

export type PullEnd = Pick<PullRow, 'source' | 'state' | 'rows' | 'facts' | 'rejected' | 'reason'> & {
  readonly now: Date;
};

export async function endPull(session: Session, end: PullEnd): Promise<void> {
  await session.query(
    `update parcours.source_pull set state = $2, ended_at = $3, rows = $4, facts = $5, rejected = $6, reason = $7 where source = $1`,
    [end.source, end.state, end.now, end.rows, end.facts, end.rejected, end.reason],
  );
}

/** One process asks for a source at a time; false: another one does. Held by the session until it is given back, or ends. */
export async function lockPull(session: Session, source: string): Promise<boolean> {
  const rows = await session.query<{ is_ours: boolean }>(
    'select pg_try_advisory_lock(7305004, hashtext($1)) as is_ours',
    [source],
  );
  return rows[0]?.is_ours === true;
}

export async function unlockPull(session: Session, source: string): Promise<void> {
  await session.query('select pg_advisory_unlock(7305004, hashtext($1)) as is_free', [source]);
}

// ---------------------------------------------------------------- in the other database

export interface Asked {
  /** The statement of the source, which its file says and its own database reads: nothing of ours is there. */
  readonly query: string;
  /** A name of letters, digits and underscores. */
  readonly cursor: string;
  /** As the database writes values of the cursor; null: from the beginning. */
  readonly from: string | null;
}

/** Opens the cursor over the rows, the oldest first. One statement: what ends the query early is a mistake that the database finds. */
export async function openRows(session: Session, { query, cursor, from }: Asked): Promise<void> {
  const column = `q."${cursor}"`;
  const where = from === null ? `${column} is not null` : `${column} >= $1`;
  await session.query(
    `declare pull no scroll cursor for
     select row_to_json(q)::text as row, ${column}::text as cursor from (
${query}
     ) q where ${where} order by ${column}`,
    from === null ? [] : [from],
  );
}

/** The next ones; none: that was all. */
export function fetchRows(session: Session): Promise<{ readonly row: string; readonly cursor: string }[]> {
  return session.query('fetch 2000 from pull');
}
