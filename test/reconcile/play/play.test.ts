/** Playing tests: what counts for a line, whose zone it is, what is given, how chance falls, and what is told when it comes out otherwise. */
import { expect, it } from 'vitest';
import { playTests } from '../../../engine/reconcile/play/play-tests.ts';
import { testsOf } from '../../../engine/reconcile/play/played-bundle.ts';
import { baseFiles } from '../../activation/scenario-files.ts';
import { bundleIn, played, scratch } from './played.ts';

const house = `kind: pressure
id: house
caps: [{ id: daily, max: 1, calendar: day }]
mute: [{ id: quiet-people, where: { segment: asleep } }]
quiet_hours: [{ channels: [email], from: "20:00", to: "08:00" }]
when_capped: defer
valid_for: 2d
---
kind: segment
id: asleep
where: { trait: plan, is: none }
---
kind: segment
id: pros
where: [{ trait: plan, is: pro }]
---
kind: country
id: jp
where: { trait: country, is: JP }
zone: Asia/Tokyo
`;

const journeys = `kind: journey
id: greet
objective: engagement
holdout: 50%
entry: { when: { event: signed_up }, reentry: always }
goal: { event: order_placed, within: 9d, exit: true }
steps:
  - { id: hello, send: { channel: mail, template: hello } }
  - { id: again, after: 1d, send: { channel: mail, template: named } }
---
kind: journey
id: pro
objective: engagement
entry: { when: { enters: pros }, current_members: enter, reentry: never }
steps: [{ id: first, send: { channel: push, template: hello } }, { id: rest, wait: 3d }]
---
kind: journey
id: draft
status: draft
objective: engagement
entry: { when: { event: visited }, reentry: never }
steps:
  - id: wording
    split:
      - { id: short, weight: 1, steps: [{ id: a, send: { channel: mail, template: hello } }] }
      - { id: long, weight: 1, steps: [{ id: b, send: { channel: mail, template: hello } }] }
`;

const test = (id: string, journey: string, rest: string) => `---
kind: test
id: ${id}
journey: ${journey}
${rest}`;

const files = (...tests: readonly string[]) => ({
  ...baseFiles,
  'house.yaml': house,
  'journeys.yaml': journeys,
  'tests.yaml': tests.join('').slice(4),
});

const signUp = '{ event: signed_up, properties: { plan: free }';

it('plays people, times and decisions as the engine runs them, many in one store', async () => {
  const bundle = await bundleIn(
    files(
      test(
        'a-day-later',
        'greet',
        `given: {}\nstart: 2027-03-01T10:00\nplay:\n  - ${signUp}, expect: { entered: true, sent: hello } }\n  - { advance: 1d, expect: { sent: again, exited: completed } }\n`,
      ),
      test(
        'in-his-zone',
        'greet',
        `given: { country: JP }\nstart: 2027-03-01T21:00\nplay:\n  - ${signUp}, expect: { deferred: hello, because: quiet_hours } }\n  - { until: 2027-03-02T08:00, expect: { sent: hello } }\n`,
      ),
      test(
        'capped',
        'greet',
        `given: {}\nstart: 2027-03-01T10:00\nplay:\n  - ${signUp} }\n  - { event: order_placed, properties: { total: 3 EUR }, expect: { exited: goal } }\n  - ${signUp}, expect: { deferred: hello, because: daily, at_step: hello } }\n`,
      ),
      test(
        'muted',
        'greet',
        `given: { plan: none }\nstart: 2027-03-01T10:00\nplay:\n  - ${signUp}, expect: { dropped: hello, because: quiet-people, in_segment: asleep } }\n`,
      ),
      test(
        'without-address',
        'greet',
        `given: { email: null }\nstart: 2027-03-01T10:00\nplay:\n  - ${signUp}, expect: { dropped: hello, because: address } }\n`,
      ),
      test(
        'held-out',
        'greet',
        `given: {}\nstart: 2027-03-01T10:00\nplay:\n  - ${signUp}, expect: { entered: true, dropped: hello, because: holdout } }\n  - { advance: 2d, expect: { nothing_sent: true } }\n`,
      ),
      test(
        'a-member-already',
        'pro',
        'given: { plan: pro, devices: [push] }\nstart: 2027-03-01T10:00\nplay:\n  - { advance: 1min, expect: { entered: true, sent: first } }\n  - { message: { step: first, status: seen }, expect: { at_step: rest } }\n',
      ),
      test(
        'a-draft',
        'draft',
        'arms: { wording: long }\ngiven: { identified: false, email: a@b.example }\nstart: 2027-03-01T10:00\nplay:\n  - { event: visited, properties: { page: home }, expect: { sent: b } }\n',
      ),
    ),
  );
  const outcomes = await played(bundle);
  expect(outcomes).toEqual(Object.fromEntries(testsOf(bundle).map(({ id }) => [id, 'passed'])));
}, 60_000);

