/**
 * What workers see and claim: while lanes are taken over to a new revision no others are held, and these are few at first; what was handled
 * isn't looked at again and again.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimDue, sidesOf } from '../../engine/activation/lanes/claiming.ts';
import { createOutlook, firstsOf } from '../../engine/activation/lanes/outlook.ts';
import { messageIds } from '../../engine/activation/messages/message-ids.ts';
import type { Observation } from '../../engine/activation/observer.ts';
import { runningPrograms } from '../../engine/activation/running.ts';
import { createWorker, type Worker } from '../../engine/activation/worker.ts';
import { elapsedMs, systemClock } from '../../engine/clock/clock.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { eventOf, type FaultStore, faultJourneys, faultStore } from './fault-store.ts';

const people = Array.from({ length: 60 }, (_, i) => `p${i}`);

const lanesBehind = `select count(*) as n from parcours.lane where revision < (select max(number) from parcours.revision)`;

let fault: FaultStore;
let editions = 0;
beforeAll(async () => {
  fault = await faultStore();
  // Afterwards it changes: what only comes lets lanes go on (`quiet-lanes.test.ts`).
  await applyAnother();
  await fault.tell(people.map((who) => eventOf(who, 'signed_up', `${who} signs up`)));
  await fault.runOnce();
});
afterAll(() => fault.drop());

/** Lanes are behind: the segment is another, and is to be filled before a fact is handled. */
async function applyAnother(): Promise<void> {
  editions += 1;
  const segment = `kind: segment\nid: visitors\nwhere: { event: visited, in_last: ${30 + editions}d }\n`;
  await fault.apply(`${faultJourneys}---\n${segment}`);
}

/** A worker of a daemon, and what it tells of its transactions. */
function watched(session: OwnSession): { readonly worker: Worker; readonly seen: Observation[] } {
  const seen: Observation[] = [];
  const worker = createWorker({
    ...{ session, clock: systemClock, programs: runningPrograms(), messageIds: messageIds(), sharers: () => 2 },
    ...{ isPatient: false, takes: 'everything', observe: (one) => seen.push(one) },
  });
  return { worker, seen };
}

const laneTurns = (seen: readonly Observation[]) =>
  seen.flatMap((one) => (one.kind === 'lanes' ? [{ what: one.what, lanes: one.lanes }] : []));

describe('lanes that take a new revision over', () => {
  it('are few in the first transaction, and those in which facts wait come first', async () => {
    await fault.store.withSession(async (session) => {
      const { worker, seen } = watched(session);
      while ((await worker.turn()).didWork);
      await applyAnother();
      await fault.tell(['p1', 'p2'].map((who) => eventOf(who, 'visited', `${who} ${editions}`, { page: 'p1' })));
      const left = () => fault.count('select count(*) as n from parcours.inbox where profile_id is not null');
      seen.length = 0;
      while ((await left()) > 0) await worker.turn();
      const turns = laneTurns(seen);
      expect(turns[0]).toEqual({ what: 'took-over', lanes: 1 });
      // Two lanes at most were taken over for two facts; all the others are still behind.
      expect(turns.filter(({ what }) => what === 'took-over').reduce((sum, { lanes }) => sum + lanes, 0)).toBe(2);
      expect(await fault.count(lanesBehind)).toBe(1_022);
      while ((await worker.turn()).didWork);
      expect(await fault.count(lanesBehind)).toBe(0);
    });
  });

  it('hold no lane in which facts wait under the live revision, whichever of the two is claimed first', async () => {
    await fault.runOnce();
    await applyAnother();
    const live = await fault.count('select max(number) as n from parcours.revision');
    await fault.tell(people.map((who) => eventOf(who, 'order_placed', `${who} orders ${editions}`)));
    const waiting = await fault.rows<{ lane: number }>('select distinct lane from parcours.inbox order by lane');
    const middle = waiting[Math.floor(waiting.length / 2)]?.lane as number;
    await fault.rows('update parcours.lane set revision = $1 where lane < $2', [live, middle]);
    const t = systemClock.now();
    await fault.store.withSession((one) =>
      fault.store.withSession(async (other) => {
        const around = await createOutlook(elapsedMs()).around(one, { t, minClass: 0, now: elapsedMs() });
        const sides = sidesOf(around);
        const { ready, behind, urgent } = sides;
        expect([behind.length, ready.length > 0, urgent.length > 0]).toEqual([1_024 - middle, true, true]);
        expect(ready.every((lane) => lane < middle) && urgent.every((lane) => lane >= middle)).toBe(true);
        const claim = (session: OwnSession, first: 'ready' | 'behind') =>
          claimDue({ session, takes: 'everything' }, { t, around, sides, limit: 1_024, limitBehind: 7, first });
        for (const first of ['ready', 'behind'] as const) {
          const second = first === 'ready' ? 'behind' : 'ready';
          await one.transaction(async () => {
            const mine = (await claim(one, first)).claimed.map(({ lane }) => lane);
            await other.transaction(async () => {
              const his = (await claim(other, second)).claimed.map(({ lane }) => lane);
              const held = { [first]: mine, [second]: his };
              expect(held.ready?.toSorted((a, b) => a - b)).toEqual(ready.toSorted((a, b) => a - b));
              expect(held.behind).toHaveLength(Math.min(7, urgent.length));
              expect(held.behind?.every((lane) => urgent.includes(lane))).toBe(true);
            });
          });
        }
      }),
    );
  });

  it('go on with what nobody waits for when the others are in other hands', async () => {
    await fault.store.withSession((holder) =>
      fault.store.withSession(async (session) => {
        const { worker, seen } = watched(session);
        await holder.transaction(async () => {
          await holder.query(
            `select from parcours.lane l where exists (select from parcours.inbox i where i.lane = l.lane) for update`,
          );
          await worker.turn();
          await worker.turn();
        });
        expect(laneTurns(seen).map(({ what }) => what)).toEqual(['took-over', 'took-over']);
      }),
    );
    await fault.runOnce();
    expect(await fault.count('select count(*) as n from parcours.inbox')).toBe(0);
    expect(await fault.count(lanesBehind)).toBe(0);
  });
});

