/**
 * What the system catalogue says about schema `parcours`, for the readable dump. Only what PostgreSQL 15 to 18 say alike: since 18
 * `not null` is a constraint of its own, so it's read from the column. How it's written down is `dump-schema.ts`.
 */
import type { Session } from '../session.ts';

export interface RelationRow {
  readonly name: string;
  /** Storage parameters, such as `fillfactor=80`. */
  readonly options: readonly string[] | null;
}

export async function readTables(session: Session): Promise<readonly RelationRow[]> {
  return session.query(
    `select c.relname::text as name, c.reloptions as options
     from pg_class c where c.relnamespace = 'parcours'::regnamespace and c.relkind in ('r', 'p')
     order by c.relname`,
  );
}

export interface ColumnRow {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly is_required: boolean;
  readonly default: string | null;
  readonly is_generated: boolean;
  readonly is_identity: boolean;
}

export async function readColumns(session: Session): Promise<readonly ColumnRow[]> {
  return session.query(
    `select c.relname::text as "table", a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type,
       a.attnotnull as is_required, pg_get_expr(d.adbin, d.adrelid) as "default",
       a.attgenerated <> '' as is_generated, a.attidentity <> '' as is_identity
     from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where c.relnamespace = 'parcours'::regnamespace and c.relkind in ('r', 'p')
     order by c.relname, a.attnum`,
  );
}

export interface PartRow {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/** Checks, keys and references; `not null` is left to the columns. */
export async function readConstraints(session: Session): Promise<readonly PartRow[]> {
  return session.query(
    `select c.relname::text as "table", k.conname::text as name, pg_get_constraintdef(k.oid) as definition
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where k.connamespace = 'parcours'::regnamespace and k.contype in ('p', 'u', 'f', 'c', 'x')
     order by c.relname, k.contype <> 'p', k.conname`,
  );
}

/** Indexes that no constraint made. */
export async function readIndexes(session: Session): Promise<readonly PartRow[]> {
  return session.query(
    `select c.relname::text as "table", i.relname::text as name, pg_get_indexdef(x.indexrelid) as definition
     from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
     where c.relnamespace = 'parcours'::regnamespace
       and not exists (select from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))
     order by c.relname, i.relname`,
  );
}

export interface SequenceRow {
  readonly name: string;
  readonly type: string;
  readonly cache: number;
}

/** Sequences that no identity column made. */
export async function readSequences(session: Session): Promise<readonly SequenceRow[]> {
  return session.query(
    `select c.relname::text as name, format_type(s.seqtypid, null) as type, s.seqcache as cache
     from pg_sequence s join pg_class c on c.oid = s.seqrelid
     where c.relnamespace = 'parcours'::regnamespace
       and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'i')
     order by c.relname`,
  );
}

/** Whole definitions of functions, as the server writes them. */
export async function readFunctions(session: Session): Promise<readonly { readonly definition: string }[]> {
  return session.query(
    `select pg_get_functiondef(p.oid) as definition
     from pg_proc p where p.pronamespace = 'parcours'::regnamespace
     order by p.proname, pg_get_function_identity_arguments(p.oid)`,
  );
}

/** Triggers of ours; those behind references are the server's. */
export async function readTriggers(session: Session): Promise<readonly PartRow[]> {
  return session.query(
    `select c.relname::text as "table", t.tgname::text as name, pg_get_triggerdef(t.oid) as definition
     from pg_trigger t join pg_class c on c.oid = t.tgrelid
     where c.relnamespace = 'parcours'::regnamespace and not t.tgisinternal
     order by c.relname, t.tgname`,
  );
}
