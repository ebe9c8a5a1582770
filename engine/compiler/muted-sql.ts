/**
 * Whom mutes keep from the messages of journeys, as SQL over whole lanes: of those who are in a journey, got a message of it lately or would
 * come in by its entry, how many a mute is about. For plans alone; the engine decides message by message.
 */
import type { Condition } from './ir.ts';
import { type Planned, plannedTruths } from './planned-sql.ts';
import { join, param, raw, render, type Sql, type Statement, sql } from './sql.ts';

export interface MutedQuery {
  /** `entering`: who would come in; null: nobody can be told ahead. `was`: the name under which people are in it. */
  readonly journeys: readonly { readonly was: string; readonly entering: Condition | null }[];
  /** Whom a mute is about, on both sides; null: it isn't there. */
  readonly mutes: readonly { readonly before: Condition | null; readonly after: Condition | null }[];
}

interface Over {
  readonly lanes: readonly number[];
  readonly at: Date;
  /** Messages from then on count. */
  readonly since: Date;
}

const nobody: Condition = { kind: 'any', of: [] };

/** A row a lane, journey and mute, by their places (from 1): people of the journey, and those whom the mute is about on each side. */
export function mutedOverLanes(
  { journeys, mutes }: MutedQuery,
  { before, after }: { readonly before: Planned; readonly after: Planned },
  over: Over,
): Statement {
  const next = truthsOf([...journeys.map(({ entering }) => entering), ...mutes.map((one) => one.after)], after, over);
  const old = truthsOf(
    mutes.map((one) => one.before),
    before,
    over,
  );
  const entering = arrayOf(next.truths.slice(0, journeys.length));
  const muted = arrayOf(next.truths.slice(journeys.length));
  const names = param(journeys.map(({ was }) => was));
  const touched = sql`array(select e.journey from parcours.enrollment e where e.lane = p.lane and e.profile_id = p.profile_id and e.state = 'active' union select m.journey from parcours.message m where m.lane = p.lane and m.profile_id = p.profile_id and m.created_at > ${param(over.since)}::timestamptz)`;
  return render(
    sql`with now as materialized (select p.lane, p.profile_id, ${entering} as entering, ${muted} as muted, ${touched} as touched ${next.from}), was as materialized (select p.lane, p.profile_id, ${arrayOf(old.truths)} as muted ${old.from}) select n.lane, j.k::integer as journey, m.k as mute, count(*)::integer as people, count(*) filter (where w.muted[m.k])::integer as before, count(*) filter (where n.muted[m.k])::integer as after from now n join was w on w.lane = n.lane and w.profile_id = n.profile_id cross join unnest(${names}::text[]) with ordinality j (name, k) cross join generate_series(1, ${param(mutes.length)}::integer) m (k) where n.entering[j.k] or j.name = any(n.touched) group by 1, 2, 3`,
  );
}

function truthsOf(conditions: readonly (Condition | null)[], planned: Planned, over: Over) {
  return plannedTruths(
    conditions.map((one) => one ?? nobody),
    planned,
    over,
  );
}

function arrayOf(truths: readonly Sql[]): Sql {
  return sql`array[${truths.length === 0 ? raw('') : join(truths, ', ')}]::boolean[]`;
}
