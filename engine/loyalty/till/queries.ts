/** Statements of the till: what was booked under a caller's key, and a transaction by its number. */
import { holdersOfPerson } from '../../compiler/holders-sql.ts';
import type { Session } from '../../store/session.ts';
import type { Who } from '../ledger/queries.ts';

export interface TillRow {
  readonly txn_id: number;
  readonly kind: string;
  readonly points: number;
  /** The reward; '' where points alone were spent. */
  readonly source: string;
  /** Of a hold. */
  readonly until: Date | null;
  /** The code that was given for it. */
  readonly code: string | null;
}

const columns = `x.txn_id, x.kind, x.amount as points, x.source, x.until,
  (select c.code from parcours.ledger_code c where c.lane = x.lane and c.txn_id = x.txn_id) as code`;

const holders = `(select $1::smallint as lane, $2::bigint as profile_id, $3::text as program) u cross join lateral (${holdersOfPerson('u')}) m`;

/** What was booked for a member under a key; null: nothing. */
export async function readByKey(session: Session, who: Who, key: string): Promise<TillRow | null> {
  const rows = await session.query<TillRow>(
    `select ${columns} from ${holders}
     join parcours.ledger_txn x on x.lane = m.lane and x.holder_id = m.holder_id and x.key = $4`,
    [who.lane, who.profileId, who.program, key],
  );
  return rows[0] ?? null;
}

/** A member's transaction by its number; null: he has none of that number in the programme. */
export async function readByNumber(session: Session, who: Who, txnId: number): Promise<TillRow | null> {
  const rows = await session.query<TillRow>(
    `select ${columns} from ${holders}
     join parcours.ledger_txn x on x.lane = m.lane and x.holder_id = m.holder_id and x.txn_id = $4`,
    [who.lane, who.profileId, who.program, txnId],
  );
  return rows[0] ?? null;
}
