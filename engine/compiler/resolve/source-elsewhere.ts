/** Sources that lie in other systems: queries of a database, requests with rows. Asking and answering is the business of `profiles` and `server`. */
import type { SourceDatabase, SourceWebhook } from '../ir.ts';
import { checkConnection } from './delivery.ts';
import { child, demand, fault, items, type Place, textAt, textOf } from './place.ts';
import { checkWriteKeys } from './source-api.ts';
import { durationAt } from './values.ts';

const usualEvery = { months: 0, days: 0, ms: 15 * 60_000 };

export function readDatabase(place: Place): SourceDatabase {
  const connection = demand(place, 'connection');
  checkConnection(connection);
  return {
    connection: textOf(connection),
    query: readQuery(demand(place, 'query')),
    cursor: textOf(demand(place, 'cursor')),
    every: durationAt(place, 'every') ?? usualEvery,
    overlap: durationAt(place, 'overlap'),
  };
}

/** One statement that only reads. That it is right, its database says. */
function readQuery(place: Place): string {
  const query = textOf(place).trim().replace(/;\s*$/, '');
  if (!/^(?:--[^\n]*\n|\s)*(?:select|with|values|table)\b/i.test(query)) {
    const detail =
      'This is no query: it begins with none of `select`, `with`, `values` and `table`. Nothing is ever written to the database.';
    fault(place, 'CMP353', detail);
  }
  return query;
}

export function readWebhook(place: Place): SourceWebhook {
  checkWriteKeys(place);
  const verify = child(place, 'verify_with');
  return {
    writeKeys: items(demand(place, 'write_keys')).map(textOf),
    verifyWith: verify === undefined ? null : textOf(verify),
    rows: textAt(place, 'rows') ?? null,
  };
}
