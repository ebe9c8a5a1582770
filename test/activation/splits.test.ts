/** Splits: who takes which arm, and what changes it. */
import { describe, expect, it } from 'vitest';
import { drawArm } from '../../engine/activation/journeys/chance.ts';
import { splitWords } from '../../engine/cli/views/split-words.ts';
import { readStatus } from '../../engine/measure/health/status.ts';
import { type Scenario, scenario } from './scenario.ts';
import { way } from './steps-yaml.ts';

const goal = 'goal: { event: order_placed, within: 2d }';

const split = (weights: readonly number[], more = '') =>
  way(
    `  - id: wording
    split:
${weights.map((weight, i) => `      - { id: ${'abc'[i]}, weight: ${weight}, steps: [ { exit: took-${'abc'[i]} } ] }`).join('\n')}
${more}`,
    goal,
  );

const people = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `p${from + i}`);

async function enter(s: Scenario, who: readonly string[]): Promise<void> {
  await s.tell(who.map((one) => ({ who: one, type: 'signed_up', properties: {} })));
  await s.settle();
}

/** The arm that each took last. */
async function arms(s: Scenario): Promise<ReadonlyMap<string, string>> {
  const all = await s.enrollments();
  return new Map(all.map((one) => [one.who, String(one.exitAs).replace('took-', '')]));
}

const countOf = (taken: ReadonlyMap<string, string>, arm: string, of: readonly string[]) =>
  of.filter((who) => taken.get(who) === arm).length;

describe('a draw', () => {
  it('b27: by other weights moves people only to arms whose share grows, as few as can be', () => {
    const draw = (weights: readonly number[]) =>
      people(0, 4_000).map(
        (_, person) =>
          drawArm(
            'way/wording',
            person,
            weights.map((weight, i) => ({ id: 'abc'[i] as string, weight })),
          )?.id,
      );
    const before = draw([1, 1, 1]);
    const after = draw([2, 1, 1]);
    const moved = before.flatMap((arm, i) => (arm === after[i] ? [] : [`${arm}${after[i]}`]));
    expect(new Set(moved)).toEqual(new Set(['ba', 'ca']));
    expect(Math.abs(moved.length / 4_000 - 1 / 6)).toBeLessThan(0.02);
    // Weights alone count, not their unit.
    expect(draw([50, 25, 25])).toEqual(after);
  });

  it('of another step is another one', () => {
    const draw = (salt: string) =>
      people(0, 1_000).map(
        (_, person) =>
          drawArm(salt, person, [
            { id: 'a', weight: 1 },
            { id: 'b', weight: 1 },
          ])?.id,
      );
    const [one, other] = [draw('way/wording'), draw('way/colour')];
    const same = one.filter((arm, i) => arm === other[i]).length;
    expect(Math.abs(same - 500)).toBeLessThan(60);
  });
});

