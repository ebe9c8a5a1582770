/**
 * The floor of stepping in the benchmark `lanes`: the wait, the decision and the next wait of `steps-workspace/nurture.yaml`, written by
 * hand for exactly this journey, one statement a batch of lanes. It writes the same rows as the engine, and nothing else could become due.
 */
import { workerSettings } from '../engine/activation/engine.ts';
import { laneCount } from '../engine/profiles/lane-of.ts';
import type { Store } from '../engine/store/store.ts';
import { type PlainSession, plainSession } from './plain-session.ts';

/** Enrollments of a transaction. More isn't faster. */
const rowsAtOnce = 1_500;

/** Steps everybody who is due, on one session. */
export async function stepByHand(store: Store, { due, t }: { readonly due: number; readonly t: Date }): Promise<void> {
  const session = await plainSession(store.connection, workerSettings);
  const lanesAtOnce = Math.max(1, Math.floor((rowsAtOnce * laneCount) / due));
  try {
    for (let first = 0; first < laneCount; first += lanesAtOnce) {
      const lanes = Array.from({ length: Math.min(lanesAtOnce, laneCount - first) }, (_, i) => first + i);
      await session.transaction(async () => {
        const claimed = (await claim(session, lanes, t)).map(({ lane }) => lane);
        if (claimed.length > 0) await Promise.all([step(session, claimed, t), finish(session, claimed, t)]);
      });
    }
  } finally {
    await session.close();
  }
}

function claim(session: PlainSession, lanes: readonly number[], t: Date): Promise<{ lane: number }[]> {
  return session.query(
    `select lane from parcours.lane where lane = any($1::smallint[]) and wake_at <= $2 order by lane for update skip locked`,
    [lanes, t],
  );
}

/** The lanes' due enrollments by their index, each person's tier and zone by key (a day is the calendar's there), then both tables written. */
function step(session: PlainSession, lanes: readonly number[], t: Date): Promise<unknown> {
  return session.query(
    `with due as materialized (
       select e.lane, e.profile_id, e.n, e.steps_done, d.is_better,
         ($2::timestamptz at time zone p.zone + case when d.is_better then interval '3 days' else interval '7 days' end) at time zone p.zone as due_at
       from unnest($1::smallint[]) l(lane)
       cross join lateral (
         select x.lane, x.profile_id, x.n, x.steps_done from parcours.enrollment x
         where x.lane = l.lane and x.wake_at <= $2 and x.journey = 'nurture' and x.key = '' and x.step = 'settle' offset 0) e
       cross join lateral (
         select x.traits, x.zone from parcours.profile x where x.lane = e.lane and x.profile_id = e.profile_id offset 0) p
       cross join lateral (select coalesce(p.traits ->> 'tier' in ('silver', 'gold'), false) as is_better offset 0) d),
     moved as (
       update parcours.enrollment e set step = case when d.is_better then 'soon' else 'later' end, step_since = $2,
         due_at = d.due_at, steps_done = d.steps_done + 2
       from due d
       where e.lane = d.lane and e.profile_id = d.profile_id and e.journey = 'nurture' and e.key = '' and e.n = d.n)
     insert into parcours.step_log (lane, profile_id, journey, key, n, seq, step, at, outcome, detail)
     select d.lane, d.profile_id, 'nurture', '', d.n, d.steps_done + s.i, s.step, $2, s.outcome, s.detail
     from due d
     cross join lateral (values
       (0, 'settle', 'waited', null),
       (1, 'worth', case when d.is_better then 'arm 1' else 'otherwise' end,
         jsonb_build_object('held', jsonb_build_array(d.is_better)))) s(i, step, outcome, detail)`,
    [lanes, t],
  );
}

function finish(session: PlainSession, lanes: readonly number[], t: Date): Promise<unknown> {
  return session.query(
    `update parcours.lane l set last_t = greatest(l.last_t, $2), wake_at =
       (select e.wake_at from parcours.enrollment e where e.lane = l.lane and e.wake_at is not null order by e.wake_at limit 1)
     where l.lane = any($1::smallint[])`,
    [lanes, t],
  );
}
