/** Asking one condition of one person in a store of the test's own: for tests that state a fact by hand. */
import { afterAll, beforeAll } from 'vitest';
import type { Condition, CountTest, Duration, ValueTest, ValueType, Window } from '../../engine/compiler/ir.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import type { OracleEvent, OraclePerson } from './oracle.ts';
import { type Answer, addPeople, answers } from './oracle-store.ts';

export const nobody: OraclePerson = { zone: null, observations: [], events: [], consents: [], segments: [] };

/** ISO text, `null` for never. */
export interface SpokenAnswer {
  readonly holds: boolean;
  readonly next: string | null;
}

export interface Asking {
  session(): OwnSession;
  /** The answers for the person at each time (ISO text). */
  ask(condition: Condition, person: OraclePerson, ...times: readonly string[]): Promise<readonly SpokenAnswer[]>;
  /** The answers to several conditions at one time, as columns of one statement. */
  askAll(conditions: readonly Condition[], person: OraclePerson, time: string): Promise<readonly SpokenAnswer[]>;
}

/** Opens a store for the test file; call it in a `describe`. */
export function asking(): Asking {
  let store: TestStore;
  let open: OwnSession;
  beforeAll(async () => {
    store = await testStore();
    open = await store.session({ jit: 'off' });
  });
  afterAll(async () => {
    await open.close();
    await store.drop();
  });
  return {
    session: () => open,
    async ask(condition, person, ...times) {
      const people = await addPeople(open, [person]);
      const found = await answers(open, [condition], people, times.map(Date.parse));
      return found.map((atTime) => spoken(atTime[0]?.[0] as Answer));
    },
    async askAll(conditions, person, time) {
      const people = await addPeople(open, [person]);
      const [found] = await answers(open, conditions, people, [Date.parse(time)]);
      return (found?.[0] ?? []).map(spoken);
    },
  };
}

function spoken({ holds, nextChange }: Answer): SpokenAnswer {
  return { holds, next: Number.isFinite(nextChange) ? new Date(nextChange).toISOString() : null };
}

/** A person with events of one type at these times (ISO texts). */
export function whoDid(type: string, ...times: readonly string[]): OraclePerson {
  return { ...nobody, events: times.map((at) => eventAt(type, at)) };
}

export function eventAt(
  type: string,
  at: string,
  value: number | null = null,
  unit: string | null = null,
): OracleEvent {
  return { type, at: Date.parse(at), properties: {}, value, unit };
}

/** A person of whom one trait was said, long ago. */
export function whoHas(trait: string, value: unknown, zone: string | null = null): OraclePerson {
  return { ...nobody, zone, observations: [{ trait, at: 0, value }] };
}

export const span = (parts: Partial<Duration>): Duration => ({ months: 0, days: 0, ms: 0, ...parts });

export function within(duration: Partial<Duration>): Window {
  return { kind: 'in_last', duration: span(duration) };
}

export function count(type: string, window: Window, test: CountTest = { op: 'gte', value: 1 }): Condition {
  return { kind: 'count', events: { types: [type], where: [], window }, test };
}

export function not(of: Condition): Condition {
  return { kind: 'not', of };
}

export function traitIs(trait: string, type: ValueType, test: ValueTest): Condition {
  return { kind: 'trait', trait, type, test };
}
