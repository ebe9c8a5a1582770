/** Statements over registers. A list is written beside the one that counts, and takes its place at once when it is whole. */
import type { Session } from '../../store/session.ts';

/** One import of a register at a time; held until the session unlocks it or ends. */
export async function lockRegister(session: Session, register: string): Promise<void> {
  await session.query('select pg_advisory_lock(hashtextextended($1, 0))', [`parcours register ${register}`]);
}

export async function unlockRegister(session: Session, register: string): Promise<void> {
  await session.query('select pg_advisory_unlock(hashtextextended($1, 0))', [`parcours register ${register}`]);
}

/** The number of the next list: above that of any that was ever begun. */
export async function nextGeneration(session: Session, register: string): Promise<number> {
  const rows = await session.query<{ next: number }>(
    `select 1 + greatest((select max(generation) from parcours.register_entry where register = $1),
       (select generation from parcours.register where register = $1), 0) as next`,
    [register],
  );
  return rows[0]?.next ?? 1;
}

/** Returns how many were new to the list. */
export async function insertEntries(
  session: Session,
  register: string,
  generation: number,
  hashes: readonly Buffer[],
): Promise<number> {
  const rows = await session.query<{ n: number }>(
    `with added as (
       insert into parcours.register_entry (register, hash, generation)
       select $1, h.hash, $2 from unnest($3::bytea[]) h(hash) order by h.hash on conflict do nothing returning 1)
     select count(*)::integer as n from added`,
    [register, generation, hashes],
  );
  return rows[0]?.n ?? 0;
}

/** From now on the list counts. */
export async function publishList(
  session: Session,
  list: {
    readonly register: string;
    readonly generation: number;
    readonly entries: number;
    readonly asOf: Date;
    readonly now: Date;
  },
): Promise<void> {
  await session.query(
    `insert into parcours.register (register, generation, entries, as_of, imported_at) values ($1, $2, $3, $4, $5)
     on conflict (register) do update set generation = excluded.generation, entries = excluded.entries, as_of = excluded.as_of,
       imported_at = excluded.imported_at`,
    [list.register, list.generation, list.entries, list.asOf, list.now],
  );
}

/** Takes away what no longer counts, and what imports that broke off have left. */
export async function deleteOldLists(session: Session, register: string, generation: number): Promise<void> {
  await session.query('delete from parcours.register_entry where register = $1 and generation <> $2', [
    register,
    generation,
  ]);
}

export interface RegisterRow {
  readonly register: string;
  readonly entries: number;
  readonly as_of: Date;
  readonly imported_at: Date;
}

export function readRegisters(session: Session): Promise<RegisterRow[]> {
  return session.query<RegisterRow>(
    'select register, entries, as_of, imported_at from parcours.register order by register',
  );
}
