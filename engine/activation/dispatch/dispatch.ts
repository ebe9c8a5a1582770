/**
 * Takes due messages out of the outbox and hands them to their channels: mark, check, render, send, record. A mark is committed
 * before the call, so a message of marketing is sent at most once and one of service at least once. What a message's fate means for
 * its journey is the lane's business: it reads the outcome from its inbox.
 */
import type { ChannelAdapter, SendOutcome } from '../../channels/adapter.ts';
import type { Clock } from '../../clock/clock.ts';
import type { ChannelBody } from '../../compiler/ir.ts';
import type { OwnSession } from '../../store/session.ts';
import { type Observer, unobserved } from '../observer.ts';
import type { DispatchCatalogue } from './catalogue.ts';
import type { Dispatching } from './channel-run.ts';
import { type ChannelRuns, channelRuns } from './channel-runs.ts';
import { type DispatchLimits, defaultDispatchLimits } from './limits.ts';
import { createOutboxMark } from './outbox-mark.ts';
import { dispatchSettings, lockAbandoned } from './queries.ts';
import { createRecorder } from './recorder.ts';
import { type DispatchReport, sumOf, tellOf } from './report.ts';
import { recordSettlements, settlementOf } from './settle.ts';
import { oneAtATime, type SharedSession } from './shared-session.ts';

export interface DispatcherOptions {
  /** Opens a connection of the dispatcher, which has two, again after it was lost. The settings pin its plans. */
  openSession(settings: Readonly<Record<string, string>>): Promise<OwnSession>;
  /** The live revision's; asked at each batch. */
  catalogue(): DispatchCatalogue;
  adapter(channelId: string, body: ChannelBody): ChannelAdapter;
  readonly clock: Clock;
  /** A row of `worker` with this id must beat while the dispatcher lives. */
  readonly dispatcherId: string;
  readonly limits?: Partial<DispatchLimits>;
  /** Among which the concurrency of channels is shared. Default: one. */
  readonly processes?: () => number;
  /** False: channels know no rate, as in simulations. Default: they do. */
  readonly isRated?: boolean;
  /** Each look is at the whole outbox, as in simulations, where nobody holds a snapshot. Default: only once in a while. */
  readonly isThorough?: boolean;
  /** Told what became of messages, once it is recorded. Default: nobody. */
  readonly observe?: Observer;
}

export interface Dispatcher {
  /** Sends what is due at t; `channels`: where that is, for those who know. Throws what the store throws; what was sent and couldn't be recorded is recorded first next time. */
  dispatchDue(t: Date, channels?: readonly string[]): Promise<DispatchReport>;
  /**
   * Begins to send what is due at t by channels that aren't sending already, and waits for none: a slow one holds up no other. Each run ends with
   * the report of its channel; `isMore`, too, when something became due meanwhile. Errors: as above, of the look here, of a channel by its run.
   */
  beginDue(t: Date): Promise<readonly Promise<DispatchReport>[]>;
  /** Settles attempts of dispatchers that died: marketing is uncertain, service is tried again. Returns how many. */
  recoverAbandoned(t: Date): Promise<number>;
  /** Lets the batches in hand end, then closes the connection. Adapters are closed by who made them. */
  close(): Promise<void>;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { clock } = options;
  const open = () => options.openSession(dispatchSettings);
  // A connection is rarely lost alone.
  const store: SharedSession = oneAtATime(open, () => records.renew());
  // Outcomes have their own: a busy process reads an answer late, and a mark that waited for that of a record would be later yet.
  const records: SharedSession = oneAtATime(open, () => store.renew());
  const recorder = createRecorder(records, options.observe);
  let isClosing = false;
  let running: Promise<unknown> = Promise.resolve();
  const dispatching: Dispatching = {
    ...{ store, recorder, limits: { ...defaultDispatchLimits, ...options.limits } },
    ...{ dispatcherId: options.dispatcherId, isRated: options.isRated !== false },
    catalogue: () => options.catalogue(),
    adapter: (channelId, body) => options.adapter(channelId, body),
    processes: () => options.processes?.() ?? 1,
    instant: (t) => (clock.now() > t ? clock.now() : t),
    isClosing: () => isClosing,
    mark: createOutboxMark(options.isThorough === true),
  };

  const runs = channelRuns(dispatching);

  /** Calls follow one another; a failed one doesn't stop the next. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = running.then(work, work);
    running = turn.catch(() => {});
    return turn;
  }

  return {
    dispatchDue: (t, channels) => inTurn(() => sendDue(runs, t, channels)),
    beginDue: (t) => inTurn(() => runs.begin(t)),
    recoverAbandoned: (t) => inTurn(() => settleAbandoned(dispatching, options.observe ?? unobserved, t)),
    async close() {
      isClosing = true;
      await running;
      await runs.ended();
      // What was sent while the store was away is told now if it's back; else it will be found in doubt.
      await recorder.flush(clock.now()).catch(() => {});
      await Promise.all([store.close(), records.close()]);
    },
  };
}

/** Each channel ends before the first error is thrown. */
async function sendDue(runs: ChannelRuns, t: Date, channels?: readonly string[]): Promise<DispatchReport> {
  const ended = await Promise.allSettled(await runs.begin(t, channels));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return sumOf(ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
}

const abandoned: SendOutcome = { kind: 'unknown', reason: 'the dispatcher ended before it told the outcome' };

async function settleAbandoned(dispatching: Dispatching, observe: Observer, t: Date): Promise<number> {
  const { store, recorder, limits, dispatcherId, instant } = dispatching;
  const beforeBeat = new Date(t.getTime() - limits.abandonedAfterMs);
  const at = instant(t);
  let settled = 0;
  for (let round = 0; round < limits.roundsMax; round += 1) {
    const settlements = await store((session) =>
      session.transaction(async (tx) => {
        // What is in hand is asked when the turn has come: channels go on marking meanwhile.
        const look = { dispatcher: dispatcherId, inHand: recorder.inHand(), beforeBeat, limit: limits.batchMax };
        const rows = await lockAbandoned(tx, look);
        const found = rows.map((row) => settlementOf({ row }, abandoned, at, limits));
        if (found.length > 0) await recordSettlements(tx, found, at);
        return found;
      }),
    );
    tellOf(observe, settlements);
    settled += settlements.length;
    if (settlements.length < limits.batchMax) break;
  }
  return settled;
}
