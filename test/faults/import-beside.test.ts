/** History is imported while triggered messages flow: they go first. How long they take then is the benchmarks' matter. */
import { afterEach, describe, expect, it } from 'vitest';
import type { IdentifiedFact } from '../../engine/profiles/identified-fact.ts';
import { proofSize } from '../support/proof.ts';
import { eventOf, type FaultStore, faultStore, type WorkerGroup, workersOn } from './fault-store.ts';

let fault: FaultStore;
let group: WorkerGroup;
afterEach(async () => {
  await group.close();
  await fault.drop();
});

function history(who: string): IdentifiedFact {
  const one = eventOf(who, 'signed_up', `${who} history`);
  return { ...one, fact: { ...one.fact, trigger: false } };
}

const importsLeft = () => fault.count('select count(*) as n from parcours.inbox where class = 4');
const messages = () => fault.count('select count(*) as n from parcours.message');

describe('an import', () => {
  const people = proofSize(200_000);

  it(`edge case 23: of ${people} facts beside triggered messages → none of these waits for it, and it starts nothing`, async () => {
    fault = await faultStore();
    group = await workersOn(fault.store, 1);
    await group.untilIdle();
    const [worker] = group.workers;
    await fault.tell(Array.from({ length: people }, (_, i) => history(`h${i}`)));
    const rounds = 3;
    const each = 20;
    for (let round = 1; round <= rounds; round += 1) {
      // The import is under way.
      await worker?.turn();
      // Of people of whom history is being imported, and of others.
      const live = Array.from({ length: each }, (_, i) => `${i % 2 === 0 ? 'h' : 'n'}${round * each + i}`);
      await fault.tell(live.map((who) => eventOf(who, 'order_placed', `${who} live`)));
      while ((await messages()) < round * each) await worker?.turn();
      expect(await importsLeft()).toBeGreaterThan(people / 10);
    }
    await group.untilIdle();
    expect(await fault.count('select count(*) as n from parcours.event')).toBe(people + rounds * each);
    expect(await messages()).toBe(rounds * each);
    expect(await fault.count('select count(*) as n from parcours.enrollment')).toBe(rounds * each);
  }, 900_000);
});