describe('a split', () => {
  it('b27, edge case 25: is sticky for who comes again, and keeps those it needn’t move when weights change', async () => {
    const s = await scenario(split([50, 50]));
    const all = people(0, 200);
    await enter(s, all);
    const first = await arms(s);
    expect(Math.abs(countOf(first, 'a', all) - 100)).toBeLessThan(25);
    await enter(s, all);
    expect(await arms(s)).toEqual(first);
    await s.reapply(split([80, 20]));
    await enter(s, all);
    const last = await arms(s);
    expect(all.filter((who) => first.get(who) === 'a' && last.get(who) !== 'a')).toEqual([]);
    expect(Math.abs(countOf(last, 'a', all) - 160)).toBeLessThan(25);
    const log = await s.rows<{ outcome: string }>('select distinct outcome from parcours.step_log order by 1');
    expect(log).toEqual([{ outcome: 'arm a' }, { outcome: 'arm b' }]);
  });

  it('b27: keeps on splitting until an arm wins, which everybody takes then; a pinned one at once', async () => {
    const winner = '    winner: { by: goal, confidence: 95%, each_at_least: 30, decide_by: 28d, undecided: keep }';
    const s = await scenario(split([1, 1], winner));
    const some = people(0, 100);
    await enter(s, some);
    const taken = await arms(s);
    await s.advance('1h');
    await s.tell(
      some
        .filter((who, i) => taken.get(who) === 'b' && i % 4 !== 0)
        .map((who) => ({ who, type: 'order_placed', properties: {} })),
    );
    await s.settle();
    await s.advance('3d');
    const [state] = await s.rows<{ winner: string; decided: boolean }>(
      'select winner, decided_at is not null as decided from parcours.split_state',
    );
    expect(state).toEqual({ winner: 'b', decided: true });
    const status = await s.store.withSession((session) => readStatus(session, s.clock.now()));
    expect(status.splits.map(splitWords)).toEqual([
      expect.stringMatching(/^wording of journey\/way: arm b won 2026-03-0\d \d\d:\d\d UTC, everybody takes it$/),
    ]);
    const more = people(200, 240);
    await enter(s, more);
    expect(countOf(await arms(s), 'b', more)).toBe(40);
    await s.reapply(split([1, 1], '    winner: { is: a }'));
    // The file has taken the state over: nothing is left to be said.
    expect((await s.store.withSession((session) => readStatus(session, s.clock.now()))).splits).toEqual([]);
    const others = people(300, 320);
    await enter(s, others);
    expect(countOf(await arms(s), 'a', others)).toBe(20);
  });

  it('can be won by a condition', async () => {
    const s = await scenario(
      split(
        [1, 1],
        '    winner: { by: { event: visited }, confidence: 95%, each_at_least: 20, decide_by: 28d, undecided: keep }',
      ),
    );
    const some = people(0, 80);
    await enter(s, some);
    const taken = await arms(s);
    await s.advance('1h');
    const visitors = some.filter((who) => taken.get(who) === 'a');
    await s.tell(visitors.map((who) => ({ who, type: 'visited', properties: {} })));
    await s.advance('6h');
    expect(await s.rows('select winner from parcours.split_state')).toEqual([{ winner: 'a' }]);
  });

  it('that is undecided by its date takes the arm that is said, and goes on splitting with `keep`', async () => {
    const winner = (undecided: string) =>
      `    winner: { by: goal, confidence: 95%, each_at_least: 1000, decide_by: 7d, undecided: ${undecided} }`;
    const s = await scenario(split([1, 1], winner('a')));
    await enter(s, people(0, 20));
    await s.advance('8d');
    await enter(s, people(20, 60));
    expect(countOf(await arms(s), 'a', people(20, 60))).toBe(40);
    const [state] = await s.rows<{ winner: string }>('select winner from parcours.split_state');
    expect(state?.winner).toBe('a');
  });
});

describe('a bandit', () => {
  it('gives the arm that does better more people, and each its floor, the same in every run', async () => {
    const run = async () => {
      const s = await scenario(split([1, 1], '    bandit: { maximise: goal, explore: 20% }'));
      const some = people(0, 120);
      await enter(s, some);
      const taken = await arms(s);
      await s.advance('1h');
      await s.tell(
        some.filter((who) => taken.get(who) === 'a').map((who) => ({ who, type: 'order_placed', properties: {} })),
      );
      await s.settle();
      await s.advance('3d');
      const [state] = await s.rows<{ shares: Record<string, number> }>('select shares from parcours.split_state');
      await enter(s, people(200, 400));
      return { shares: state?.shares, taken: await arms(s) };
    };
    const one = await run();
    expect(one.shares?.a).toBeCloseTo(0.9, 5);
    expect(one.shares?.b).toBeCloseTo(0.1, 5);
    const b = countOf(one.taken, 'b', people(200, 400));
    expect(b).toBeGreaterThan(5);
    expect(b).toBeLessThan(40);
    expect(await run()).toEqual(one);
  });

  it('of what arms bring takes off what they cost', async () => {
    const s = await scenario(
      way(`  - id: wording
    split:
      - { id: gift, weight: 1, cost: 9 EUR, steps: [ { exit: took-gift } ] }
      - { id: word, weight: 1, steps: [ { exit: took-word } ] }
    bandit: { maximise: { sum: order_placed.total, within: 1d }, explore: 10% }`),
    );
    const some = people(0, 60);
    await enter(s, some);
    const taken = await arms(s);
    await s.advance('1h');
    const brings = (who: string, i: number) => (taken.get(who) === 'gift' ? 1_200 : 1_000) + 100 * (i % 3);
    await s.tell(
      some.map((who, i) => ({
        who,
        type: 'order_placed',
        properties: { total: { amount: brings(who, i), currency: 'EUR' } },
      })),
    );
    await s.settle();
    await s.advance('2d');
    const [state] = await s.rows<{ shares: Record<string, number> }>('select shares from parcours.split_state');
    expect(state?.shares.word).toBeCloseTo(0.95, 5);
  });
});
