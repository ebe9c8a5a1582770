/**
 * A channel's due messages, batch after batch: marked, prepared, sent, recorded. While batches are on their way the next one is made
 * ready, so that a provider's connections never wait for the store. A mark is committed before the call.
 */
import assert from 'node:assert';
import type { ChannelAdapter, SendOutcome } from '../../channels/adapter.ts';
import type { ChannelBody } from '../../compiler/ir.ts';
import type { DispatchCatalogue } from './catalogue.ts';
import { type Claimed, claimBatch, isConnected } from './claim.ts';
import type { AttemptRow } from './claimed-message.ts';
import type { DispatchLimits } from './limits.ts';
import type { OutboxMark } from './outbox-mark.ts';
import type { Pass } from './pass.ts';
import type { PreparedBatch, PreparedMessage } from './prepare.ts';
import { askLeave, giveBack } from './rate-lease.ts';
import type { Recorder } from './recorder.ts';
import { type DispatchReport, tally } from './report.ts';
import { settlementOf } from './settle.ts';
import type { SharedSession } from './shared-session.ts';

/** What all channels of a dispatcher share. */
export interface Dispatching {
  readonly store: SharedSession;
  readonly recorder: Recorder;
  readonly limits: DispatchLimits;
  readonly dispatcherId: string;
  /** False: channels know no rate. */
  readonly isRated: boolean;
  catalogue(): DispatchCatalogue;
  adapter(channelId: string, body: ChannelBody): ChannelAdapter;
  /** Among which the concurrency of channels is shared. */
  processes(): number;
  /** The time, but never before t. */
  instant(t: Date): Date;
  isClosing(): boolean;
  readonly mark: OutboxMark;
}

/** One call of `dispatchDue` for a channel. */
interface Run {
  readonly dispatching: Dispatching;
  readonly channelId: string;
  readonly t: Date;
  /** Moves on with each batch that is marked. */
  pass: Pass;
  readonly report: DispatchReport;
}

/** Sends what is due of a channel, up to the limits. Errors: the store's, and what an adapter throws; batches on their way end before. */
export async function dispatchChannel(run: Run): Promise<void> {
  const { dispatching, channelId } = run;
  const body = dispatching.catalogue().channel(channelId);
  const most = mostInHand(dispatching, body);
  const rate = dispatching.isRated ? body?.rate : undefined;
  if (rate !== undefined || body?.concurrency !== undefined || most === 1) await sendInTurn(run, { most, rate });
  else await sendAhead(run, { most, width: Math.min(most - 1, batchesAtOnce(run, body)) });
}

/** The channel's concurrency is shared equally; a process that has just begun is counted with its first heartbeats. */
function mostInHand({ limits, processes }: Dispatching, body: ChannelBody | undefined): number {
  if (body?.concurrency === undefined) return usuallyInHand(limits, body);
  return Math.max(1, Math.floor(body.concurrency / processes()));
}

function usuallyInHand(limits: DispatchLimits, body: ChannelBody | undefined): number {
  switch (body?.via.kind) {
    case 'smtp':
      return limits.smtpBatchMax;
    case 'twilio':
    case 'firebase':
    case 'webhook':
      return limits.calledBatchMax;
    default:
      return limits.batchMax;
  }
}

function batchesAtOnce({ dispatching, channelId }: Run, body: ChannelBody | undefined): number {
  return isConnected(body) ? (dispatching.adapter(channelId, body).batchesAtOnce ?? 1) : 1;
}

/** A channel with a rate or a bound of its own: leave is taken before anything is marked, and what isn't used is given back. */
async function sendInTurn(
  run: Run,
  { most, rate }: { readonly most: number; readonly rate: ChannelBody['rate'] },
): Promise<void> {
  const { channelId, t, report } = run;
  const { store, instant, isClosing, limits } = run.dispatching;
  for (let round = 0; round < limits.roundsMax; round += 1) {
    if (isClosing()) return;
    const leave = rate && (await store((session) => askLeave(session, channelId, rate, { t: instant(t), most })));
    const limit = leave?.granted ?? most;
    const claimed = limit === 0 ? null : await claim(run, limit);
    const rows = claimed?.rows.length ?? 0;
    if (leave && rows < limit) await store((session) => giveBack(session, leave, limit - rows));
    if (claimed !== null && rows > 0) await sendBatch(run, await load(run, claimed));
    if (leave && rows === limit && limit < most) report.nextAt = earlier(report.nextAt, leave.nextAt);
    if (rows < most) return;
  }
  report.isMore = true;
}

