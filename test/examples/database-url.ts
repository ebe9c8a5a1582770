/** The address of a test's database as a DATABASE_URL, for programs that the test starts. */
import pg from 'pg';
import type { ConnectionConfig } from '../../engine/store/session.ts';

/** A URL for the connection, also where the server listens on a unix socket only. */
export function databaseUrl(connection: ConnectionConfig): string {
  if (connection.connectionString !== undefined) return connection.connectionString;
  const { host, port, user, database } = new pg.Client({ ...connection });
  const url = new URL(`postgresql://localhost/${database ?? ''}`);
  url.username = user ?? '';
  url.searchParams.set('host', host);
  url.searchParams.set('port', String(port));
  return url.href;
}