it('tells the first line that comes out otherwise, with what the engine decided', async () => {
  const bundle = await bundleIn(
    files(
      test(
        'too-many',
        'greet',
        `given: {}\nstart: 2027-03-01T10:00\nplay:\n  - ${signUp} }\n  - { advance: 3d, expect: { nothing_sent: true } }\n`,
      ),
      test(
        'too-few',
        'greet',
        `given: { plan: none }\nstart: 2027-03-01T10:00\nplay:\n  - ${signUp}, expect: { sent: [hello, again], exited: goal } }\n  - { advance: 1d, expect: { sent: again } }\n`,
      ),
      test(
        'another-reason',
        'greet',
        `given: {}\nstart: 2027-03-01T21:00\nplay:\n  - ${signUp}, expect: { deferred: hello, because: daily } }\n`,
      ),
      test(
        'never-opened',
        'pro',
        'given: { plan: free }\nstart: 2027-03-01T10:00\nplay:\n  - { advance: 1d, expect: { entered: true } }\n',
      ),
      test(
        'nothing-to-see',
        'pro',
        'given: {}\nstart: 2027-03-01T10:00\nplay:\n  - { message: { step: first, status: seen }, expect: { at_step: rest } }\n',
      ),
    ),
  );
  expect(await played(bundle)).toEqual({
    'too-many': 'line 1 nothing_sent: nothing, found again',
    'too-few':
      'line 0 sent: hello, again, found nothing; line 0 sent: hello, again, found nothing; line 0 exited: goal, found at again',
    'another-reason': 'line 0 because: daily, found quiet_hours',
    'never-opened': 'line 0 entered: true, found false',
    'nothing-to-see': 'line 0 No message of step `first` has left by now, so nobody can have seen it.',
  });
  const tests = testsOf(bundle).filter(({ id }) => id === 'never-opened' || id === 'too-few');
  const [never, few] = await playTests({ bundle, tests, scratch });
  expect(never?.failure?.why?.memberships).toMatchObject([{ segment: 'pros', since: null, tree: { holds: false } }]);
  expect(few?.failure?.why?.explanation.messages).toMatchObject([
    { step: 'hello', state: 'suppressed', decision: { rule: 'mute house/quiet-people' } },
  ]);
}, 60_000);

it('draws for a test what it would draw alone: other tests change nobody’s chance', async () => {
  const both = await bundleIn(
    files(
      test('one', 'draft', 'given: {}\nstart: 2027-03-01T10:00\nplay:\n  - { event: visited, expect: { sent: a } }\n'),
      test('two', 'draft', 'given: {}\nstart: 2027-03-01T10:00\nplay:\n  - { event: visited, expect: { sent: a } }\n'),
    ),
  );
  const together = await played(both);
  const [, two] = testsOf(both);
  const alone = await playTests({ bundle: both, tests: two === undefined ? [] : [two], scratch });
  expect(alone[0]?.failure === null ? 'passed' : 'failed').toBe(together.two === 'passed' ? 'passed' : 'failed');
}, 60_000);
