/**
 * People as rows of a table in another PostgreSQL database, by their numbers. Changes are written into it; a delivery of everybody fills a
 * table beside it and takes its place at the end, so that readers see the old rows or the new ones.
 */
import { resolveSecrets, type SecretLookup, SecretMissing } from '../../../channels/secrets.ts';
import { type OwnSession, openSession } from '../../../store/session.ts';
import { DeliveryError } from '../delivery-error.ts';
import { recordOf } from '../file-sink.ts';
import type { Sink } from '../sink.ts';
import {
  besideOf,
  createBeside,
  createTable,
  isThere,
  putRows,
  removeRows,
  type Target,
  takePlace,
} from './queries.ts';

export interface TableForm extends Target {
  /** A `${secret.NAME}` reference. */
  readonly connection: string;
  readonly secret: SecretLookup;
  readonly ofChanges: boolean;
  /** How far the delivery is. */
  readonly at: 'beginning' | 'underway' | 'told';
}

/** Rows of one statement. */
const rowsMax = 2_000;

/** Opens the database. Null: what was written of the delivery isn't there any more. Errors: `DeliveryError`. */
export async function openTable(form: TableForm): Promise<Sink | null> {
  const session = await connect(form);
  try {
    if (!(await ready(session, form))) {
      await session.close();
      return null;
    }
  } catch (error) {
    await session.close().catch(() => {});
    throw asDeliveryError(error, form.table);
  }
  const { ofChanges, columns, table } = form;
  const target = ofChanges ? form : besideOf(form);
  const guarded = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => {
      throw asDeliveryError(error, table);
    });
  return {
    async tell(changes) {
      const puts = changes.filter(({ kind }) => kind === 'put').map((one) => recordOf(one, columns, false));
      const gone = changes.filter(({ kind }) => kind === 'remove').map(({ id }) => id);
      for (let from = 0; from < puts.length; from += rowsMax) {
        await guarded(putRows(session, target, puts.slice(from, from + rowsMax)));
      }
      if (gone.length > 0) await guarded(removeRows(session, target, gone));
    },
    // Each statement was committed by itself.
    settle: async () => [],
    async finish() {
      if (!ofChanges && (await guarded(isThere(session, besideOf(form))))) await guarded(takePlace(session, form));
      return [table];
    },
    close: () => session.close(),
  };
}

/** Whether what was told before is there; makes what is missing at the beginning. */
async function ready(session: OwnSession, form: TableForm): Promise<boolean> {
  if (!(await isThere(session, form))) {
    if (form.at !== 'beginning') return false;
    await createTable(session, form);
  }
  if (form.ofChanges || form.at === 'told') return true;
  if (form.at === 'underway') return await isThere(session, besideOf(form));
  await createBeside(session, form);
  return true;
}

async function connect({ connection, secret }: TableForm): Promise<OwnSession> {
  let address: string;
  try {
    address = resolveSecrets(connection, secret);
  } catch (error) {
    if (error instanceof SecretMissing) {
      throw new DeliveryError('DELIVERY_SECRET', `The ${error.message}: it is the address of the database.`);
    }
    throw error;
  }
  try {
    return await openSession(
      { connectionString: address, connectionTimeoutMillis: 15_000 },
      { application_name: 'parcours destination', search_path: 'public', statement_timeout: '600s' },
    );
  } catch (error) {
    throw asDeliveryError(error, null);
  }
}

/** By SQLSTATE, or by the system's code. Messages of a server may quote values and addresses: none is repeated. */
const words: Readonly<Record<string, string>> = {
  '28P01': 'the name or the password is wrong',
  '28000': 'the server lets this name in by no way',
  '3D000': 'there is no such database',
  '3F000': 'there is no such schema: create it first',
  '42501': 'the name may not do this: it must be allowed to create the table, or to write it',
  '42703': 'the table lacks a column that the destination names',
  '42P10': '`parcours_id` of the table is no key: make it the primary key',
  '42804': 'a column of the table has another type',
  STORE_LOST: 'the connection ended',
  ECONNREFUSED: 'nobody answers at the address',
  ENOTFOUND: 'the name of the host is not known',
};

export function asDeliveryError(error: unknown, table: string | null): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const cause = (error as { readonly cause?: unknown } | null)?.cause;
  const code = [error, cause]
    .map((one) => (one as { readonly code?: unknown } | null)?.code)
    .find((one): one is string => typeof one === 'string' && /^[A-Z0-9_]{4,}$/.test(one));
  const why = code === undefined ? 'the connection failed' : (words[code] ?? `it answers ${code}`);
  const what = table === null ? 'The database of the destination' : `The database of table \`${table}\``;
  return new DeliveryError('DELIVERY_DATABASE', `${what} can't be used: ${why}.`);
}
