/** The history of segments' sizes: once a day each, by whoever runs, and never of a segment that is still being filled. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runningPrograms } from '../../engine/activation/running.ts';
import { sizeKeeper } from '../../engine/activation/schedules/sizes.ts';
import { liveRevisionNumber } from '../../engine/store/revisions.ts';
import { eventOf, type FaultStore, faultStore } from '../faults/fault-store.ts';

const segments = ['one', 'three', 'two']
  .map((id, i) => `kind: segment\nid: ${id}\nwhere: { event: visited, count: { gte: ${[1, 3, 2][i]} } }`)
  .join('\n---\n');
const day = (n: number) => new Date(Date.UTC(2030, 0, n, 9));

describe('sizes of segments', () => {
  let fault: FaultStore;
  beforeAll(async () => {
    fault = await faultStore(segments);
    await fault.tell(['a', 'b', 'b2', 'b3'].map((id) => eventOf(id.charAt(0), 'visited', id)));
  });
  afterAll(() => fault.drop());

  const sizes = (n: number) =>
    fault.rows('select segment, people from parcours.segment_size where day = $1::date order by segment', [
      day(n).toISOString().slice(0, 10),
    ]);

  async function keep(keeper: ReturnType<typeof sizeKeeper>, n: number, pace: 'all' | 'step'): Promise<void> {
    await fault.store.withSession(async (session) => {
      const running = await runningPrograms().get(session, await liveRevisionNumber(session));
      if (running === null) throw new Error('Nothing was applied.');
      await keeper.keep(session, running, day(n), pace);
    });
  }

  it('are not counted while lanes are being filled', async () => {
    await keep(sizeKeeper(), 1, 'all');
    expect(await sizes(1)).toEqual([]);
  });

  it('are counted all at once, or one a look', async () => {
    await fault.runOnce();
    await keep(sizeKeeper(), 2, 'all');
    const all = [
      { segment: 'one', people: 2 },
      { segment: 'three', people: 1 },
      { segment: 'two', people: 1 },
    ];
    expect(await sizes(2)).toEqual(all);
    const keeper = sizeKeeper();
    for (let looks = 1; looks <= 3; looks += 1) {
      await keep(keeper, 3, 'step');
      expect(await sizes(3)).toEqual(all.slice(0, looks));
    }
  });

  it('are counted once a day, however many count at once', async () => {
    await fault.tell([eventOf('c', 'visited', 'c')]);
    await fault.runOnce();
    await keep(sizeKeeper(), 3, 'all');
    expect(await sizes(3)).toContainEqual({ segment: 'one', people: 2 });
    await Promise.all([1, 2, 3].map(() => keep(sizeKeeper(), 4, 'all')));
    expect(await sizes(4)).toContainEqual({ segment: 'one', people: 3 });
    expect(await sizes(4)).toHaveLength(3);
  });
});
