/**
 * What splits learn, looked at a few times a day over all lanes: the shares of a bandit's arms, and the winner of a test once it is sure
 * enough. Workers read what stands; nothing is counted in their transactions. The draws are seeded by the split and the time.
 */
import { createHash } from 'node:crypto';
import type { Condition, Duration, SplitChoice } from '../../compiler/ir.ts';
import type { LinkedJourney, LinkedSplitArm } from '../../compiler/linked-journey.ts';
import { forEnrollments } from '../../compiler/program-sql.ts';
import { inRounds } from '../../compiler/rounds.ts';
import { type Belief, chancesToBeBest, withFloor } from '../../measure/statistics/thompson.ts';
import type { Session } from '../../store/session.ts';
import { addExactly } from '../journeys/moments.ts';
import type { Running } from '../running.ts';
import { takeRun } from '../schedules/queries.ts';
import {
  type ArmCount,
  type ArmValue,
  type ChoiceRow,
  countGoals,
  countValues,
  readChoices,
  readSplitState,
  writeSplitState,
} from './queries.ts';

/** Four looks a day, at the same hours for everybody. */
const lookEveryMs = 21_600_000;

type Learning = Extract<SplitChoice, { readonly kind: 'winner' | 'bandit' }>;

interface Split {
  readonly journey: LinkedJourney;
  readonly step: string;
  readonly arms: readonly LinkedSplitArm[];
  readonly choose: Learning;
}

function learningOf({ program }: Running): readonly Split[] {
  return [...program.journeys.values()].flatMap((journey) =>
    journey.steps.flatMap((step): readonly Split[] => {
      const { do: action } = step;
      if (action.kind !== 'split' || (action.choose.kind !== 'winner' && action.choose.kind !== 'bandit')) return [];
      return [{ journey, step: step.id, arms: action.arms, choose: action.choose }];
    }),
  );
}

/** When splits are looked at next after t; null: none of them learns. */
export function nextLook(running: Running, t: Date): Date | null {
  if (learningOf(running).length === 0) return null;
  return new Date((Math.floor(t.getTime() / lookEveryMs) + 1) * lookEveryMs);
}

export interface Learner {
  /** Looks at the splits whose hour has come; each hour once, whatever the number of processes. */
  look(session: Session, running: Running, t: Date): Promise<void>;
}

/** Remembers the hour that was looked at, so that it asks nothing of the store until the next. */
export function learner(): Learner {
  let seen = '';
  return {
    async look(session, running, t) {
      const hour = new Date(Math.floor(t.getTime() / lookEveryMs) * lookEveryMs);
      const looked = `${running.revision.number} ${hour.getTime()}`;
      if (seen === looked) return;
      for (const split of learningOf(running)) {
        // A name that no journey has, under which looks are remembered.
        if (await takeRun(session, `split/${split.journey.id}/${split.step}`, hour))
          await learn(session, running, split, t);
      }
      seen = looked;
    },
  };
}

async function learn(session: Session, running: Running, split: Split, t: Date): Promise<void> {
  const { journey, step, arms, choose } = split;
  const state = await readSplitState(session, journey.id, step);
  if (state?.decided_at != null) return;
  const counts = await countsOf(session, running, split, t);
  if (counts.length === 0) return;
  const chances = chancesToBeBest(beliefsOf(counts, arms), seedOf(split, t));
  const decision = choose.kind === 'winner' ? decide(counts, chances, { choose, arms }, t) : null;
  const shares = choose.kind === 'bandit' ? withFloor(chances, choose.explore / 10_000) : null;
  await writeSplitState(
    session,
    {
      ...{ journey: journey.id, step },
      shares: shares === null ? null : JSON.stringify(Object.fromEntries(arms.map((arm, i) => [arm.id, shares[i]]))),
      counts: JSON.stringify(counts),
      winner: decision?.winner ?? null,
      isDecided: decision !== null,
    },
    t,
  );
}

type Counted = readonly (ArmCount | ArmValue)[];

async function countsOf(session: Session, running: Running, split: Split, t: Date): Promise<Counted> {
  const { program } = running;
  const { journey, step, arms, choose } = split;
  const ms = (within: Duration) => addExactly(t, within).getTime() - t.getTime();
  const of = { journey: journey.id, step };
  if (choose.kind === 'winner' && choose.by !== 'goal')
    return await countHolding(session, running, split, choose.by, t);
  if (choose.kind === 'winner' || choose.maximise === 'goal') {
    const within = journey.body.goal?.within;
    return within === undefined ? [] : await countGoals(session, { ...of, withinMs: ms(within) }, t);
  }
  const { event, property, within } = choose.maximise;
  const currency = arms.find(({ cost }) => cost !== null)?.cost?.currency ?? program.workspace.currency;
  return await countValues(session, { ...of, withinMs: ms(within), event, property, currency }, t);
}

