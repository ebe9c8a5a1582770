/**
 * Steps that give points and spend them: `award` and `redeem`. What they book stands at once, so that the next step reads it; who isn't a
 * member, or has too few points, goes the other way. The same step of the same enrollment books once (LANGUAGE b30).
 */
import type { Condition, StepAction } from '../../compiler/ir.ts';
import type { Step } from '../../compiler/linked-journey.ts';
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import type { Answer, PostingOf } from '../../loyalty/ledger/booking.ts';
import { withinLimits } from '../../loyalty/limits.ts';
import { isOffered } from '../../loyalty/offered.ts';
import { timesOfLot } from '../../loyalty/terms.ts';
import type { Batch } from '../batch.ts';
import { type OwnEvent, tellOwnEvents } from '../facts/own-events.ts';
import { book } from '../loyalty/booking.ts';
import { redeemedEvent } from '../loyalty/redeemed.ts';
import { supply, take } from '../loyalty/supplied.ts';
import { type Enrollment, type Onward, passed, stand } from './enrollment.ts';
import { readConditions } from './evaluate.ts';
import { roundsKey } from './repeating.ts';

type Act<K extends StepAction['kind']> = Extract<StepAction, { readonly kind: K }>;

/** Gives points. */
export async function award(
  batch: Batch,
  step: Step,
  { program, points, reason }: Act<'award'>,
  passing: readonly Enrollment[],
): Promise<readonly Onward[]> {
  const programme = programmeOf(batch, program);
  const { body } = programme;
  const may = await whoMay(batch, step, [body.members], passing);
  const at = batch.t.getTime();
  const postings = may.map((one): PostingOf => {
    const source = reason ?? `${one.journey.id}/${step.id}`;
    const posting = { kind: 'earn', points, at, ...timesOfLot(programme, at), source, match: null } as const;
    return { ...whoOf(one, program), posting: { ...posting, ...keyOf(one, step, points), issuer: body.issuer } };
  });
  const { answers } = await book(batch, postings, { hops: hopsOf(may) });
  return goOn(batch, step, passing, { may, answers, done: 'awarded' });
}

/** Spends points on a reward. */
export async function redeem(
  batch: Batch,
  step: Step,
  { program, reward: id }: Act<'redeem'>,
  passing: readonly Enrollment[],
): Promise<readonly Onward[]> {
  const { body } = programmeOf(batch, program);
  const reward = body.rewards.find((one) => one.id === id);
  if (reward === undefined) throw new Error(`assertion failed: ${program} has no reward ${id}`);
  if (!isOffered(reward, batch.t))
    return goOn(batch, step, passing, {
      may: [],
      answers: [],
      done: '',
      without: new Map(passing.map((one) => [one, 'not offered'])),
    });
  const allowed = await whoMay(batch, step, [body.members, reward.where], passing);
  const within = await withinLimit(batch, program, reward, allowed);
  const { ready: may, waiting, none } = await supply(batch, program, reward, within);
  for (const one of waiting) stand(one, step.index, 'due', new Date(batch.t.getTime() + supplyMs));
  const { cost: points } = reward;
  const postings = may.map((one): PostingOf => {
    return { ...whoOf(one, program), posting: { kind: 'redeem', points, source: id, ...keyOf(one, step, points) } };
  });
  const { answers } = await book(batch, postings, { hops: hopsOf(may) });
  const codes = await take(batch, program, reward, { ready: may, waiting, answers });
  const redeemed = may.flatMap((one, i): OwnEvent[] => {
    const answer = answers[i];
    if (answer?.status !== 'booked') return [];
    const code = codes.get(answer.txnId) ?? null;
    return [redeemedEvent(one, { program, reward, points, code, t: batch.t })];
  });
  tellOwnEvents(batch, redeemed);
  const resting = new Set(waiting);
  const without = new Map<Enrollment, string>([
    ...none.map((one) => [one, 'sold out'] as const),
    ...allowed.flatMap((one) => (within.includes(one) ? [] : [[one, 'limit'] as const])),
  ]);
  const others = passing.filter((one) => !resting.has(one));
  return goOn(batch, step, others, { may, answers, done: 'redeemed', without });
}

/** A lane that asked for stock or codes is answered within about so long. */
const supplyMs = 1_000;

/** Those who had the reward less often than its limit says. */
async function withinLimit(
  batch: Batch,
  program: string,
  reward: LinkedProgramme['body']['rewards'][number],
  some: readonly Enrollment[],
): Promise<readonly Enrollment[]> {
  const { limit = null } = reward;
  if (limit === null || some.length === 0) return some;
  const at = batch.t.getTime();
  const asked = some.map((one) => ({ ...whoOf(one, program), points: 1, at, source: reward.id, limit, one }));
  const within = await withinLimits(batch.session, asked, batch.program.definitions, 'redeem');
  return within.map(({ one }) => one);
}

function programmeOf(batch: Batch, program: string): LinkedProgramme {
  const programme = batch.program.programmes.get(program);
  if (programme === undefined) throw new Error(`assertion failed: there is no programme ${program}`);
  return programme;
}

/** Those of whom all of the conditions hold. */
async function whoMay(
  batch: Batch,
  step: Step,
  asked: readonly (Condition | null)[],
  passing: readonly Enrollment[],
): Promise<readonly Enrollment[]> {
  const conditions = asked.filter((one): one is Condition => one !== null);
  if (conditions.length === 0) return passing;
  const readings = await readConditions(batch, `${passing[0]?.journey.version} ${step.id} may`, conditions, passing);
  return passing.filter((_, i) => readings[i]?.holds.every((holds) => holds) === true);
}

function whoOf({ lane, profileId }: Enrollment, program: string) {
  return { lane, profileId, program };
}

/** One posting for each enrollment, step and round. */
function keyOf({ journey, key, n, marks }: Enrollment, step: Step, points: number) {
  const round = step.loops.length === 0 ? 0 : (marks[roundsKey] ?? 0);
  return { key: `step/${journey.id}/${key}/${n}/${step.id}/${round}`, digest: String(points) };
}

function hopsOf(some: readonly Enrollment[]): ReadonlyMap<number, number> {
  return new Map(some.map(({ profileId, hop }) => [profileId, hop]));
}

function goOn(
  batch: Batch,
  step: Step,
  passing: readonly Enrollment[],
  came: {
    readonly may: readonly Enrollment[];
    readonly answers: readonly Answer[];
    readonly done: string;
    /** Why somebody isn't among them. Default: he is no member. */
    readonly without?: ReadonlyMap<Enrollment, string>;
  },
): readonly Onward[] {
  const { may, answers, done } = came;
  const byOne = new Map(may.map((one, i) => [one, answers[i]]));
  return passing.map((enrollment): Onward => {
    const answer = byOne.get(enrollment);
    const isDone = answer?.status === 'booked' || answer?.status === 'repeated';
    const outcome = isDone
      ? done
      : answer === undefined
        ? (came.without?.get(enrollment) ?? 'not a member')
        : answer.status;
    passed(enrollment, step.index, outcome, batch.t, detailOf(answer));
    return { enrollment, to: isDone ? step.then : step.otherwise };
  });
}

function detailOf(answer: Answer | undefined): unknown {
  if (answer === undefined) return null;
  if ('points' in answer) return { points: answer.points };
  return 'missing' in answer ? { missing: answer.missing } : null;
}
