/** A bundle linked for running: journeys as rows of steps, segments in dependency order, and who reads what. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  BundleResource,
  Condition,
  CountTest,
  EventSelection,
  JourneyBody,
  StepAction,
  StepBody,
} from '../../engine/compiler/ir.ts';
import { endOfJourney, type LinkedJourney, linkJourney } from '../../engine/compiler/linked-journey.ts';
import { link } from '../../engine/compiler/program.ts';
import { readersOf, readsTime } from '../../engine/compiler/readers.ts';
import { proofSize } from '../support/proof.ts';
import { count, not, span, traitIs, within } from './oracle-question.ts';
import { workspace } from './oracle-store.ts';

const yes: Condition = { kind: 'all', of: [] };
const since = (anchor: string) => ({ kind: 'since', anchor }) as const;

function step(id: string | null, action: StepAction, parts: Partial<StepBody> = {}): StepBody {
  const bare = { id, after: null, at: null, if: null, do: action };
  return { ...leading(bare, [], []), ...parts };
}

const wait = (id: string, parts: Partial<StepBody> = {}) =>
  step(id, { kind: 'wait', duration: span({ days: 1 }) }, parts);
const waitFor = (id: string, condition: Condition, parts: Partial<StepBody> = {}) =>
  step(id, { kind: 'wait_for', if: condition, for: span({ days: 1 }) }, parts);
const exit = (as: string) => step(null, { kind: 'exit', as });
const branch = (id: string, arms: readonly (readonly StepBody[])[], otherwise: readonly StepBody[] = []) =>
  step(id, { kind: 'branch', arms: arms.map((steps) => ({ if: yes, steps })) }, { otherwise });

/** Adds the lists of a step that are gone through before the step after it. */
function leading(
  body: Omit<StepBody, 'then' | 'otherwise'>,
  then: readonly StepBody[],
  otherwise: readonly StepBody[],
): StepBody {
  return { ...body, then, otherwise };
}

function journey(steps: readonly StepBody[], parts: Partial<JourneyBody> = {}): LinkedJourney {
  return linkJourney('tried', 'version', {
    status: 'live',
    objective: 'engagement',
    purpose: 'marketing',
    priority: 50,
    entry: { triggers: [], if: null, currentMembers: 'skip', reentry: { kind: 'never' } },
    goal: null,
    exits: [],
    steps,
    inFlight: 'pin',
    ...parts,
  });
}

/** The ways from each step by the ids of where they lead: `id: next / then / otherwise / arms`. */
function ways(linked: LinkedJourney): readonly string[] {
  const name = (index: number) => (index === endOfJourney ? 'end' : (linked.steps[index]?.id ?? '?'));
  return linked.steps.map((one) => {
    const arms = one.do.kind === 'branch' ? one.do.arms.map((arm) => name(arm.to)) : [];
    return `${one.id}: ${[name(one.next), name(one.then), name(one.otherwise), ...arms].join(' ')}`;
  });
}

