/**
 * The metrics of one daemon, as Prometheus reads them. What happens in this process is counted as it is told (`observer.ts`), from its
 * start on; how the store stands is read at the scrape, by one small statement each. A part that fails is left out, and says so.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Observation, Observer } from '../activation/observer.ts';
import type { Trouble } from '../activation/trouble.ts';
import type { Clock } from '../clock/clock.ts';
import { selectDueLanes } from '../measure/health/queries.ts';
import { selectDriftCheck } from '../reconcile/history/queries.ts';
import { readSyncStatus } from '../reconcile/sync/sync-status.ts';
import { readPauses } from '../store/pauses.ts';
import type { Session } from '../store/session.ts';
import { countDeadLetters, selectInboxDepth, selectOutboxByChannel } from './queries.ts';
import type { StoreReader } from './store-reader.ts';

export interface Metrics {
  readonly observe: Observer;
  readonly trouble: (trouble: Trouble) => void;
  readonly contentType: string;
  /** The text of a scrape. */
  text(): Promise<string>;
}

const transactionSeconds = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 20];
const transactionUnits = [1, 3, 10, 30, 100, 300, 1_000, 4_000];
const sendSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200];

const classNames = ['command', 'fact', 'timer', 'outcome', 'import'];

export function createMetrics(reader: StoreReader, clock: Clock): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = countersIn(registry);
  const gauges = gaugesIn(registry);
  let scraping: Promise<string> | null = null;
  const scrape = async (): Promise<string> => {
    await readStore(gauges, reader, clock.now());
    return await registry.metrics();
  };
  return {
    observe: (one) => count(counters, one),
    trouble: ({ where, state, code }) => {
      if (state === 'retrying') counters.trouble.inc({ where, code });
    },
    contentType: registry.contentType,
    text() {
      // Two scrapers at once share one look.
      scraping ??= scrape().finally(() => {
        scraping = null;
      });
      return scraping;
    },
  };
}

type Counters = ReturnType<typeof countersIn>;

function countersIn(registry: Registry) {
  const registers = [registry];
  const labelled = (name: string, help: string, labelNames: readonly string[]) => ({
    ...{ name: `parcours_${name}`, help, labelNames: [...labelNames], registers },
  });
  return {
    transactionSeconds: new Histogram({
      ...labelled('lane_transaction_seconds', 'Duration of lane transactions.', ['what']),
      buckets: transactionSeconds,
    }),
    transactionUnits: new Histogram({
      ...labelled('lane_transaction_units', 'Inbox rows and timers (or lanes taken over) of a lane transaction.', [
        'what',
      ]),
      buckets: transactionUnits,
    }),
    decided: new Counter(
      labelled('messages_decided_total', 'Decisions about messages by this process, by outcome.', ['outcome']),
    ),
    settled: new Counter(
      labelled('messages_settled_total', 'What became of messages this process dispatched, by channel and outcome.', [
        ...['channel', 'outcome'],
      ]),
    ),
    latency: new Histogram({
      ...labelled('send_latency_seconds', 'From queued to accepted by the provider.', ['channel']),
      buckets: sendSeconds,
    }),
    setApart: new Counter(labelled('set_apart_total', 'Dead letters made by this process.', ['unit'])),
    fired: new Counter(labelled('schedules_fired_total', 'Schedules that this process fired.', ['journey'])),
    trouble: new Counter(
      labelled('trouble_total', 'Failures of the store that a loop tries again.', ['where', 'code']),
    ),
  };
}

function count(counters: Counters, one: Observation): void {
  switch (one.kind) {
    case 'lanes':
      counters.transactionSeconds.observe({ what: one.what }, one.tookMs / 1000);
      counters.transactionUnits.observe({ what: one.what }, one.units);
      return;
    case 'decided':
      counters.decided.inc({ outcome: one.outcome }, one.messages);
      return;
    case 'settled':
      for (const [outcome, messages] of Object.entries(one.counts))
        counters.settled.inc({ channel: one.channel, outcome }, messages);
      for (const ms of one.latencies) counters.latency.observe({ channel: one.channel }, ms / 1000);
      return;
    case 'set-apart':
      counters.setApart.inc({ unit: one.unit });
      return;
    case 'fired':
      counters.fired.inc({ journey: one.journey });
      return;
    default:
  }
}

type Gauges = ReturnType<typeof gaugesIn>;

