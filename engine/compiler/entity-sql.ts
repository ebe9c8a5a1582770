/**
 * What conditions ask of rows of entities (bookings, contracts) tied to the person, as SQL over the copies in his lane.
 */
import type { Leaf } from './condition-sql.ts';
import { compareNumber } from './event-sql.ts';
import { infinity, type Joins, type Pair, type Reading } from './pair.ts';
import { param, raw, type Sql, sql } from './sql.ts';
import { testsPair } from './value-sql.ts';

/** How many rows pass; each row may turn at a time of its own. A row counts once, whatever the roles in which it is his. */
export function entityPair(leaf: Leaf<'entity'>, reading: Reading, joins: Joins): Pair {
  const { count, turns } = entityCount(leaf, reading, joins);
  return { holds: compareNumber(count, leaf.test), nextChange: turns };
}

/** The number of rows that pass, and when the first of them turns by time alone. */
export function entityCount(
  { entity, role, where }: Leaf<'entity'>,
  reading: Reading,
  joins: Joins,
): { readonly count: Sql; readonly turns: Sql | null } {
  const { holds, nextChange } = testsPair(where, raw('r.fields'), reading);
  const turns = nextChange === null ? raw('null::timestamptz') : sql`min(${nextChange})`;
  const inRole = role === null ? raw('') : sql` and r.role = ${param(role)}::text`;
  const alias = joins.add(
    sql`select count(distinct r.key) filter (where ${holds}) as n, ${turns} as turns from parcours.entity_row r where r.lane = p.lane and r.profile_id = p.profile_id and r.entity = ${param(entity)}::text${inRole}`,
  );
  return {
    count: raw(`${alias}.n`),
    turns: nextChange === null ? null : sql`coalesce(${raw(`${alias}.turns`)}, ${infinity})`,
  };
}