describe('a journey linked', () => {
  test('goes from step to step, then ends', () => {
    expect(ways(journey([wait('a'), wait('b')]))).toEqual(['a: b b b', 'b: end end end']);
    expect(journey([]).steps).toEqual([]);
  });

  test('rejoins at the step after the parent from `then`, `otherwise` and every arm', () => {
    const linked = journey([
      leading(waitFor('ask', yes), [wait('met'), wait('met-too')], [wait('late')]),
      branch('fork', [[wait('left')], [], [wait('right'), wait('right-too')]], [wait('none')]),
      wait('last'),
    ]);
    expect(ways(linked)).toEqual([
      'ask: fork met late',
      'met: met-too met-too met-too',
      'met-too: fork fork fork',
      'late: fork fork fork',
      'fork: last last none left last right',
      'none: last last last',
      'left: last last last',
      'right: right-too right-too right-too',
      'right-too: last last last',
      'last: end end end',
    ]);
  });

  test('rejoins from any depth at the step after the outermost list that has one', () => {
    const inner = waitFor('inner', yes, { otherwise: [wait('deep')] });
    expect(ways(journey([branch('outer', [[inner]], [branch('other', [[]])]), wait('last')]))).toEqual([
      'outer: last last other inner',
      'other: last last last last',
      'inner: last last deep',
      'deep: last last last',
      'last: end end end',
    ]);
    expect(ways(journey([branch('outer', [[inner]])]))).toEqual([
      'outer: end end end inner',
      'inner: end end deep',
      'deep: end end end',
    ]);
  });

  test('gives an exit a name of its own, by its place', () => {
    const linked = journey([waitFor('ask', yes, { otherwise: [exit('late')] }), exit('done')]);
    expect(ways(linked)).toEqual(['ask: $2 $2 $1', '$1: $2 $2 $2', '$2: end end end']);
    expect(linked.stepIndex.get('ask')).toBe(0);
  });

  test('finds each step by its id, and leads ahead only, whatever the lists', () => {
    let names = 0;
    const lists = (tie: fc.Arbitrary<StepBody>) => fc.array(tie, { maxLength: 3 });
    const { list: body } = fc.letrec<{ list: StepBody[]; step: StepBody }>((tie) => ({
      list: fc.oneof({ maxDepth: 4 }, fc.constant<StepBody[]>([]), lists(tie('step'))),
      step: fc
        .tuple(tie('list'), tie('list'), fc.array(tie('list'), { maxLength: 2 }))
        .map(([met, late, arms]) => leading(branch(`s${names++}`, arms), met, late)),
    }));
    fc.assert(
      fc.property(body, (steps) => {
        const linked = journey(steps);
        const idOf = (list: readonly StepBody[], after: string) => list[0]?.id ?? after;
        const expected = (list: readonly StepBody[], after: string): string[] =>
          list.flatMap((one, i) => {
            const next = list[i + 1]?.id ?? after;
            const arms = one.do.kind === 'branch' ? one.do.arms.map((arm) => arm.steps) : [];
            const lists = [one.then, one.otherwise, ...arms];
            const way = `${one.id}: ${[next, ...lists.map((inner) => idOf(inner, next))].join(' ')}`;
            return [way, ...lists.flatMap((inner) => expected(inner, next))];
          });
        expect(ways(linked)).toEqual(expected(steps, 'end'));
        for (const one of linked.steps) {
          expect(linked.stepIndex.get(one.id)).toBe(one.index);
          const arms = one.do.kind === 'branch' ? one.do.arms.map((arm) => arm.to) : [];
          for (const to of [one.next, one.then, one.otherwise, ...arms]) {
            expect(to === endOfJourney || to > one.index).toBe(true);
          }
        }
      }),
      { seed: 2, numRuns: proofSize(2_000) },
    );
  });

  test('keeps the time of every step that a `since` reads: in steps, arms, goal and exits', () => {
    const when = (anchor: string) => count('order_placed', since(anchor));
    const linked = journey(
      [
        wait('one'),
        wait('two', { if: when('one') }),
        step('three', { kind: 'branch', arms: [{ if: when('two'), steps: [] }] }),
        waitFor('four', { kind: 'any', of: [when('three'), when('here')] }),
        wait('five'),
        wait('six'),
        wait('seven'),
      ],
      {
        goal: { if: when('five'), within: span({ days: 9 }), exit: false },
        exits: [{ as: 'bought', if: not(when('six')) }],
      },
    );
    for (const id of ['one', 'two', 'three', 'five', 'six']) expect([id, linked.anchors.has(id)]).toEqual([id, true]);
    for (const id of ['four', 'seven']) expect([id, linked.anchors.has(id)]).toEqual([id, false]);
  });

  test('watches what its goal and exits read, and looks on entry where a state may hold', () => {
    const linked = journey([], {
      goal: { if: count('order_placed', since('entry')), within: span({ days: 9 }), exit: true },
      exits: [{ as: 'gone', if: count('account_closed', since('entry')) }],
    });
    expect([...linked.watches.events].sort()).toEqual(['account_closed', 'order_placed']);
    expect(linked.watches).toMatchObject({ onEntry: false, timed: false });
    const exits = [{ as: 'moved', if: traitIs('country', 'text', { op: 'exists' }) }];
    expect(journey([], { exits }).watches).toMatchObject({ onEntry: true, timed: false });
    const quiet = [{ as: 'quiet', if: not(count('order_placed', within({ days: 30 }))) }];
    expect(journey([], { exits: quiet }).watches).toMatchObject({ onEntry: true, timed: true });
    expect(journey([]).watches).toMatchObject({ onEntry: false, timed: false });
  });

  test('looks at a wait on arrival only where it may be met by then', () => {
    const arrival = (condition: Condition) => journey([waitFor('ask', condition)]).steps[0]?.waits;
    const here = since('here');
    expect(arrival(count('order_placed', here))).toMatchObject({ onArrival: false, timed: false });
    expect(arrival(count('order_placed', since('nudge')))).toMatchObject({ onArrival: true });
    expect(arrival(not(count('order_placed', here)))).toMatchObject({ onArrival: true });
    expect(arrival(count('order_placed', within({ days: 1 })))).toMatchObject({ onArrival: true, timed: true });
    expect(arrival({ kind: 'message', steps: ['nudge'], status: 'seen' })).toMatchObject({
      onArrival: true,
      messages: true,
    });
    expect(journey([wait('a')]).steps[0]?.waits).toBeNull();
  });
});

