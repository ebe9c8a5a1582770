/**
 * Whose history is whose, as SQL: a person's own holder, and those of profiles that were merged into him. Their rows lie in the lanes in
 * which they were written and are only read from there. What is read of them is each reader's.
 */
import { param, raw, type Sql, sql } from './sql.ts';

/** Rows `lane`, `holder_id` of the person of `alias`, which has `lane`, `profile_id` and `program`. */
export function holdersOfPerson(alias: string): string {
  const his = (d: string) =>
    `${d}.lane = ${alias}.lane and ${d}.profile_id = ${alias}.profile_id and ${d}.program = ${alias}.program`;
  return `select o.lane, o.holder_id from parcours.ledger_member o where ${his('o')}
    union select h.holder_lane, h.holder_id from parcours.ledger_holder h where ${his('h')}`;
}

/** The same in a programme, of the person `p` of a condition. */
export function holdersIn(program: string): Sql {
  const person = sql`(select p.lane, p.profile_id, ${param(program)}::text as program offset 0) w`;
  return sql`${person} cross join lateral (${raw(holdersOfPerson('w'))}) m`;
}
