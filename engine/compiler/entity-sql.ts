/**
 * What conditions ask of rows of entities (bookings, contracts) tied to the person, as SQL over the copies in his lane.
 */
import type { Leaf } from './condition-sql.ts';
import { compareNumber } from './event-sql.ts';
import { infinity, type Joins, type Pair, type Reading } from './pair.ts';
import { join, param, raw, sql } from './sql.ts';
import { testValue } from './value-sql.ts';

/** How many rows pass; each row may turn at a time of its own. A row counts once, whatever the roles in which it is his. */
export function entityPair({ entity, role, where, test }: Leaf<'entity'>, reading: Reading, joins: Joins): Pair {
  const pairs = where.map((one) => {
    const pair = testValue(one.type, one.test, sql`(r.fields -> ${param(one.property)}::text)`, reading);
    return { holds: one.not ? sql`not ${pair.holds}` : pair.holds, nextChange: pair.nextChange };
  });
  const holds =
    pairs.length === 0
      ? raw('true')
      : sql`(${join(
          pairs.map((pair) => pair.holds),
          ' and ',
        )})`;
  const changes = pairs.flatMap(({ nextChange }) => nextChange ?? []);
  const turns = changes.length === 0 ? raw('null::timestamptz') : sql`min(least(${join(changes, ', ')}))`;
  const inRole = role === null ? raw('') : sql` and r.role = ${param(role)}::text`;
  const alias = joins.add(
    sql`select count(distinct r.key) filter (where ${holds}) as n, ${turns} as turns from parcours.entity_row r where r.lane = p.lane and r.profile_id = p.profile_id and r.entity = ${param(entity)}::text${inRole}`,
  );
  return {
    holds: compareNumber(raw(`${alias}.n`), test),
    nextChange: changes.length === 0 ? null : sql`coalesce(nullif(${raw(`${alias}.turns`)}, 'infinity'), ${infinity})`,
  };
}
