/**
 * Turns what the driver throws on connecting into a StoreError that says what to do. Errors of statements pass as they are: they
 * are ours, not the world's. A password never gets into a message or a cause.
 */
import pg from 'pg';
import { codeOf } from './embedded-place.ts';
import type { ConnectionConfig } from './session.ts';
import { StoreError } from './store-error.ts';

const refused: Readonly<Record<string, (where: Address) => string>> = {
  '28P01': (at) =>
    `The server at ${at.server} refused the password of role ${at.user}. Check the password in DATABASE_URL.`,
  '28000': (at) =>
    `The server at ${at.server} does not let role ${at.user} in: no such role, or pg_hba.conf forbids it. Check the role in DATABASE_URL.`,
  '3D000': (at) =>
    `The server at ${at.server} has no database ${at.database}. Create it, or check the database in DATABASE_URL.`,
  '42501': (at) =>
    `Role ${at.user} may not do this in database ${at.database} at ${at.server}. Grant it connect and create on the database.`,
};

interface Address {
  readonly server: string;
  readonly user: string;
  readonly database: string;
}

/** The typed form of a failure to connect. `isEmbedded` decides which remedy is told. */
export function connectError(error: unknown, connection: ConnectionConfig, isEmbedded: boolean): StoreError {
  if (error instanceof StoreError) return error;
  const at = addressOf(connection);
  const code = codeOf(error) ?? '';
  const options = { cause: withoutPassword(error, connection) };
  const say = refused[code];
  if (say) return new StoreError('STORE_REFUSED', say(at), options);
  const reason = code === 'ENOENT' ? 'no socket' : (options.cause.message || code).trim();
  if (/password must be a string|no password/i.test(reason)) {
    const message = `The server at ${at.server} asks for a password of role ${at.user}. Put one in DATABASE_URL.`;
    return new StoreError('STORE_REFUSED', message, options);
  }
  const remedy = isEmbedded
    ? 'Look at `parcours store status`.'
    : 'Is the server up, and is DATABASE_URL right? Without DATABASE_URL the embedded server is used.';
  return new StoreError(
    'STORE_UNREACHABLE',
    `No connection to the server at ${at.server}: ${reason}. ${remedy}`,
    options,
  );
}

/** Whether the server has gone or is going: worth another start of an embedded one. */
export function isGone(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  const text = error instanceof Error ? error.message : '';
  return (
    ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P03', '3D000'].includes(code) ||
    /terminated/.test(text)
  );
}

/** The parts of a `DATABASE_URL`, checked. Errors: STORE_UNREACHABLE, which doesn't repeat the URL. */
export function parseDatabaseUrl(url: string): ConnectionConfig {
  const isUrl = /^(postgres|postgresql|socket):/.test(url);
  try {
    if (isUrl) void new pg.Client({ connectionString: url });
  } catch {
    return badUrl(); // The cause would carry the URL, hence the password.
  }
  if (!isUrl) return badUrl();
  return {
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: `parcours process ${process.pid}`,
  };
}

function badUrl(): never {
  throw new StoreError(
    'STORE_UNREACHABLE',
    'DATABASE_URL is not a PostgreSQL address. It looks like postgres://role:password@host:5432/database; special characters of the password are percent-encoded.',
  );
}

function addressOf(connection: ConnectionConfig): Address {
  const { host, port, user, database } = new pg.Client({ ...connection });
  const server = host.startsWith('/') ? host : `${host}:${port}`;
  return { server, user: user ?? '?', database: database ?? '?' };
}

function withoutPassword(error: unknown, connection: ConnectionConfig): Error {
  const known = error instanceof Error ? error : new Error(String(error));
  const { password } = new pg.Client({ ...connection });
  if (typeof password !== 'string' || password === '' || !known.message.includes(password)) return known;
  return new Error(known.message.replaceAll(password, '***'));
}
