/**
 * Who reads what, held to the oracle: whatever a condition isn't said to read may be another person's, and whenever it isn't said
 * to read the time, the time may pass. Nothing is stored here.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Condition } from '../../engine/compiler/ir.ts';
import { type Readers, readersOf, readsTime } from '../../engine/compiler/readers.ts';
import { proofSize } from '../support/proof.ts';
import { holds, liveReading, type OraclePerson } from './oracle.ts';
import { atTime, turningInstants } from './oracle-instants.ts';
import { widePerson } from './oracle-people-wide.ts';
import { count, span, traitIs } from './oracle-question.ts';
import { worldZone } from './oracle-store.ts';
import { worldNow } from './oracle-worlds.ts';
import { wideCondition } from './oracle-worlds-wide.ts';

const cases = proofSize(10_000);

/** A person made of what the readers name of one, and of everything else of another. */
function mixed(read: Readers, one: OraclePerson, other: OraclePerson): OraclePerson {
  const pick = <T>(from: (person: OraclePerson) => readonly T[], isRead: (item: T) => boolean): readonly T[] => [
    ...from(one).filter(isRead),
    ...from(other).filter((item) => !isRead(item)),
  ];
  const whose = (isRead: boolean) => (isRead ? one : other);
  return {
    zone: whose(read.traits.has('zone')).zone,
    observations: pick(
      (person) => person.observations,
      ({ trait }) => read.traits.has(trait),
    ),
    events: pick(
      (person) => person.events,
      ({ type }) => read.events.has(type),
    ),
    consents: whose(read.consents).consents,
    segments: pick(
      (person) => person.segments,
      (segment) => read.segments.has(segment),
    ),
    since: Object.fromEntries(
      ['inner', 'outer'].flatMap((segment) => {
        const since = whose(read.segments.has(segment)).since?.[segment];
        return since === undefined ? [] : [[segment, since]];
      }),
    ),
    rows: pick(
      (person) => person.rows ?? [],
      ({ entity }) => read.entities.has(entity),
    ),
    messages: whose(read.messages).messages ?? [],
    enrollments: whose(read.events.has('journey_exited')).enrollments ?? [],
    personas: whose(read.traits.has('persona/donors')).personas ?? {},
    identifiers: whose(read.events.has('identified')).identifiers ?? [],
  };
}

/** Outside an enrollment and inside one, which is the same whoever's person is asked. */
const asked: fc.Arbitrary<{ readonly isInside: boolean; readonly condition: Condition }> = fc
  .boolean()
  .chain((isInside) => wideCondition({ isInside }).map((condition) => ({ isInside, condition })));

const ground = fc.noBias(fc.record({ asked, one: widePerson, other: widePerson, times: fc.array(fc.nat()) }));

function readingOf(isInside: boolean, person: OraclePerson) {
  const bare = { journey: 'welcome', key: 'b1', n: 1, entered: 0, exited: null, as: null };
  const blank = { ...bare, stepSince: 0, marks: { s1: worldNow }, entry: { an_integer: 1, a_boolean: true } };
  return liveReading(worldNow, worldZone, isInside ? (person.enrollments?.[0] ?? blank) : null);
}

describe('what a condition reads', () => {
  test('decides it: nothing else of a person does', () => {
    fc.assert(
      fc.property(ground, ({ asked: { isInside, condition }, one, other }) => {
        const reading = readingOf(isInside, one);
        const who = mixed(readersOf(condition), one, other);
        expect(holds(condition, who, reading)).toBe(holds(condition, one, reading));
      }),
      { seed: 20_261_124, numRuns: cases },
    );
  });

  test('changes by time alone only where it is said to read the time', () => {
    let timeless = 0;
    fc.assert(
      fc.property(ground, ({ asked: { isInside, condition }, one, times }) => {
        if (readsTime(condition)) return;
        timeless += 1;
        const reading = readingOf(isInside, one);
        const instants = turningInstants(condition, one, reading).filter((at) => at > worldNow);
        const some = [...instants.slice(0, 40), ...times.map((pick) => worldNow + pick)];
        const now = holds(condition, one, reading);
        expect(some.filter((at) => holds(condition, one, atTime(reading, at)) !== now)).toEqual([]);
      }),
      { seed: 20_261_125, numRuns: cases },
    );
    expect(timeless).toBeGreaterThan(cases / 10);
  });

  test('may hold before anything happens only where it is said to', () => {
    const leaf = wideCondition({ isInside: true }).filter(
      (one) => 'events' in one && one.events.window.kind === 'since',
    );
    const signed = fc.tuple(leaf, fc.boolean()).map(([of, isNot]): Condition => (isNot ? { kind: 'not', of } : of));
    let later = 0;
    fc.assert(
      fc.property(fc.noBias(fc.tuple(signed, widePerson)), ([condition, person]) => {
        if (readersOf(condition).states) return;
        later += 1;
        expect(holds(condition, { ...person, events: [] }, readingOf(true, person))).toBe(false);
      }),
      { seed: 20_261_126, numRuns: cases / 5 },
    );
    expect(later).toBeGreaterThan(cases / 50);
  });

  test('is named for each form', () => {
    const once = { op: 'gte', value: 1 } as const;
    const booking = { root: 'trait', trait: 'renews_at', type: 'datetime' } as const;
    const relative = { kind: 'relative', to: booking, side: 'before', offset: span({ days: 7 }) } as const;
    const visits = { types: ['visited'], where: [], window: { kind: 'ever' } } as const;
    const table: readonly (readonly [Condition, Partial<Record<keyof Readers, readonly string[] | boolean>>])[] = [
      [traitIs('due', 'datetime', { op: 'before', moment: relative }), { traits: ['due', 'renews_at', 'zone'] }],
      [
        traitIs('city', 'text', { op: 'same_as', ref: { root: 'trait', trait: 'home', type: 'text' } }),
        { traits: ['city', 'home'] },
      ],
      [count('visited', { kind: 'calendar', unit: 'week' }), { events: ['visited'], traits: ['zone'] }],
      [
        {
          kind: 'last',
          events: { ...visits, followed: { not: true, types: ['bought'], where: [], match: null, within: null } },
          of: null,
          type: 'datetime',
          test: { op: 'exists' },
        },
        { events: ['bought', 'visited'] },
      ],
      [{ kind: 'entity', entity: 'booking', role: null, where: [], test: once }, { entities: ['booking'] }],
      [{ kind: 'persona', persona: 'donors', in: ['jeanne'] }, { traits: ['persona/donors'] }],
      [{ kind: 'identified' }, { events: ['identified'] }],
      [
        { kind: 'journey', journey: 'welcome', is: 'exited', as: null, inLast: null },
        { events: ['journey_entered', 'journey_exited'] },
      ],
      [
        { kind: 'message', steps: ['nudge'], status: 'replied' },
        { events: ['message_replied'], messages: true },
      ],
      [
        { kind: 'messages', of: { kind: 'any' }, status: 'replied', channel: null, inLast: null, test: once },
        { events: ['message_replied'], messages: true },
      ],
    ];
    for (const [condition, expected] of table) {
      const found = readersOf(condition);
      const said = Object.fromEntries(
        (Object.keys(expected) as (keyof Readers)[]).map((key) => {
          const value = found[key];
          return [key, typeof value === 'boolean' ? value : [...value].sort()];
        }),
      );
      expect(said).toEqual(expected);
    }
  });
});