function gaugesIn(registry: Registry) {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `parcours_${name}`, help, labelNames, registers: [registry] });
  return {
    revision: gauge('live_revision', 'Number of the live revision; 0: nothing was applied.'),
    due: gauge('lanes_due', 'Lanes that have something to do now.'),
    late: gauge('lanes_late', 'Lanes that have been due for more than a minute.'),
    oldest: gauge('oldest_due_age_seconds', 'How long the lane waits that is due longest.'),
    behind: gauge('lanes_behind_revision', 'Lanes that do not run under the live revision yet.'),
    inbox: gauge('inbox_rows', 'Rows that wait in inboxes, by class; at most 200000 are counted.', ['class']),
    outbox: gauge(
      'outbox_messages',
      'Messages that wait to be handed over, by channel; at most 200000 each are counted.',
      ['channel'],
    ),
    outboxAge: gauge('outbox_oldest_age_seconds', 'How long the message waits that is due longest.', ['channel']),
    deadLetters: gauge('dead_letters', 'What was set apart and not retried.'),
    pauses: gauge('pause_in_force', '1 for each pause in force.', ['resource']),
    drift: gauge('drift_resources', 'What the store held and nobody declared, at the last look for it.'),
    sync: gauge('sync_state', '1 for how the store stands to the branch that it follows.', ['state']),
    isRead: gauge('scrape_part_ok', 'Whether this part of the scrape could be read.', ['part']),
  };
}

/** A part of a scrape: one statement, and the gauges that it sets. */
interface Part<T> {
  readonly name: string;
  /** Gauges without labels; NaN when the part fails. */
  readonly plain?: readonly Gauge[];
  /** Gauges whose lines are those that are set. */
  readonly labelled?: readonly Gauge[];
  read(session: Session): Promise<T>;
  set(found: T): void;
}

/** One part that fails leaves the others alone. */
async function readStore(gauges: Gauges, reader: StoreReader, now: Date): Promise<void> {
  const { isRead, revision, due, late, oldest, behind, inbox, outbox, outboxAge, deadLetters, pauses } = gauges;
  const { drift, sync } = gauges;
  const ageOf = (at: Date | null) => (at === null ? 0 : Math.max(0, now.getTime() - at.getTime()) / 1000);
  const part = async <T>({ name, plain = [], labelled = [], read, set }: Part<T>): Promise<void> => {
    for (const one of labelled) one.reset();
    const found = await reader.read(read).then(
      (value) => ({ value }),
      () => null,
    );
    isRead.set({ part: name }, found === null ? 0 : 1);
    if (found !== null) set(found.value);
    else for (const one of plain) one.set(Number.NaN);
  };
  await part({
    ...{ name: 'lanes', plain: [revision, due, late, oldest, behind] },
    read: (session) => selectDueLanes(session, now),
    set(found) {
      revision.set(found.live);
      due.set(found.due);
      late.set(found.late);
      oldest.set(ageOf(found.oldest));
      behind.set(found.behind);
    },
  });
  await part({
    ...{ name: 'inbox', labelled: [inbox], read: selectInboxDepth },
    set(rows) {
      for (const name of classNames) inbox.set({ class: name }, 0);
      for (const row of rows) inbox.set({ class: classNames[row.class] ?? String(row.class) }, row.rows);
    },
  });
  await part({
    ...{ name: 'outbox', labelled: [outbox, outboxAge], read: selectOutboxByChannel },
    set(rows) {
      for (const { channel, messages } of rows) outbox.set({ channel }, messages);
      for (const { channel, oldest: at } of rows) outboxAge.set({ channel }, ageOf(at));
    },
  });
  await part({
    ...{ name: 'dead_letters', plain: [deadLetters], read: countDeadLetters },
    set: (n) => deadLetters.set(n),
  });
  await part({
    ...{ name: 'pauses', labelled: [pauses], read: (session) => readPauses(session, now) },
    set(rows) {
      for (const { resource } of rows) pauses.set({ resource }, 1);
    },
  });
  await part({
    ...{ name: 'drift', plain: [drift], read: selectDriftCheck },
    set: (check) => drift.set(check?.findings.length ?? 0),
  });
  await part({
    ...{ name: 'sync', labelled: [sync], read: (session) => readSyncStatus(session, now, 0) },
    set: (status) => status !== null && sync.set({ state: status.state }, 1),
  });
}
