/** Which redemptions may take one of what is bounded: a reward's stock, a code of a pool. What a lane lacks it asks for, and its people wait. */
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import type { Answer } from '../../loyalty/ledger/booking.ts';
import { thingsOf } from '../../loyalty/supplies/give.ts';
import {
  type Given,
  giveCodes,
  type LeaseUse,
  lockLeases,
  makeCodes,
  useLeases,
} from '../../loyalty/supplies/queries.ts';
import type { Batch } from '../batch.ts';

type Reward = LinkedProgramme['body']['rewards'][number];

/** Who wants a reward: an enrollment, or somebody at a till. */
interface Wanting {
  readonly lane: number;
}

export interface Supplied<W extends Wanting> {
  readonly ready: readonly W[];
  /** The lane has none left and asks. */
  readonly waiting: readonly W[];
  /** There are none left at all. */
  readonly none: readonly W[];
}

/** Sorts those who want a reward by what their lanes hold. */
export async function supply<W extends Wanting>(
  batch: Batch,
  program: string,
  reward: Reward,
  passing: readonly W[],
): Promise<Supplied<W>> {
  const things = thingsOf(reward);
  if (things.length === 0 || passing.length === 0) return { ready: passing, waiting: [], none: [] };
  const lanes = [...new Set(passing.map(({ lane }) => lane))];
  const leases = new Map(
    (await lockLeases(batch.session, { lanes, program, things })).map((row) => [`${row.lane} ${row.thing}`, row]),
  );
  const left = new Map([...leases].map(([key, { units }]) => [key, units]));
  const found: { ready: W[]; waiting: W[]; none: W[] } = {
    ready: [],
    waiting: [],
    none: [],
  };
  for (const one of passing) {
    const keys = things.map((thing) => `${one.lane} ${thing}`);
    const lacking = keys.filter((key) => (left.get(key) ?? 0) === 0);
    if (lacking.length === 0) {
      for (const key of keys) left.set(key, (left.get(key) ?? 0) - 1);
      found.ready.push(one);
    } else {
      const isOver = lacking.some((key) => (leases.get(key)?.none_until ?? batch.t) > batch.t);
      (isOver ? found.none : found.waiting).push(one);
    }
  }
  return found;
}

/** After the booking: spends the leases, asks for what is missing, and gives codes; by transaction. */
export async function take(
  batch: Batch,
  program: string,
  reward: Reward,
  { ready, waiting, answers }: Pick<Supplied<Wanting>, 'ready' | 'waiting'> & { readonly answers: readonly Answer[] },
): Promise<ReadonlyMap<number, string>> {
  const booked = ready.flatMap((one, i) => {
    const answer = answers[i];
    return answer?.status === 'booked' ? [{ lane: one.lane, txnId: answer.txnId }] : [];
  });
  const lanes = [...new Set([...booked, ...waiting].map(({ lane }) => lane))].sort((a, b) => a - b);
  const uses = thingsOf(reward).flatMap((thing) =>
    lanes.map((lane): LeaseUse => {
      const of = (some: readonly { readonly lane: number }[]) => some.filter((one) => one.lane === lane).length;
      return { lane, thing, used: of(booked), wanted: of(waiting) };
    }),
  );
  batch.writes.later(useLeases(batch.session, program, uses));
  const { codes, coupon } = reward.give as { readonly codes?: string; readonly coupon?: string };
  if (booked.length === 0 || (codes === undefined && coupon === undefined)) return new Map();
  const counts = new Map<number, number>();
  const given = booked.map(({ lane, txnId }): Given => {
    const n = counts.get(lane) ?? 0;
    counts.set(lane, n + 1);
    return { lane, txnId, n };
  });
  const rows =
    codes !== undefined
      ? await giveCodes(batch.session, { program, pool: codes }, given)
      : await makeCodes(batch.session, { program, pool: `coupon/${coupon}` }, given);
  return new Map(rows.map(({ txn_id: txnId, code }) => [txnId, code]));
}
