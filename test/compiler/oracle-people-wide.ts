/** Random people with everything that a condition can read of them: see `oracle-worlds-wide.ts`. */
import fc from 'fast-check';
import type { Duration } from '../../engine/compiler/ir.ts';
import type { OracleEnrollment, OracleEvent, OracleMessage, OraclePerson, OracleRow } from './oracle.ts';
import { addDuration } from './oracle-clock.ts';
import { channels, duration, event, instant, observation, person, worldNow } from './oracle-worlds.ts';
import { journeys, line, wideNames, wideValue } from './oracle-worlds-wide.ts';

const hourMs = 3_600_000;
const noTime: Duration = { months: 0, days: 0, ms: 0 };

const fields: fc.Arbitrary<Record<string, unknown>> = fc.record(
  Object.fromEntries(wideNames.map((name) => [name, wideValue(name)])),
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, unknown>>;

const rows: fc.Arbitrary<readonly OracleRow[]> = fc
  .uniqueArray(
    fc.record({
      entity: fc.constantFrom('booking', 'booking', 'contract'),
      key: fc.constantFrom('b1', 'b2', 'b3'),
      roles: fc.subarray(['booker', 'traveller'], { minLength: 1 }),
      fields,
    }),
    { maxLength: 4, selector: ({ entity, key }) => `${entity} ${key}` },
  )
  .map((all) => all.flatMap(({ roles, ...row }) => roles.map((role) => ({ ...row, role }))));

const delay = fc.constantFrom(0, 1, hourMs, 26 * hourMs);
const upToNow = (at: number) => Math.min(at, worldNow);

/** A message goes so far, each step some time after the one before; providers may tell of a later one alone. */
const message: fc.Arbitrary<OracleMessage> = fc
  .record({
    of: fc.record({
      journey: fc.constantFrom(...journeys),
      key: fc.constantFrom('', 'b1'),
      n: fc.constantFrom(1, 1, 2),
    }),
    step: fc.constantFrom('s1', 's2'),
    channel: fc.constantFrom(...channels),
    created: instant,
    reached: fc.integer({ min: 0, max: 5 }),
    delays: fc.tuple(delay, delay, delay, delay),
    told: fc.tuple(fc.boolean(), fc.boolean()),
    more: fc.constantFrom('replied', 'bounced', 'ended', null, null),
  })
  .map(({ of, step, channel, created, reached, delays, told, more }) => {
    const isEnded = more === 'ended' && reached === 0;
    const [first, second, third, fourth] = delays;
    const at = (level: number, delayMs: number) => (reached >= level ? upToNow(created + delayMs) : null);
    const sent = at(2, first);
    const hasReplied = more === 'replied' && reached === 5;
    return {
      ...{ ...of, step, channel, created, accepted: at(1, 0), sent, isEnded },
      delivered: told[0] ? at(3, first + second) : null,
      seen: told[1] ? at(4, first + second + third) : null,
      acted: hasReplied ? null : at(5, first + second + third + fourth),
      replied: hasReplied ? at(5, first + second + third + fourth) : null,
      bounced: more === 'bounced' && sent !== null ? upToNow(sent + second) : null,
    };
  });

const enrollment: fc.Arbitrary<OracleEnrollment> = fc
  .record({
    journey: fc.constantFrom(...journeys),
    key: fc.constantFrom('', 'b1', 'b1', 'b2'),
    n: fc.constantFrom(1, 1, 2),
    entered: instant,
    lasted: fc.oneof(fc.constant(null), delay),
    as: fc.constantFrom('completed', 'bought', 'left'),
    stepSince: instant,
    marks: fc.record({ s1: instant, s2: instant }, { requiredKeys: [] }),
    entry: fields,
  })
  .map(({ lasted, as, ...rest }) => ({
    ...rest,
    exited: lasted === null ? null : upToNow(rest.entered + lasted),
    as: lasted === null ? null : as,
  }));

const wideEvent: fc.Arbitrary<OracleEvent> = fc
  .tuple(event, fc.array(line, { maxLength: 2 }))
  .map(([one, lines]) => ({ ...one, properties: { ...one.properties, lines } }));

const wideObservation = fc.oneof(
  { weight: 6, arbitrary: observation },
  {
    weight: 1,
    arbitrary: fc.record({ trait: fc.constant('lines'), at: instant, value: wideValue('lines') }),
  },
);

/** An event that comes exactly so long after another, or together with it: the edges of windows and of `within`. */
const echo = fc.record({ of: fc.nat(), after: fc.oneof(fc.constant(noTime), duration), like: wideEvent });

function withEchoes(
  events: readonly OracleEvent[],
  echoes: readonly { readonly of: number; readonly after: Duration; readonly like: OracleEvent }[],
): readonly OracleEvent[] {
  const all = [...events];
  for (const { of, after, like } of echoes) {
    const before = all[of % Math.max(1, all.length)];
    if (before !== undefined) all.push({ ...like, at: upToNow(addDuration(before.at, after)) });
  }
  return all;
}

export const widePerson: fc.Arbitrary<OraclePerson> = fc
  .tuple(
    person,
    fc.record({
      observations: fc.array(wideObservation, { maxLength: 14, size: 'max' }),
      events: fc.array(wideEvent, { maxLength: 8, size: 'max' }),
      since: fc.record({ inner: instant, outer: instant }, { requiredKeys: [] }),
      rows,
      messages: fc.array(message, { maxLength: 5, size: 'max' }),
      enrollments: fc.uniqueArray(enrollment, {
        maxLength: 3,
        selector: ({ journey, key, n }) => `${journey} ${key} ${n}`,
      }),
      echoes: fc.array(echo, { maxLength: 4, size: 'max' }),
      personas: fc.record({ donors: fc.constantFrom('philippe', 'jeanne') }, { requiredKeys: [] }),
      identifiers: fc.subarray(['anonymous_id', 'email', 'external_id']),
    }),
  )
  .map(([plain, { echoes, ...wide }]) => ({ ...plain, ...wide, events: withEchoes(wide.events, echoes) }));
