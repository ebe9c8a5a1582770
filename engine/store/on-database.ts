/** Which database of a server a connection is for. */
import type { ConnectionConfig } from './session.ts';

/** The same server, another database. */
export function onDatabase(connection: ConnectionConfig, database: string): ConnectionConfig {
  if (connection.connectionString === undefined) return { ...connection, database };
  const url = new URL(connection.connectionString);
  // The driver prefers what a URL says.
  url.pathname = `/${database}`;
  return { ...connection, connectionString: url.href };
}
