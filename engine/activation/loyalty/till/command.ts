/**
 * A command at a till: it waits for the person's lane, runs as a transaction of one person, and commits. What it books is told as events,
 * as everything is that lanes book. A caller's key is one of its programme: the same key with the same body is answered alike.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../compiler/canonical.ts';
import type { Who } from '../../../loyalty/ledger/queries.ts';
import { paymentSource } from '../../../loyalty/payment.ts';
import { claimKey, lockLane, waitBriefly } from '../../../loyalty/queries.ts';
import { readByKey, type TillRow } from '../../../loyalty/till/queries.ts';
import { notifyInbox } from '../../../profiles/queries.ts';
import type { OwnSession, Session } from '../../../store/session.ts';
import type { Batch } from '../../batch.ts';
import { zonesOfBatch } from '../../journeys/moments/zones.ts';
import { journeyVersions } from '../../journeys/versions.ts';
import { calendars } from '../../messages/calendar.ts';
import { messageIds } from '../../messages/message-ids.ts';
import { pausesOf } from '../../messages/pauses.ts';
import { rulesOf } from '../../messages/rules.ts';
import { peopleOfBatch } from '../../people.ts';
import type { Running } from '../../running.ts';
import { writesOfBatch } from '../../writes.ts';

/** The caller's key and a digest of all he asked. */
export interface Caller {
  readonly key: string;
  readonly digest: string;
}

export function callerOf(key: string, asked: object): Caller {
  return { key, digest: createHash('sha256').update(canonicalJson(asked)).digest('hex') };
}

/** Why nothing was booked. */
export type Refusal =
  /** Another body came under this key. */
  | { readonly why: 'conflict' }
  | { readonly why: 'short'; readonly missing: number }
  | {
      readonly why:
        | 'no-member'
        | 'not-eligible'
        | 'not-offered'
        | 'limit'
        | 'sold-out'
        /** The hold has lapsed or was resolved; the transaction was cancelled before. */
        | 'over'
        | 'unknown-transaction'
        | 'unknown-reward'
        | 'nothing-to-pay';
    };

export type TillAnswer =
  | {
      readonly status: 'done' | 'repeated';
      readonly transaction: number;
      readonly points: number;
      readonly reward: string | null;
      /** They pay so much of an amount, as the programme says. */
      readonly isPayment: boolean;
      readonly code: string | null;
      /** Of a hold: until then. */
      readonly until: Date | null;
    }
  | ({ readonly status: 'refused' } & Refusal);

export type TillWork = (batch: Batch) => Promise<TillAnswer | 'wait'>;

export function answerOf(row: TillRow, status: 'done' | 'repeated'): TillAnswer {
  const { txn_id: transaction, points, code, until, source } = row;
  const isPayment = source === paymentSource;
  const reward = source === '' || source === ownSource || isPayment ? null : source;
  return { status, transaction, points, reward, isPayment, code, until };
}

/** The source of points that were spent on no reward. */
export const ownSource = 'till';

/** The ledger's key of what a caller asked. */
export function keyOf({ key }: Caller): string {
  return `till/${key}`;
}

/** Carries out a command. `wait`: the lane asked for something. Errors: those of the store; `55P03` when the lane isn't free within two seconds. */
export async function atTill(
  session: OwnSession,
  {
    running,
    who,
    caller,
    now,
  }: { readonly running: Running; readonly who: Who; readonly caller: Caller; readonly now: Date },
  work: TillWork,
): Promise<TillAnswer | 'wait'> {
  const answer = await session.transaction(async (inside) => {
    await waitBriefly(inside);
    const last = await lockLane(inside, who.lane);
    if ((await claimKey(inside, who, caller)) === 'conflict') return { status: 'refused', why: 'conflict' } as const;
    const known = await readByKey(inside, who, keyOf(caller));
    if (known !== null) return answerOf(known, 'repeated');
    const batch = batchOf(inside, running, who.lane, new Date(Math.max(now.getTime(), last?.getTime() ?? 0)));
    return await batch.writes.through(() => work(batch));
  });
  if (answer !== 'wait' && answer.status === 'done') await notifyInbox(session);
  return answer;
}

/** What the parts of a lane's transaction share, for one person at a till. */
export function batchOf(
  session: Session,
  running: Pick<Running, 'program' | 'statements'>,
  lane: number,
  t: Date,
): Batch {
  const { program, statements } = running;
  return {
    ...{ session, program, statements, t },
    // Of journeys and messages nothing is read here.
    versions: journeyVersions(program),
    calendars: calendars([], program.workspace.weekStarts),
    rules: rulesOf([], []),
    pauses: pausesOf(() => false, []),
    messageIds: messageIds(),
    lanes: [lane],
    isImport: false,
    lastTimes: new Map(),
    people: peopleOfBatch(),
    zones: zonesOfBatch(),
    observed: [],
    writes: writesOfBatch(),
  };
}
