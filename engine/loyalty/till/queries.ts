/** Statements of the till: what was booked under a caller's key, and a transaction by its number. */
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

/** What was booked for a member under a key; null: nothing. */
export async function readByKey(session: Session, who: Who, key: string): Promise<TillRow | null> {
  const rows = await session.query<TillRow>(
    `select ${columns} from parcours.ledger_member m
     join parcours.ledger_txn x on x.lane = m.lane and x.holder_id = m.holder_id and x.key = $4
     where m.lane = $1 and m.profile_id = $2 and m.program = $3`,
    [who.lane, who.profileId, who.program, key],
  );
  return rows[0] ?? null;
}

/** A member's transaction by its number; null: he has none of that number in the programme. */
export async function readByNumber(session: Session, who: Who, txnId: number): Promise<TillRow | null> {
  const rows = await session.query<TillRow>(
    `select ${columns} from parcours.ledger_member m
     join parcours.ledger_txn x on x.lane = m.lane and x.holder_id = m.holder_id and x.txn_id = $4
     where m.lane = $1 and m.profile_id = $2 and m.program = $3`,
    [who.lane, who.profileId, who.program, txnId],
  );
  return rows[0] ?? null;
}
