/**
 * Supplies over all lanes: a reward's stock, a pool of codes. A lane never counts what others took: it spends its own lease and asks for
 * more by a row. Whoever looks here first gives, in a short transaction under the lock of the thing; when nothing is left, what idle lanes
 * hold is taken back first. So the last units may wait for a lease to come back, and nothing is sold twice.
 */
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import type { OwnSession, Session } from '../../store/session.ts';
import {
  answerLanes,
  askedThings,
  freeCodes,
  leaseCodes,
  lockAsking,
  lockSupply,
  saveSupply,
  takeBack,
  unitsOut,
} from './queries.ts';

type Programmes = ReadonlyMap<string, LinkedProgramme>;

/** Who was told that there is none asks again after so long. */
const noneMs = 60_000;

/** What a reward takes one of: `stock/fridge`, `codes/airtime`. */
export function thingsOf(reward: LinkedProgramme['body']['rewards'][number]): readonly string[] {
  const { codes } = reward.give as { readonly codes?: string };
  return [...(reward.stock === null ? [] : [`stock/${reward.id}`]), ...(codes === undefined ? [] : [`codes/${codes}`])];
}

/** Answers lanes that ask; returns how many. Where no reward is bounded it asks nothing of the store. */
export async function giveSupplies(session: OwnSession, programmes: Programmes, now: Date): Promise<number> {
  const isBounded = [...programmes.values()].some(
    ({ body }) => (body.budgets ?? []).length > 0 || body.rewards.some((one) => thingsOf(one).length > 0),
  );
  if (!isBounded) return 0;
  let answered = 0;
  for (const asked of await askedThings(session)) {
    answered += await session.transaction((inside) => give(inside, programmes, asked, now));
  }
  return answered;
}

interface Thing {
  readonly program: string;
  readonly thing: string;
}

async function give(session: Session, programmes: Programmes, of: Thing, now: Date): Promise<number> {
  const { program, thing } = of;
  const before = await lockSupply(session, program, thing);
  const asking = await lockAsking(session, program, thing);
  if (asking.length === 0) return 0;
  const wanted = asking.reduce((sum, one) => sum + one.wanted, 0);
  const granted = thing.startsWith('codes/')
    ? await giveOfPool(session, of, asking, wanted)
    : await giveOfStock(session, of, asking, { before, total: stockOf(programmes, of), wanted });
  // While others hold units that may come back, those who got none go on waiting.
  const isOver = granted.every(({ units }) => units === 0) && (await unitsOut(session, program, thing)) === 0;
  const answers = granted.filter(({ units }) => units > 0 || isOver);
  await answerLanes(session, of, answers, new Date(now.getTime() + noneMs));
  return answers.length;
}

function stockOf(programmes: Programmes, { program, thing }: Thing): number {
  const [kind, id] = thing.split('/');
  if (kind === 'budget') return programmes.get(program)?.body.budgets?.find((one) => one.id === id)?.points ?? 0;
  const reward = programmes.get(program)?.body.rewards.find(({ id }) => thing === `stock/${id}`);
  return reward === undefined ? 0 : (reward.stock ?? Number.POSITIVE_INFINITY);
}

interface Asking {
  readonly lane: number;
  readonly wanted: number;
}

interface Granted {
  readonly lane: number;
  readonly units: number;
}

async function giveOfStock(
  session: Session,
  { program, thing }: Thing,
  asking: readonly Asking[],
  { before, total, wanted }: { readonly before: number; readonly total: number; readonly wanted: number },
): Promise<readonly Granted[]> {
  let taken = before;
  if (total - taken < wanted) {
    for (const { units } of await takeBack(session, program, thing)) taken -= units;
  }
  const granted = asking.map(({ lane, wanted: asked }) => {
    const units = Math.max(0, Math.min(asked, total - taken));
    taken += units;
    return { lane, units };
  });
  await saveSupply(session, program, thing, taken);
  return granted;
}

async function giveOfPool(
  session: Session,
  { program, thing }: Thing,
  asking: readonly Asking[],
  wanted: number,
): Promise<readonly Granted[]> {
  const pool = thing.slice('codes/'.length);
  const granted: { lane: number; units: number }[] = [];
  for (const { lane, wanted: asked } of asking) {
    granted.push({ lane, units: await leaseCodes(session, program, pool, lane, asked) });
  }
  const got = granted.reduce((sum, { units }) => sum + units, 0);
  if (got === wanted) return granted;
  const back = await takeBack(session, program, thing);
  await freeCodes(
    session,
    program,
    pool,
    back.map(({ lane }) => lane),
  );
  for (const one of granted) {
    const missing = (asking.find(({ lane }) => lane === one.lane)?.wanted ?? 0) - one.units;
    if (missing > 0) one.units += await leaseCodes(session, program, pool, one.lane, missing);
  }
  return granted;
}
