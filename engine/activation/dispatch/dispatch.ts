/**
 * Takes due messages out of the outbox and hands them to their channels: mark, check, render, send, record. A mark is committed
 * before the call, so a message of marketing is sent at most once and one of service at least once. What a message's fate means for
 * its journey is the lane's business: it reads the outcome from its inbox.
 */
import assert from 'node:assert';
import type { ChannelAdapter, SendOutcome } from '../../channels/adapter.ts';
import type { Clock } from '../../clock/clock.ts';
import type { ChannelBody } from '../../compiler/ir.ts';
import type { OwnSession } from '../../store/session.ts';
import { type Observer, type SettledState, unobserved } from '../observer.ts';
import { defaultBackoff } from './backoff.ts';
import type { DispatchCatalogue } from './catalogue.ts';
import { type Claimed, claimBatch } from './claim.ts';
import type { PreparedBatch, PreparedMessage } from './prepare.ts';
import { dispatchSettings, findDueChannels, lockAbandoned } from './queries.ts';
import { askLeave, giveBack } from './rate-lease.ts';
import { areOver, recordOver, recordSettlements, type SettleLimits, type Settlement, settlementOf } from './settle.ts';

export interface DispatchLimits extends SettleLimits {
  /** Messages that are claimed at once. All of them are in doubt when the process dies. */
  readonly batchMax: number;
  /** The same for SMTP, where a message takes long. */
  readonly smtpBatchMax: number;
  /** Batches of a channel in one call of `dispatchDue`. */
  readonly roundsMax: number;
  /** Channels that send at the same time. One makes the order of everything repeatable (simulations). */
  readonly channelsAtOnce: number;
  /** A dispatcher without a heartbeat for so long is dead. */
  readonly abandonedAfterMs: number;
}

export const defaultDispatchLimits: DispatchLimits = {
  batchMax: 1_000,
  smtpBatchMax: 200,
  roundsMax: 100,
  channelsAtOnce: 4,
  abandonedAfterMs: 60_000,
  attemptsMax: 8,
  backoff: defaultBackoff,
};

export interface DispatchReport {
  /** Handed to a channel. */
  attempted: number;
  accepted: number;
  /** Back in the queue, to be tried again. */
  retried: number;
  failed: number;
  uncertain: number;
  suppressed: number;
  expired: number;
  returned: number;
  /** A limit was reached while more was due. */
  isMore: boolean;
  /** When a channel may send again that has used up its rate while more was due; null: none has. */
  nextAt: Date | null;
}

export interface DispatcherOptions {
  /** Opens the dispatcher's one connection, again after it was lost. The settings pin its plans. */
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
  /** Told what became of messages, once it is recorded. Default: nobody. */
  readonly observe?: Observer;
}

export interface Dispatcher {
  /** Sends what is due at t. Throws what the store throws; what was sent and couldn't be recorded is recorded first next time. */
  dispatchDue(t: Date): Promise<DispatchReport>;
  /** Settles attempts of dispatchers that died: marketing is uncertain, service is tried again. Returns how many. */
  recoverAbandoned(t: Date): Promise<number>;
  /** Lets the batches in hand end, then closes the connection. Adapters are closed by who made them. */
  close(): Promise<void>;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { clock, dispatcherId } = options;
  const limits = { ...defaultDispatchLimits, ...options.limits };
  const store = oneAtATime(() => options.openSession(dispatchSettings));
  /** Marked by us and not yet recorded. */
  const inHand = new Set<number>();
  /** Outcomes that the store didn't take yet. */
  let unrecorded: Settlement[] = [];
  let isClosing = false;
  let running: Promise<unknown> = Promise.resolve();

  const instant = (t: Date): Date => (clock.now() > t ? clock.now() : t);

  async function record(settlements: readonly Settlement[], at: Date): Promise<void> {
    unrecorded.push(...settlements);
    await flush(at);
  }

  async function flush(at: Date): Promise<void> {
    const settlements = unrecorded;
    if (settlements.length === 0) return;
    unrecorded = [];
    try {
      await store(async (session) => {
        const rest = areOver(settlements) ? await recordOver(session, settlements, at) : settlements;
        if (rest.length > 0) await session.transaction((tx) => recordSettlements(tx, rest, at));
      });
    } catch (error) {
      unrecorded.unshift(...settlements);
      throw error;
    }
    for (const { row } of settlements) inHand.delete(row.message_id);
    tellOf(options.observe ?? unobserved, settlements);
  }

