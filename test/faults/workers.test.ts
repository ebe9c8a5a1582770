/** Workers side by side: what several of them do at once is what one would have done alone. */
import { afterEach, describe, expect, it } from 'vitest';
import type { IdentifiedFact } from '../../engine/profiles/identified-fact.ts';
import { proofSize } from '../support/proof.ts';
import { daemonOn, eventOf, eventually, type FaultStore, faultStore, workersOn } from './fault-store.ts';

let fault: FaultStore;
afterEach(() => fault.drop());

describe('six identical events at once', () => {
  for (const ids of ['the same message id', 'message ids of their own'] as const) {
    it(`with ${ids} make one enrollment and one message`, async () => {
      fault = await faultStore();
      const people = Array.from({ length: proofSize(400) }, (_, i) => `p${i}`);
      const group = await workersOn(fault.store, 4);
      await group.untilIdle();
      const told = [1, 2, 3, 4, 5, 6].map((copy) =>
        fault.tell(
          people.map((who) => eventOf(who, 'signed_up', ids === 'the same message id' ? who : `${who} ${copy}`)),
        ),
      );
      // The workers run while the events arrive.
      await Promise.all([...told, group.untilIdle()]);
      const facts = (await Promise.all(told)).flat().reduce((sum, one) => sum + one.facts, 0);
      await group.untilIdle();
      await group.close();
      await fault.runOnce();
      expect(facts).toBe(ids === 'the same message id' ? people.length : 6 * people.length);
      expect(await fault.count('select count(*) as n from parcours.event')).toBe(facts);
      expect(await fault.count('select count(*) as n from parcours.profile')).toBe(people.length);
      expect(await fault.count('select count(*) as n from parcours.enrollment')).toBe(people.length);
      expect(await fault.count(`select count(*) as n from parcours.message where state = 'sent'`)).toBe(people.length);
      expect(await fault.count('select count(*) as n from parcours.message')).toBe(people.length);
      expect(new Set(fault.lines().map((line) => line.profile)).size).toBe(people.length);
      expect(fault.lines()).toHaveLength(people.length);
    });
  }

  it('make one enrollment and one message in a daemon of four workers, too', async () => {
    fault = await faultStore();
    const daemon = daemonOn(fault, { workers: 4 });
    await Promise.all([1, 2, 3, 4, 5, 6].map((copy) => fault.tell([eventOf('ana', 'signed_up', `m${copy}`)])));
    await eventually('the message was sent', async () => {
      const sent = await fault.count(`select count(*) as n from parcours.message where state = 'sent'`);
      return sent === 1 && (await fault.count('select count(*) as n from parcours.event')) === 6;
    });
    await daemon.stop();
    expect(await fault.count('select count(*) as n from parcours.enrollment')).toBe(1);
    expect(await fault.count('select count(*) as n from parcours.message')).toBe(1);
    expect(fault.lines()).toHaveLength(1);
  });
});

/** Everybody visits five times, each of four pages at least once: four journeys for three places. */
function visits(people: number): readonly IdentifiedFact[] {
  const who = Array.from({ length: people }, (_, i) => `p${i}`);
  return [1, 2, 3, 4, 1].flatMap((page, round) =>
    who.map((one) => eventOf(one, 'visited', `${one} ${round}`, { page: `p${page}` })),
  );
}

describe('many people and many events', () => {
  for (const count of [1, 2, 4]) {
    it(`come to the same with ${count} ${count === 1 ? 'worker' : 'workers'}`, async () => {
      const people = proofSize(5_000);
      fault = await faultStore();
      const facts = visits(people);
      const quarter = Math.ceil(facts.length / 4);
      const group = await workersOn(fault.store, count);
      const told = [0, 1, 2, 3].map((i) => fault.tell(facts.slice(i * quarter, (i + 1) * quarter)));
      await Promise.all([...told, group.untilIdle()]);
      await group.untilIdle();
      await group.close();
      await fault.runOnce();
      const [totals] = await fault.rows<Record<string, number>>(
        `select (select count(*) from parcours.event) as events, (select count(distinct event_id) from parcours.event) as handled,
           (select count(*) from parcours.inbox) as "left", (select count(*) from parcours.dead_letter) as dead,
           (select count(*) from parcours.enrollment) as enrollments, (select count(*) from parcours.message) as messages,
           (select count(*) from parcours.message where state = 'sent') as sent,
           (select count(*) from parcours.message where state = 'suppressed' and decision->>'rule' like '%weekly%') as capped,
           (select count(*) from parcours.contact) as contacts,
           (select max(n) from (select count(*) as n from parcours.contact group by profile_id) c) as most`,
      );
      expect(totals).toEqual({
        ...{ events: facts.length, handled: facts.length, left: 0, dead: 0 },
        ...{ enrollments: 4 * people, messages: 4 * people, sent: 3 * people, capped: people },
        ...{ contacts: 3 * people, most: 3 },
      });
      const tokens = fault.lines().map((line) => line.token);
      expect(tokens).toHaveLength(3 * people);
      expect(new Set(tokens).size).toBe(tokens.length);
    });
  }
});
