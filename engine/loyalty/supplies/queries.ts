/** Statements over supplies: what lanes may still spend of a stock or of a pool of codes, what they ask for, and codes themselves. */
import type { Session } from '../../store/session.ts';

export interface LeaseRow {
  readonly lane: number;
  readonly thing: string;
  readonly units: number;
  readonly none_until: Date | null;
}

/** The leases of lanes on things, locked until the transaction ends: whoever gives takes none back meanwhile. */
export function lockLeases(
  session: Session,
  {
    lanes,
    program,
    things,
  }: { readonly lanes: readonly number[]; readonly program: string; readonly things: readonly string[] },
): Promise<LeaseRow[]> {
  return session.query(
    `select l.lane, l.thing, l.units, l.none_until from parcours.ledger_lease l
     where l.lane = any($1::smallint[]) and l.program = $2 and l.thing = any($3::text[]) order by l.lane, l.thing for update`,
    [lanes, program, things],
  );
}

export interface LeaseUse {
  readonly lane: number;
  readonly thing: string;
  readonly used: number;
  readonly wanted: number;
}

/** Spends units of the lanes' own leases, and asks for more. */
export async function useLeases(session: Session, program: string, uses: readonly LeaseUse[]): Promise<void> {
  if (uses.length === 0) return;
  await session.query(
    `insert into parcours.ledger_lease as l (lane, program, thing, units, wanted)
     select u.lane, $1, u.thing, 0, u.wanted from unnest($2::smallint[], $3::text[], $4::bigint[], $5::bigint[]) u(lane, thing, used, wanted)
     on conflict (lane, program, thing) do update set wanted = excluded.wanted,
       units = l.units - (select v.used from unnest($2::smallint[], $3::text[], $4::bigint[]) v(lane, thing, used)
         where v.lane = l.lane and v.thing = l.thing)`,
    [
      program,
      uses.map(({ lane }) => lane),
      uses.map(({ thing }) => thing),
      uses.map(({ used }) => used),
      uses.map(({ wanted }) => wanted),
    ],
  );
}

export interface Refill {
  readonly lane: number;
  readonly thing: string;
  readonly units: number;
}

/** Gives units back to the lanes' leases: they may be given again, by them or by whoever takes back what idle lanes hold. */
export async function refillLeases(session: Session, program: string, refills: readonly Refill[]): Promise<void> {
  if (refills.length === 0) return;
  await session.query(
    `insert into parcours.ledger_lease as l (lane, program, thing, units)
     select u.lane, $1, u.thing, sum(u.units)::bigint from unnest($2::smallint[], $3::text[], $4::bigint[]) u(lane, thing, units)
     group by u.lane, u.thing order by u.lane, u.thing
     on conflict (lane, program, thing) do update set units = l.units + excluded.units, none_until = null`,
    [program, refills.map(({ lane }) => lane), refills.map(({ thing }) => thing), refills.map(({ units }) => units)],
  );
}

export interface Given {
  readonly lane: number;
  readonly txnId: number;
  /** The place of the redemption among those of its lane, from 0. */
  readonly n: number;
}

/** Gives each redemption one of the codes that its lane holds. */
export function giveCodes(
  session: Session,
  { program, pool }: { readonly program: string; readonly pool: string },
  given: readonly Given[],
): Promise<{ readonly txn_id: number; readonly code: string }[]> {
  return session.query(
    `update parcours.ledger_code c set txn_id = u.txn_id
     from unnest($3::smallint[], $4::bigint[], $5::bigint[]) u(lane, txn_id, n)
     cross join lateral (
       select d.code from parcours.ledger_code d
       where d.lane = u.lane and d.program = $1 and d.pool = $2 and d.txn_id is null order by d.code offset u.n limit 1) f
     where c.program = $1 and c.pool = $2 and c.code = f.code returning c.txn_id, c.code`,
    [program, pool, given.map(({ lane }) => lane), given.map(({ txnId }) => txnId), given.map(({ n }) => n)],
  );
}

/** Makes a code of its own for each redemption: nobody who doesn't know the store can guess one. */
export function makeCodes(
  session: Session,
  { program, pool }: { readonly program: string; readonly pool: string },
  given: readonly Given[],
): Promise<{ readonly txn_id: number; readonly code: string }[]> {
  return session.query(
    `insert into parcours.ledger_code (program, pool, code, lane, txn_id)
     select $1, $2, upper(substr(translate(encode(sha256(convert_to(s.store_id || ':' || u.txn_id, 'UTF8')), 'base64'), '+/=', ''), 1, 12)), u.lane, u.txn_id
     from unnest($3::smallint[], $4::bigint[]) u(lane, txn_id) cross join parcours.store s returning txn_id, code`,
    [program, pool, given.map(({ lane }) => lane), given.map(({ txnId }) => txnId)],
  );
}