  async function claim(channel: string, t: Date, limit: number): Promise<Claimed> {
    const wanted = { channel, t, dispatcher: dispatcherId, limit };
    const claimed = await store((session) => claimBatch(session, wanted, options.catalogue()));
    for (const row of claimed.rows) inHand.add(row.message_id);
    return claimed;
  }

  async function dispatchBatch({ rows, channel, prepared }: Loaded, t: Date, report: DispatchReport): Promise<void> {
    const { ready, stopped } = prepared;
    const adapter = channel === null ? null : options.adapter(rows[0]!.channel, channel);
    const { outcomes, fault } = await send(adapter, ready);
    const at = instant(t);
    const settled = ready.map(({ row, ...more }, i) => settlementOf(row, outcomes[i]!, at, { limits, ...more }));
    report.attempted += ready.length;
    tally(report, [...stopped, ...settled]);
    await record([...stopped, ...settled], at);
    if (fault) throw fault;
  }

  /** When the store is lost here, nothing has left: the marked rows go back to the queue with what is recorded next. */
  async function load(claimed: Claimed, t: Date): Promise<Loaded> {
    const { rows, channel, prepare } = claimed;
    try {
      return { rows, channel, prepared: rows.length === 0 ? nothing : await store(prepare) };
    } catch (error) {
      takeBack(rows, t);
      throw error;
    }
  }

  function takeBack(rows: Claimed['rows'], t: Date): void {
    const again = {
      kind: 'retry',
      dueAt: instant(t),
      reason: 'the store was lost before sending',
      isUnsent: true,
    } as const;
    unrecorded.push(...rows.map((row) => ({ ...again, row })));
  }

  /**
   * A channel without a rate or a bound of its own: while a batch is on its way, the next one is marked and prepared. Half as many at a time,
   * so that no more are in doubt when the process dies.
   */
  async function dispatchAhead(channelId: string, t: Date, report: DispatchReport): Promise<void> {
    const most = Math.max(1, Math.floor(mostInHand(options.catalogue().channel(channelId)) / 2));
    const take = async () => load(await claim(channelId, t, most), t);
    let loaded = await take();
    for (let round = 1; loaded.rows.length > 0; round += 1) {
      const isMore = loaded.rows.length === most;
      const next = isMore && round < limits.roundsMax * 2 && !isClosing ? take() : null;
      // Its failure is told when it is asked for.
      next?.catch(() => {});
      try {
        await dispatchBatch(loaded, t, report);
      } catch (error) {
        const ahead = await next?.catch(() => null);
        if (ahead) takeBack(ahead.rows, t);
        throw error;
      }
      if (next === null) {
        report.isMore ||= isMore && !isClosing;
        return;
      }
      loaded = await next;
    }
  }

  async function dispatchChannel(channelId: string, t: Date, report: DispatchReport): Promise<void> {
    const body = options.catalogue().channel(channelId);
    const most = mostInHand(body);
    const rate = options.isRated === false ? undefined : body?.rate;
    if (rate === undefined && body?.concurrency === undefined && most > 1)
      return await dispatchAhead(channelId, t, report);
    for (let round = 0; round < limits.roundsMax; round += 1) {
      if (isClosing) return;
      const leave = rate && (await store((session) => askLeave(session, channelId, rate, { t: instant(t), most })));
      const limit = leave?.granted ?? most;
      const claimed = limit === 0 ? null : await claim(channelId, t, limit);
      const rows = claimed?.rows.length ?? 0;
      if (leave && rows < limit) await store((session) => giveBack(session, leave, limit - rows));
      if (claimed !== null && rows > 0) await dispatchBatch(await load(claimed, t), t, report);
      if (leave && rows === limit && limit < most) report.nextAt = earlier(report.nextAt, leave.nextAt);
      if (rows < most) return;
    }
    report.isMore = true;
  }

  /** The channel's concurrency is shared equally; a process that has just begun is counted with its first heartbeats. */
  function mostInHand(body: ChannelBody | undefined): number {
    const usual = body?.via.kind === 'smtp' ? limits.smtpBatchMax : limits.batchMax;
    if (body?.concurrency === undefined) return usual;
    return Math.max(1, Math.floor(body.concurrency / (options.processes?.() ?? 1)));
  }

