/**
 * Ranks that a revision brings for people who are there: known when the lanes take it over, in whatever order lanes and ranks come. What
 * ranks mean, and how they move later, is in `traits.test.ts`.
 */
import { describe, expect, it } from 'vitest';
import { runningPrograms } from '../../engine/activation/running.ts';
import { scaleKeeper } from '../../engine/activation/schedules/scales.ts';
import { liveRevisionNumber } from '../../engine/store/revisions.ts';
import { type Scenario, scenario } from './scenario.ts';

const visits = `kind: trait
id: visits
count: { event: visited }
`;

/** `halved` is made by the same revision, so that what is ranked isn't kept by anybody yet. */
const ranks = `${visits}---
kind: trait
id: halved
formula: visits / 2
---
kind: trait
id: rank
quantile: { of: halved, parts: 2, best: highest, refresh: { every: day, at: "03:00" } }
---
kind: segment
id: best
where: { trait: rank, is: 2 }
---
kind: journey
id: praise
objective: engagement
entry: { when: { enters: best }, current_members: skip }
steps: [ { id: rest, wait: 20d } ]
`;

async function withVisits(): Promise<Scenario> {
  const s = await scenario(visits);
  const times = { ann: 1, ben: 2, cat: 3, dan: 4 };
  await s.tell(
    Object.entries(times).flatMap(([who, count]) => Array.from({ length: count }, () => ({ who, type: 'visited' }))),
  );
  await s.settle();
  return s;
}

async function ranksOf(s: Scenario): Promise<readonly string[]> {
  const rows = await s.rows<{ rank: string | null }>(
    `select p.traits ->> 'rank' as rank from parcours.profile p order by (p.traits -> 'visits')::integer`,
  );
  return rows.map(({ rank }) => rank ?? '–');
}

const refreshes = (s: Scenario) => s.rows(`select from parcours.inbox where kind = 'refresh'`);

describe('a rank that a revision brings', () => {
  it('is known when lanes take the revision over, written once, and starts nothing', async () => {
    const s = await withVisits();
    await s.reapply(ranks);
    expect(await ranksOf(s)).toEqual(['1', '1', '2', '2']);
    expect(await s.members('best')).toEqual(['cat', 'dan']);
    expect(await s.ways()).toEqual([]);
    expect(await refreshes(s)).toEqual([]);
    // Lanes that are told of ranks afterwards would have been handled once more.
    expect(await s.rows(`select from parcours.trait_value where trait = 'rank'`)).toHaveLength(4);
    // From now on it is live.
    await s.tell(Array.from({ length: 5 }, () => ({ who: 'ann', type: 'visited' })));
    await s.settle();
    expect(await s.ways()).toEqual(['ann praise at rest']);
  });

  it('waits for facts that would change it', async () => {
    const s = await withVisits();
    await s.tell(Array.from({ length: 8 }, () => ({ who: 'ann', type: 'visited' })));
    await s.reapply(ranks);
    expect(await s.members('best')).toEqual(['ann', 'dan']);
  });

  it('is filled in lanes that took the revision over before, too, and starts nothing there', async () => {
    const s = await withVisits();
    await s.reapply(visits);
    await s.reapply(ranks, { settles: false });
    const live = await s.store.withSession((session) => liveRevisionNumber(session));
    const running = await s.store.withSession((session) => runningPrograms().get(session, live));
    if (running === null) throw new Error('Nothing is applied.');
    // As if lanes of some people had been faster than who works out the ranks: then they know none, and are told of it.
    await s.rows(
      'update parcours.lane set revision = $1 where lane in (select lane from parcours.profile order by profile_id limit 2)',
      [live],
    );
    await s.rows(
      `update parcours.profile set traits = traits || jsonb_build_object('halved', (traits -> 'visits')::numeric / 2)
       where lane in (select lane from parcours.lane where revision = $1)`,
      [live],
    );
    const keeper = scaleKeeper(() => s.store.session());
    await keeper.lookAhead(running, s.clock.now());
    await keeper.close();
    expect(await refreshes(s)).not.toEqual([]);
    await s.settle();
    expect(await ranksOf(s)).toEqual(['1', '1', '2', '2']);
    expect(await s.members('best')).toEqual(['cat', 'dan']);
    expect(await s.ways()).toEqual([]);
    expect(await refreshes(s)).toEqual([]);
  });
});