/** Adds codes to a pool; those that it holds already stay as they are. Returns how many are new. */
export async function addCodes(
  session: Session,
  { program, pool }: { readonly program: string; readonly pool: string },
  codes: readonly string[],
): Promise<number> {
  const rows = await session.query<{ code: string }>(
    `insert into parcours.ledger_code (program, pool, code) select $1, $2, u.code from unnest($3::text[]) u(code)
     on conflict do nothing returning code`,
    [program, pool, codes],
  );
  return rows.length;
}

/** Things that some lane asks for, in the order of their keys. */
export function askedThings(session: Session): Promise<{ readonly program: string; readonly thing: string }[]> {
  return session.query(
    'select distinct l.program, l.thing from parcours.ledger_lease l where l.wanted > 0 order by 1, 2',
  );
}

/** How much of the thing is leased or spent; locked, so that two processes give one after the other. */
export async function lockSupply(session: Session, program: string, thing: string): Promise<number> {
  await session.query('insert into parcours.ledger_supply (program, thing) values ($1, $2) on conflict do nothing', [
    program,
    thing,
  ]);
  const rows = await session.query<{ taken: number }>(
    'select s.taken from parcours.ledger_supply s where s.program = $1 and s.thing = $2 for update',
    [program, thing],
  );
  return rows[0]?.taken ?? 0;
}

export async function saveSupply(session: Session, program: string, thing: string, taken: number): Promise<void> {
  await session.query('update parcours.ledger_supply set taken = $3 where program = $1 and thing = $2', [
    program,
    thing,
    taken,
  ]);
}

/** Lanes that ask. Those in a worker's hands are left for the next time. */
export function lockAsking(
  session: Session,
  program: string,
  thing: string,
): Promise<{ readonly lane: number; readonly wanted: number }[]> {
  return session.query(
    `select l.lane, l.wanted from parcours.ledger_lease l where l.program = $1 and l.thing = $2 and l.wanted > 0
     order by l.lane for update skip locked`,
    [program, thing],
  );
}

/** Takes back what lanes hold that don't ask; returns what they held, by lane. Those in a worker's hands keep theirs. */
export function takeBack(
  session: Session,
  program: string,
  thing: string,
): Promise<{ readonly lane: number; readonly units: number }[]> {
  return session.query(
    `with held as materialized (
       select l.lane, l.units from parcours.ledger_lease l
       where l.program = $1 and l.thing = $2 and l.units > 0 and l.wanted = 0 order by l.lane for update skip locked)
     update parcours.ledger_lease l set units = 0 from held h
     where l.lane = h.lane and l.program = $1 and l.thing = $2 returning l.lane, h.units`,
    [program, thing],
  );
}

/** Units that are leased and not spent, by lanes that don't ask: who asks for more spends first what he has. */
export async function unitsOut(session: Session, program: string, thing: string): Promise<number> {
  const rows = await session.query<{ units: number }>(
    'select coalesce(sum(l.units), 0)::bigint as units from parcours.ledger_lease l where l.program = $1 and l.thing = $2 and l.wanted = 0',
    [program, thing],
  );
  return rows[0]?.units ?? 0;
}

/** Answers lanes: so many units, or (0) that there are none until a time; null: they go on waiting. */
export async function answerLanes(
  session: Session,
  { program, thing }: { readonly program: string; readonly thing: string },
  answers: readonly { readonly lane: number; readonly units: number }[],
  noneUntil: Date,
): Promise<void> {
  await session.query(
    `update parcours.ledger_lease l set units = l.units + u.units, wanted = 0, none_until = case when u.units = 0 then $5::timestamptz end
     from unnest($3::smallint[], $4::bigint[]) u(lane, units) where l.lane = u.lane and l.program = $1 and l.thing = $2`,
    [program, thing, answers.map(({ lane }) => lane), answers.map(({ units }) => units), noneUntil],
  );
}

/** Free codes go to a lane; returns how many. */
export async function leaseCodes(
  session: Session,
  program: string,
  pool: string,
  lane: number,
  count: number,
): Promise<number> {
  const rows = await session.query<{ code: string }>(
    // Materialized: joined as a loop, the limit would be begun anew for each row.
    `with f as materialized (
       select d.code from parcours.ledger_code d where d.program = $1 and d.pool = $2 and d.lane is null
       order by d.code limit $4 for update skip locked)
     update parcours.ledger_code c set lane = $3 from f
     where c.program = $1 and c.pool = $2 and c.code = f.code returning c.code`,
    [program, pool, lane, count],
  );
  return rows.length;
}

/** Codes that lanes hold and didn't give out are free again. */
export async function freeCodes(
  session: Session,
  program: string,
  pool: string,
  lanes: readonly number[],
): Promise<void> {
  await session.query(
    `update parcours.ledger_code set lane = null where program = $1 and pool = $2 and lane = any($3::smallint[]) and txn_id is null`,
    [program, pool, lanes],
  );
}
