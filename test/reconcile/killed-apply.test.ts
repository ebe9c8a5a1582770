/**
 * An apply whose process is killed: at whatever statement, the store is at the old revision or at the new one, whole, and the next apply
 * goes through. To the server a killed process is a connection that is gone, so the connection is cut.
 */
import { afterAll, expect, it } from 'vitest';
import { jumpingClock } from '../../engine/clock/clock.ts';
import type { Bundle } from '../../engine/compiler/ir.ts';
import { applyPlan } from '../../engine/reconcile/apply-plan.ts';
import { planChanges } from '../../engine/reconcile/plan-changes.ts';
import { readState } from '../../engine/reconcile/state.ts';
import type { OwnSession, Session } from '../../engine/store/session.ts';
import type { Store } from '../../engine/store/store.ts';
import { testStore } from '../support/test-store.ts';
import { bundleOf, countryTrait, journey, segment } from './bundle-of.ts';

const clock = jumpingClock(new Date('2026-03-01T09:00:00Z'));
const origin = { commit: null, isDirty: false, author: 'ana' };
const store = await testStore();
afterAll(() => store.drop());

/** The store, with connections that are cut before the statement of that number; `statements` tells how many there were. */
function cutAt(place: number): { readonly store: Store; statements(): number } {
  let count = 0;
  const counting = (session: Session, cut: () => void): Session => ({
    query: (text, values) => {
      count += 1;
      if (count === place) cut();
      return session.query(text, values);
    },
  });
  const session: Store['session'] = async (settings) => {
    const own = await store.session(settings);
    const { stream } = (own.client as unknown as { connection: { stream: { destroy(): void } } }).connection;
    const cut = () => stream.destroy();
    const wrapped: OwnSession = {
      ...own,
      ...counting(own, cut),
      transaction: (work, options) =>
        own.transaction(async (inner) => {
          const result = await work({ ...inner, ...counting(inner, cut) });
          // The last one is the commit.
          count += 1;
          if (count === place) cut();
          return result;
        }, options),
    };
    return wrapped;
  };
  return { store: { ...store, session }, statements: () => count };
}

async function apply(bundle: Bundle, on: Store): Promise<void> {
  const plan = planChanges(bundle, await store.withSession(readState));
  await applyPlan({ store: on, clock, bundle, plan, origin, engineVersion: '0' });
}

it('a killed apply leaves the old or the new revision, never anything between', async () => {
  const countries = ['CH', 'FR'];
  const bundle = (round: number) => {
    const country = countries[round % 2] as string;
    return bundleOf([countryTrait, segment('swiss', country), journey('hello', 'swiss', { priority: 10 + round })]);
  };
  const whole = cutAt(0);
  await apply(bundle(0), whole.store);
  const statements = whole.statements();
  expect(statements).toBeGreaterThan(6);
  let current = 0;
  const outcomes: string[] = [];
  for (let place = 1; place <= statements; place += 1) {
    const next = current + 1;
    await apply(bundle(next), cutAt(place).store).catch(() => {});
    const { revision, resources } = await store.withSession(readState);
    const isNew = revision?.bundle_digest === bundle(next).digest;
    expect(resources).toEqual(bundle(isNew ? next : current).resources);
    outcomes.push(isNew ? 'new' : 'old');
    if (isNew) current = next;
  }
  expect(new Set(outcomes.slice(0, -1))).toEqual(new Set(['old']));
  await apply(bundle(current + 1), store);
  const { resources } = await store.withSession(readState);
  expect(resources).toEqual(bundle(current + 1).resources);
});