describe('a look', () => {
  /** A look of a worker that looked before, so many milliseconds later. */
  async function looksOf(session: OwnSession) {
    const began = elapsedMs();
    const outlook = createOutlook(began);
    const at = (afterMs: number, isPolled = false) =>
      outlook.around(session, { t: systemClock.now(), minClass: 0, now: began + afterMs, isPolled });
    return { outlook, at };
  }

  it('is at lanes once in a tenth of a second while facts come, and whenever there is nothing else', async () => {
    await fault.store.withSession(async (session) => {
      const { outlook, at } = await looksOf(session);
      await fault.rows('update parcours.lane set wake_at = $1 where lane = 7', [systemClock.now()]);
      const seen = async (afterMs: number, isPolled = false) => {
        const { due, isWhole } = await at(afterMs, isPolled);
        return { due, isWhole };
      };
      const lanes = { due: [7], isWhole: true };
      expect(await seen(0)).toEqual(lanes);
      // Nothing else is found: it looks at them, however often it is asked, unless it is asked again soon.
      expect(await seen(1)).toEqual(lanes);
      expect(await seen(1, true)).toEqual({ due: [], isWhole: false });
      await fault.tell([eventOf('p1', 'order_placed', `looked at ${editions}`)]);
      expect(await seen(2)).toEqual({ due: [], isWhole: false });
      expect(await seen(99)).toEqual({ due: [], isWhole: false });
      expect(await seen(102, true)).toEqual(lanes);
      outlook.lookAtLanes();
      expect(await seen(103)).toEqual(lanes);
    });
  });

  it('finds lanes that are behind as soon as a revision is live', async () => {
    await fault.store.withSession(async (session) => {
      const { at } = await looksOf(session);
      expect((await at(0)).behind).toEqual([]);
      await applyAnother();
      expect((await at(1)).behind).toHaveLength(1_024);
      expect((await at(2)).behind).toHaveLength(1_024);
    });
    await fault.runOnce();
  });
});

describe('the rows of a lane that are taken', () => {
  const fresh = [
    { lane: 1, first: 90_000, last: 90_500 },
    { lane: 2, first: 90_000, last: 90_500 },
  ];
  const now = new Date('2026-03-02T10:00:00Z');
  const laneOf = (lane: number, wake: Date | null) => ({ lane, revision: 1, last_t: now, wake_at: wake });

  it('begin with the first that was seen, less those that may be late, and with the oldest where the lane itself is due', () => {
    const later = new Date(now.getTime() + 1);
    expect(firstsOf([laneOf(2, later), laneOf(1, now), laneOf(3, null)], fresh, now)).toEqual([88_000, 0, 0]);
  });

  it('are all of them, also when several took turns to leave some behind', async () => {
    await fault.store.withSession(async (session) => {
      const { worker } = watched(session);
      // In one lane, far more than a transaction takes.
      const facts = Array.from({ length: 1_500 }, (_, i) => eventOf('p3', 'visited', `p3 again ${i}`, { page: 'p9' }));
      await fault.tell(facts);
      while ((await worker.turn()).didWork);
      expect(await fault.count('select count(*) as n from parcours.inbox')).toBe(0);
      expect(await fault.count(`select count(*) as n from parcours.event where properties ->> 'page' = 'p9'`)).toBe(
        1_500,
      );
    });
  });

  it('that wait for their hour wake the lane then, though it was handled since they came', async () => {
    const hour = new Date(systemClock.now().getTime() + 3_600_000);
    await fault.rows(
      `insert into parcours.inbox (lane, class, visible_at, kind, body) select lane, 1, $1, 'nothing', '{}' from parcours.profile limit 1`,
      [hour],
    );
    await fault.tell(people.map((who) => eventOf(who, 'visited', `${who} waits`, { page: 'p8' })));
    await fault.runOnce();
    const waiting = `select count(*) as n from parcours.lane l join parcours.inbox i on i.lane = l.lane where l.wake_at = i.visible_at`;
    expect(await fault.count(waiting)).toBe(1);
    await fault.rows('delete from parcours.inbox');
  });
});
