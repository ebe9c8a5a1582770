/** Statements around the ledger: the lane of a command, callers' keys. Those of the ledger itself are in `ledger/queries.ts`. */
import type { Session } from '../store/session.ts';

/** A command waits for its lane so long; a lane's transactions end sooner. */
export async function waitBriefly(session: Session): Promise<void> {
  await session.query(`select set_config('lock_timeout', '2s', true)`);
}

/** Waits for the lane, which then has one writer until the transaction ends; returns the time it has come to. */
export async function lockLane(session: Session, lane: number): Promise<Date | null> {
  const rows = await session.query<{ last_t: Date | null }>(
    'select l.last_t from parcours.lane l where l.lane = $1 for update',
    [lane],
  );
  return rows[0]?.last_t ?? null;
}

/** Takes a caller's key for a body. A key is of the programme, over all lanes: who comes at the same time waits for the other to commit. */
export async function claimKey(
  session: Session,
  { program, lane }: { readonly program: string; readonly lane: number },
  { key, digest }: { readonly key: string; readonly digest: string },
): Promise<'ours' | 'conflict'> {
  const rows = await session.query<{ digest: string }>(
    `insert into parcours.ledger_key (program, key, digest, lane) values ($1, $2, $3, $4)
     on conflict (program, key) do nothing returning digest`,
    [program, key, digest, lane],
  );
  if (rows.length > 0) return 'ours';
  const [known] = await session.query<{ digest: string }>(
    'select k.digest from parcours.ledger_key k where k.program = $1 and k.key = $2',
    [program, key],
  );
  return known?.digest === digest ? 'ours' : 'conflict';
}
