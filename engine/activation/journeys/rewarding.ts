/**
 * Steps that give points and spend them: `award` and `redeem`. What they book stands at once, so that the next step reads it; who isn't a
 * member, or has too few points, goes the other way. The same step of the same enrollment books once (LANGUAGE b30).
 */
import type { Condition, StepAction } from '../../compiler/ir.ts';
import type { Step } from '../../compiler/linked-journey.ts';
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import type { Answer, PostingOf } from '../../loyalty/ledger/book-postings.ts';
import { timesOfLot } from '../../loyalty/terms.ts';
import type { Batch } from '../batch.ts';
import { type OwnEvent, tellOwnEvents } from '../facts/own-events.ts';
import { book } from '../loyalty/booking.ts';
import { type Enrollment, type Onward, passed } from './enrollment.ts';
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
  const { body } = programmeOf(batch, program);
  const may = await whoMay(batch, step, [body.members], passing);
  const at = batch.t.getTime();
  const postings = may.map((one): PostingOf => {
    const source = reason ?? `${one.journey.id}/${step.id}`;
    const posting = { kind: 'earn', points, at, ...timesOfLot(body.points, at), source, match: null } as const;
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
  const may = await whoMay(batch, step, [body.members, reward.where], passing);
  const { cost: points } = reward;
  const postings = may.map((one): PostingOf => {
    return { ...whoOf(one, program), posting: { kind: 'redeem', points, source: id, ...keyOf(one, step, points) } };
  });
  const { answers } = await book(batch, postings, { hops: hopsOf(may) });
  const redeemed = may.flatMap((one, i): OwnEvent[] => {
    if (answers[i]?.status !== 'booked') return [];
    const { lane, profileId, hop } = one;
    const properties = { program, reward: id, points };
    return [{ lane, profileId, hop, type: 'reward_redeemed', at: batch.t, properties }];
  });
  tellOwnEvents(batch, redeemed);
  return goOn(batch, step, passing, { may, answers, done: 'redeemed' });
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
  came: { readonly may: readonly Enrollment[]; readonly answers: readonly Answer[]; readonly done: string },
): readonly Onward[] {
  const { may, answers, done } = came;
  const byOne = new Map(may.map((one, i) => [one, answers[i]]));
  return passing.map((enrollment): Onward => {
    const answer = byOne.get(enrollment);
    const isDone = answer?.status === 'booked' || answer?.status === 'repeated';
    const outcome = isDone ? done : answer === undefined ? 'not a member' : answer.status;
    passed(enrollment, step.index, outcome, batch.t, detailOf(answer));
    return { enrollment, to: isDone ? step.then : step.otherwise };
  });
}

function detailOf(answer: Answer | undefined): unknown {
  if (answer === undefined) return null;
  if ('points' in answer) return { points: answer.points };
  return 'missing' in answer ? { missing: answer.missing } : null;
}