  async function recover(t: Date): Promise<number> {
    const beforeBeat = new Date(t.getTime() - limits.abandonedAfterMs);
    const at = instant(t);
    let recovered = 0;
    for (let round = 0; round < limits.roundsMax; round += 1) {
      const look = { dispatcher: dispatcherId, inHand: [...inHand], beforeBeat, limit: limits.batchMax };
      const settlements = await store((session) =>
        session.transaction(async (tx) => {
          const rows = await lockAbandoned(tx, look);
          const found = rows.map((row) => settlementOf(row, abandoned, at, { limits }));
          if (found.length > 0) await recordSettlements(tx, found, at);
          return found;
        }),
      );
      tellOf(options.observe ?? unobserved, settlements);
      recovered += settlements.length;
      if (settlements.length < limits.batchMax) break;
    }
    return recovered;
  }

  /** Calls follow one another; a failed one doesn't stop the next. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = running.then(work, work);
    running = turn.catch(() => {});
    return turn;
  }

  return {
    dispatchDue: (t) =>
      inTurn(async () => {
        const report = emptyReport();
        await flush(instant(t));
        const channels = await store((session) => findDueChannels(session, t));
        await eachAtOnce(channels, limits.channelsAtOnce, (channel) => dispatchChannel(channel, t, report));
        return report;
      }),
    recoverAbandoned: (t) => inTurn(() => recover(t)),
    async close() {
      isClosing = true;
      await running;
      // What was sent while the store was away is told now if it's back; else it will be found in doubt.
      await flush(clock.now()).catch(() => {});
      await store.close();
    },
  };
}

/** A batch that is marked, with what of it may leave. */
interface Loaded extends Pick<Claimed, 'rows' | 'channel'> {
  readonly prepared: PreparedBatch;
}

const nothing: PreparedBatch = { ready: [], stopped: [] };

const abandoned: SendOutcome = { kind: 'unknown', reason: 'the dispatcher ended before it told the outcome' };

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

function tellOf(observe: Observer, settlements: readonly Settlement[]): void {
  const byChannel = new Map<string, { counts: Partial<Record<SettledState, number>>; latencies: number[] }>();
  for (const settlement of settlements) {
    const { channel } = settlement.row;
    const told = byChannel.get(channel) ?? { counts: {}, latencies: [] };
    byChannel.set(channel, told);
    const state = settlement.kind === 'retry' ? 'retry' : settlement.state;
    told.counts[state] = (told.counts[state] ?? 0) + 1;
    if (state === 'sent' && settlement.latencyMs !== undefined) told.latencies.push(settlement.latencyMs);
  }
  for (const [channel, told] of byChannel) observe({ kind: 'settled', channel, ...told });
}

function emptyReport(): DispatchReport {
  const none = { attempted: 0, accepted: 0, retried: 0, failed: 0, uncertain: 0 };
  return { ...none, suppressed: 0, expired: 0, returned: 0, isMore: false, nextAt: null };
}

function earlier(one: Date | null, other: Date): Date {
  return one !== null && one < other ? one : other;
}

function tally(report: DispatchReport, settlements: readonly Settlement[]): void {
  for (const settlement of settlements) {
    if (settlement.kind === 'retry') report.retried += 1;
    else if (settlement.state === 'sent') report.accepted += 1;
    else report[settlement.state] += 1;
  }
}

/** Runs the work for each item, at most `width` at once. All end before the first error is thrown. */
async function eachAtOnce<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const errors: unknown[] = [];
  async function run(): Promise<void> {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await work(item).catch((error: unknown) => errors.push(error));
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, run));
  if (errors.length > 0) throw errors[0];
}

interface SharedSession {
  <T>(work: (session: OwnSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** One connection for all: whoever needs it waits for its turn. After an error it is opened anew, since it may be lost. */
function oneAtATime(open: () => Promise<OwnSession>): SharedSession {
  let session: OwnSession | null = null;
  let tail: Promise<unknown> = Promise.resolve();
  const run = async <T>(work: (session: OwnSession) => Promise<T>): Promise<T> => {
    session ??= await open();
    try {
      return await work(session);
    } catch (error) {
      const lost = session;
      session = null;
      await lost.close().catch(() => {});
      throw error;
    }
  };
  const shared = <T>(work: (session: OwnSession) => Promise<T>): Promise<T> => {
    const turn = tail.then(() => run(work));
    tail = turn.catch(() => {});
    return turn;
  };
  return Object.assign(shared, {
    async close() {
      await tail;
      await session?.close();
      session = null;
    },
  });
}