describe('what a condition reads', () => {
  test('is told by kind, from every leaf', () => {
    const condition: Condition = {
      kind: 'any',
      of: [
        not({ kind: 'all', of: [count('viewed', since('nudge')), traitIs('country', 'text', { op: 'exists' })] }),
        { kind: 'segment', segment: 'buyers' },
        { kind: 'consent', purpose: 'marketing', channel: null, is: 'granted' },
        { kind: 'message', steps: ['nudge'], status: 'sent' },
        { kind: 'field', property: 'total', type: 'integer', test: { op: 'exists' } },
      ],
    };
    const { events, traits, segments, anchors, consents, messages } = readersOf(condition);
    expect([[...events], [...traits], [...segments], [...anchors]]).toEqual([
      ['viewed'],
      ['country'],
      ['buyers'],
      ['nudge'],
    ]);
    expect([consents, messages]).toEqual([true, true]);
  });

  test('may hold before anything happens exactly where nothing at all passes', () => {
    const tests: readonly CountTest[] = [-1, 0, 1].flatMap((value) =>
      (['is', 'gt', 'gte', 'lt', 'lte'] as const).map((op) => ({ op, value })),
    );
    const between: readonly CountTest[] = [
      { op: 'between', low: -1, high: 1 },
      { op: 'between', low: 1, high: 2 },
      { op: 'between', low: -2, high: -1 },
    ];
    const passesZero = (one: CountTest) => {
      if (one.op === 'between') return one.low <= 0 && one.high >= 0;
      return { is: 0 === one.value, gt: 0 > one.value, gte: 0 >= one.value, lt: 0 < one.value, lte: 0 <= one.value }[
        one.op
      ];
    };
    const events: EventSelection = { types: ['viewed'], where: [], window: since('here') };
    for (const one of [...tests, ...between]) {
      for (const leaf of [
        { kind: 'count', events, test: one },
        { kind: 'sum', events, unit: null, test: one },
      ] satisfies Condition[]) {
        expect([one, readersOf(leaf).states]).toEqual([one, passesZero(one)]);
        expect([one, readersOf(not(leaf)).states]).toEqual([one, !passesZero(one)]);
        expect([one, readersOf(not(not(leaf))).states]).toEqual([one, passesZero(one)]);
      }
    }
  });

  test('changes by time alone where a window or a moment of the present is read', () => {
    const timed: readonly Condition[] = [
      count('viewed', within({ days: 1 })),
      not({ kind: 'all', of: [yes, traitIs('due', 'date', { op: 'in_next', duration: span({ days: 1 }) })] }),
      traitIs('due', 'date', { op: 'before', moment: { kind: 'ago', duration: span({ days: 1 }) } }),
      { kind: 'field', property: 'due', type: 'date', test: { op: 'in_last', duration: span({ days: 1 }) } },
    ];
    const timeless: readonly Condition[] = [
      count('viewed', { kind: 'ever' }),
      count('viewed', since('entry')),
      traitIs('due', 'datetime', { op: 'before', moment: { kind: 'instant', at: 0 } }),
      { kind: 'segment', segment: 'buyers' },
    ];
    expect(timed.map(readsTime)).toEqual(timed.map(() => true));
    expect(timeless.map(readsTime)).toEqual(timeless.map(() => false));
  });
});

describe('segments linked', () => {
  const segment = (id: string, where: Condition): BundleResource => ({
    kind: 'segment',
    id,
    digest: id,
    body: { where },
    meta: {},
    needs: [],
  });
  const reads = (...ids: readonly string[]): Condition => ({
    kind: 'any',
    of: ids.map((one) => ({ kind: 'segment', segment: one })),
  });
  const groups = (...segments: readonly BundleResource[]) =>
    link(1, [workspace, ...segments]).segmentGroups.map((group) => group.segments.map(({ id }) => id).sort());

  test('stand after those that they read, whatever their names', () => {
    const viewed = count('viewed', { kind: 'ever' });
    const found = groups(
      segment('a', reads('b')),
      segment('b', reads('c')),
      segment('c', viewed),
      segment('d', reads('a', 'c')),
    );
    expect(found).toEqual([['c'], ['b'], ['a'], ['d']]);
  });

  test('share a statement when they read the same at one level', () => {
    const viewed = (value: number) => count('viewed', { kind: 'ever' }, { op: 'gte', value });
    const found = groups(
      segment('once', viewed(1)),
      segment('twice', viewed(2)),
      segment('buyers', count('order_placed', { kind: 'ever' })),
      segment('both', { kind: 'all', of: [viewed(1), reads('buyers')] }),
    );
    expect(found).toHaveLength(3);
    expect(found).toContainEqual(['once', 'twice']);
    expect(found.at(-1)).toEqual(['both']);
  });

  test('make further statements where they are many, each with a key of its own', () => {
    const many = Array.from({ length: 120 }, (_, i) => segment(`s${i}`, count('viewed', within({ days: i + 1 }))));
    const { segmentGroups } = link(1, [workspace, ...many]);
    expect(segmentGroups.map((group) => group.segments.length)).toEqual([50, 50, 20]);
    expect(new Set(segmentGroups.map(({ key }) => key)).size).toBe(3);
  });
});