/** People whose condition is read by one statement. */
const chunkMax = 2_000;

/** For each arm, of how many who took it the condition is true now. Everybody counts whole: a condition has no time in which to come true. */
async function countHolding(
  session: Session,
  running: Running,
  { journey, step }: Split,
  condition: Condition,
  t: Date,
): Promise<Counted> {
  const linked = inRounds(condition, journey.loopsOf, []);
  const statement = running.statements.pairsOverEnrollments(`${journey.version} ${step} winner`, [linked]);
  const counts = new Map<string, { arm: string; people: number; ripe: number; successes: number; first_at: Date }>();
  let after: ChoiceRow | null = null;
  for (;;) {
    const rows: ChoiceRow[] = await readChoices(session, { journey: journey.id, step }, after, chunkMax);
    const { text, values } = forEnrollments(statement, t, {
      lanes: rows.map((row) => row.lane),
      profiles: rows.map((row) => row.profile_id),
      journey: rows.map(() => journey.id),
      key: rows.map((row) => row.key),
      n: rows.map((row) => row.n),
      enteredAt: rows.map((row) => row.entered_at),
      stepSince: rows.map((row) => row.step_since),
      marks: rows.map((row) => JSON.stringify(row.marks)),
      entry: rows.map((row) => JSON.stringify(row.entry)),
    });
    const found = await session.query<{ readonly i: number; readonly h0: boolean }>(text, values);
    const holding = new Set(found.filter(({ h0 }) => h0).map(({ i }) => i - 1));
    for (const [i, { arm, at }] of rows.entries()) {
      const count = counts.get(arm) ?? { arm, people: 0, ripe: 0, successes: 0, first_at: at };
      const more = {
        people: count.people + 1,
        ripe: count.ripe + 1,
        successes: count.successes + (holding.has(i) ? 1 : 0),
      };
      counts.set(arm, { arm, ...more, first_at: at < count.first_at ? at : count.first_at });
    }
    after = rows.at(-1) ?? null;
    if (rows.length < chunkMax) return [...counts.values()];
  }
}

/** What is believed of each arm of the file, in its order; of one that nobody took, as little as can be. */
function beliefsOf(counts: Counted, arms: readonly LinkedSplitArm[]): readonly Belief[] {
  const byArm = new Map(counts.map((one) => [one.arm, one]));
  const values = counts.filter((one): one is ArmValue => 'total' in one);
  if (values.length === 0) {
    return arms.map(({ id }) => {
      const found = byArm.get(id) as ArmCount | undefined;
      return { kind: 'rate', successes: found?.successes ?? 0, tries: found?.ripe ?? 0 };
    });
  }
  const people = sum(values, ({ people: one }) => one);
  const mean =
    sum(values, ({ total }) => total) /
    Math.max(
      1,
      sum(values, ({ ripe }) => ripe),
    );
  const spread = Math.sqrt(
    Math.max(1, sum(values, ({ squares }) => squares) / people - (sum(values, ({ total }) => total) / people) ** 2),
  );
  return arms.map(({ id, cost }) => {
    const found = byArm.get(id) as ArmValue | undefined;
    const ripe = found?.ripe ?? 0;
    // As if one more person had brought what everybody brings: an arm that few took isn't given up for one bad day.
    const brings = ((found?.total ?? 0) + mean) / (ripe + 1);
    return { kind: 'mean', mean: brings - (cost?.amount ?? 0), error: spread / Math.sqrt(ripe + 1) };
  });
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** A test ends when one arm is surely the best, or by its date; null: it goes on. */
function decide(
  counts: Counted,
  chances: readonly number[],
  {
    choose,
    arms,
  }: { readonly choose: Extract<Learning, { readonly kind: 'winner' }>; readonly arms: readonly LinkedSplitArm[] },
  t: Date,
): { readonly winner: string | null } | null {
  const people = new Map(counts.map((one) => [one.arm, one.people]));
  const isFull = arms.every(({ id, weight }) => weight === 0 || (people.get(id) ?? 0) >= choose.eachAtLeast);
  const best = chances.indexOf(Math.max(...chances));
  if (isFull && (chances[best] ?? 0) >= choose.confidence / 10_000) return { winner: arms[best]?.id ?? null };
  const began = new Date(Math.min(...counts.map(({ first_at }) => first_at.getTime())));
  return addExactly(began, choose.decideBy) <= t ? { winner: choose.undecided } : null;
}

function seedOf({ journey, step }: Split, t: Date): number {
  return createHash('sha256').update(`${journey.id}\0${step}\0${t.getTime()}`).digest().readUInt32BE(0);
}