/** Messages of the first batch of many; each of the next has twice as many. Connections get something to do while more is made ready. */
const firstBatch = 50;

/**
 * A channel without: up to `width` batches are on their way while the next one is marked and prepared, all together no more than `most`. Those
 * of a width of one end in the order in which they were marked.
 */
async function sendAhead(run: Run, { most, width }: { readonly most: number; readonly width: number }): Promise<void> {
  const { recorder, instant, isClosing, limits } = run.dispatching;
  const size = Math.floor(most / (width + 1));
  const flying = new Set<Promise<void>>();
  const faults: unknown[] = [];
  const launch = (loaded: Loaded): void => {
    const flight: Promise<void> = sendBatch(run, loaded)
      .catch((fault: unknown) => void faults.push(fault))
      .finally(() => flying.delete(flight));
    flying.add(flight);
  };
  try {
    for (let round = 0; !isClosing() && faults.length === 0; round += 1) {
      if (round >= limits.roundsMax * (width + 1)) {
        run.report.isMore = true;
        break;
      }
      const limit = Math.min(firstBatch * 2 ** round, size);
      const loaded = await load(run, await claim(run, limit));
      while (flying.size >= width) await Promise.race(flying);
      if (isClosing() || faults.length > 0)
        recorder.putBack(marksOf(loaded), 'sending ended before its turn', instant(run.t));
      else if (loaded.count > 0) launch(loaded);
      if (loaded.count < limit) break;
    }
  } finally {
    await Promise.all(flying);
  }
  if (faults.length > 0) throw faults[0];
}

async function claim(run: Run, limit: number): Promise<Claimed> {
  const { channelId, t, pass } = run;
  const { store, recorder, dispatcherId, catalogue } = run.dispatching;
  const wanted = { channel: channelId, t, pass, dispatcher: dispatcherId, limit };
  return await store(async (session) => {
    const claimed = await claimBatch(session, wanted, catalogue());
    run.pass = claimed.pass;
    // Before anybody else has his turn: whoever looks for abandoned attempts must know of them.
    recorder.take(claimed.rows);
    return claimed;
  });
}

/** A batch that is marked, with what of it may leave. What it was made of isn't kept: it is several times as large. */
interface Loaded {
  readonly count: number;
  readonly channel: ChannelBody | null;
  readonly prepared: PreparedBatch;
}

const nothing: PreparedBatch = { ready: [], stopped: [] };

/** When the store is lost here, nothing has left: the marked rows go back to the queue with what is recorded next. */
async function load({ dispatching, t }: Run, { rows, channel, prepare }: Claimed): Promise<Loaded> {
  const { store, recorder, instant } = dispatching;
  try {
    return { count: rows.length, channel, prepared: rows.length === 0 ? nothing : await store(prepare) };
  } catch (error) {
    recorder.putBack(rows, 'the store was lost before sending', instant(t));
    throw error;
  }
}

function marksOf({ prepared: { ready, stopped } }: Loaded): readonly AttemptRow[] {
  return [...ready, ...stopped].map(({ row }) => row);
}

async function sendBatch({ dispatching, channelId, t, report }: Run, { channel, prepared }: Loaded): Promise<void> {
  const { recorder, limits, instant } = dispatching;
  const { ready, stopped } = prepared;
  const adapter = channel === null ? null : dispatching.adapter(channelId, channel);
  const { outcomes, fault } = await send(adapter, ready);
  const at = instant(t);
  const settled = ready.map((one, i) => settlementOf(one, outcomes[i]!, at, limits));
  const all = stopped.length === 0 ? settled : [...stopped, ...settled];
  report.attempted += ready.length;
  tally(report, all);
  await recorder.record(all, at);
  if (fault) throw fault;
}

/** An adapter doesn't throw. One that does has a bug: the batch's outcome is recorded as unknown, then the fault goes on. */
async function send(
  adapter: ChannelAdapter | null,
  ready: readonly PreparedMessage[],
): Promise<{ readonly outcomes: readonly SendOutcome[]; readonly fault?: unknown }> {
  if (ready.length === 0 || adapter === null) return { outcomes: [] };
  try {
    const outcomes = await adapter.send(ready.map(({ message }) => message));
    assert.equal(outcomes.length, ready.length, 'an adapter returns one outcome a message');
    return { outcomes };
  } catch (fault) {
    return { outcomes: ready.map(() => ({ kind: 'unknown', reason: 'the channel failed without an outcome' })), fault };
  }
}

function earlier(one: Date | null, other: Date): Date {
  return one !== null && one < other ? one : other;
}
