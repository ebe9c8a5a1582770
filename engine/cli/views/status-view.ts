/** How the running system stands, for people and programs. */
import type { Filling } from '../../activation/lanes/filling.ts';
import type { Scale, Status } from '../../measure/health/status.ts';
import type { RunRow } from '../../profiles/destinations/runs/queries.ts';
import type { PullRow } from '../../profiles/pulls/queries.ts';
import type { DriftCheckRow } from '../../reconcile/history/queries.ts';
import type { SyncStatus } from '../../reconcile/sync/sync-status.ts';
import type { StoreStatus } from '../../store/control.ts';
import { bar } from './bar.ts';
import { deliveryJson, deliveryWords } from './destination-view.ts';
import { pauseWords } from './pause-view.ts';
import { splitWords } from './split-words.ts';
import { counted, formatCount, formatTime, oneLine, type Style } from './style.ts';
import { syncWords } from './sync-view.ts';
import type { View } from './view.ts';

/** Names of the inbox's classes, by number. */
const classNames = ['commands', 'live facts', 'timers', 'outcomes', 'imports'];

export type StatusResult = Status & {
  readonly store: StoreStatus;
  readonly filling: Filling;
  /** Null: the store follows no branch. */
  readonly sync: SyncStatus | null;
  /** The last look for drift; null: nobody looked. */
  readonly drift: DriftCheckRow | null;
  /** The last delivery to each destination. */
  readonly deliveries: readonly RunRow[];
  /** How each source that is read from another database stands. */
  readonly pulls: readonly PullRow[];
};

/** The view of `status`. */
export const statusView: View<StatusResult> = {
  human: (status, style) =>
    lines(status, style)
      .map(([name, value]) => `${name.padEnd(12)} ${value}\n`)
      .join(''),
  json: (status) => ({
    ...status,
    inbox: status.inbox.map((row) => ({ ...row, name: className(row.class) })),
    deliveries: status.deliveries.map(deliveryJson),
  }),
};

type Line = readonly [name: string, value: string];

function lines(status: StatusResult, style: Style): readonly Line[] {
  const { lanes, workers, store } = status;
  return [
    ['workspace', status.workspace ?? 'none yet'],
    ['revision', revisionWords(status)],
    ...(status.sync === null ? [] : [['git', syncWords(status.sync, style)] as const]),
    ...driftLines(status, style),
    ['lanes', laneWords(status, style)],
    ...lateLines(status, style),
    ...fillingLines(status),
    ['waiting', inboxWords(status)],
    ['oldest due', oldestWords(status)],
    ['next', lanes.nextWake === null ? 'nothing is due by time alone' : `by time alone ${formatTime(lanes.nextWake)}`],
    ['people', `${formatCount(status.profiles)}, ${counted(status.activeEnrollments, 'active enrollment')}`],
    ['messages', messageWords(status)],
    ...status.pauses.map((pause, i): Line => [i === 0 ? 'paused' : '', style.changed(pauseWords(pause))]),
    ...status.splits.map((split, i): Line => [i === 0 ? 'splits' : '', splitWords(split)]),
    ['outbox', outboxWords(status)],
    ...pullLines(status, style),
    ...deliveryLines(status, style),
    ['dead letters', formatCount(status.deadLetters)],
    ...scaleLines(status),
    ['workers', workers.length === 0 ? 'none' : workers.map((one) => `${one.kind} ${one.host}/${one.pid}`).join(', ')],
    ['store', store.kind === 'server' ? `server at ${store.address}` : `embedded PostgreSQL in ${store.dataDir}`],
  ];
}

function revisionWords({ revision }: StatusResult): string {
  if (revision === null) return 'nothing applied yet';
  const commit =
    revision.commit === null ? '' : `, commit ${revision.commit.slice(0, 10)}${revision.dirty ? ' with changes' : ''}`;
  return `${revision.number}, ${counted(revision.resources, 'resource')}, by ${revision.author} ${formatTime(revision.appliedAt)}${commit}`;
}

/** Only where there is some: nobody need read that nothing is wrong. */
function driftLines({ drift }: StatusResult, style: Style): readonly Line[] {
  if (drift === null || drift.findings.length === 0) return [];
  const count = counted(drift.findings.length, 'resource');
  return [['drift', style.changed(`${count} not as declared, seen ${formatTime(drift.at)}: \`parcours drift\``)]];
}

function laneWords({ progress, lanes }: StatusResult, style: Style): string {
  const ran = lanes.lastRan === null ? '' : `, last ran ${formatTime(lanes.lastRan)}`;
  if (progress !== 'progressing') return `${lanes.total}, all current${ran}`;
  return `${style.changed('Progressing')}: ${lanes.behind} of ${lanes.total} not yet at the live revision${ran}`;
}

/** Lanes that nobody came to for a minute: too few work, or none. */
function lateLines({ lanes, at }: StatusResult, style: Style): readonly Line[] {
  const { late, dueSince } = lanes;
  if (late === 0 || dueSince === null) return [];
  const seconds = Math.round((Date.parse(at) - Date.parse(dueSince)) / 1000);
  const words = `${counted(late, 'lane')} due for more than a minute, the longest since ${formatTime(dueSince)}, ${formatCount(seconds)} s ago`;
  return [['late', style.changed(words)]];
}

/** What an apply made new and isn't filled everywhere yet: there it triggers nothing. */
function fillingLines({ filling }: StatusResult): readonly Line[] {
  return filling.unfilled.map(({ kind, id, filled }, i) => [
    i === 0 ? 'filling' : '',
    `${bar(filled, filling.lanes)} ${kind} ${id}: ${formatCount(filled)} of ${counted(filling.lanes, 'lane')}`,
  ]);
}

/** When databases of sources were asked last, and what came of it. */
function pullLines({ pulls }: StatusResult, style: Style): readonly Line[] {
  return pulls.map(({ source, began_at, state, rows, rejected, reason }, i) => {
    const apart = rejected === 0 ? '' : `, ${formatCount(rejected)} set apart`;
    const words = state === 'failed' ? style.changed(oneLine(reason ?? '')) : `${counted(rows, 'row')}${apart}`;
    return [
      i === 0 ? 'read' : '',
      `${source} ${formatTime(began_at)}: ${state === 'running' ? 'at it, ' : ''}${words}`,
    ];
  });
}

/** How the last delivery to each destination went. */
function deliveryLines({ deliveries }: StatusResult, style: Style): readonly Line[] {
  return deliveries.map((run, i) => [
    i === 0 ? 'delivered' : '',
    `${run.destination} ${formatTime(run.started_at)}: ${deliveryWords(run, style)}`,
  ]);
}

/** When what traits read of everybody was worked out last. */
function scaleLines({ scales }: StatusResult): readonly Line[] {
  return scales.map(({ trait, computedAt, people, refused, model }, i) => [
    i === 0 ? 'everybody' : '',
    `${trait} ${formatTime(computedAt)}, of ${people === 1 ? '1 person' : `${formatCount(people)} people`}${
      refused === null ? modelWords(model) : `: no forecast, ${refusals[refused] ?? refused}`
    }`,
  ]);
}

const refusals: Readonly<Record<string, string>> = {
  too_few_people: 'too few people to tell by',
  no_repeats: 'nobody came back',
  no_time: 'nobody has been watched for any time',
  no_values: "nobody's orders have a value",
};

/** The parameters of BG/NBD as they are mostly printed: times in weeks. */
function modelWords(model: Scale['model']): string {
  if (model === null) return '';
  const { r, alpha, a, b } = model;
  const numbers = Object.entries({ r, alpha: alpha / 7, a, b }).map(
    ([name, value]) => `${name} ${value.toPrecision(4)}`,
  );
  return `, ${numbers.join(' ')} in weeks`;
}

function inboxWords({ inbox }: StatusResult): string {
  if (inbox.length === 0) return 'nothing';
  return inbox.map((row) => `${formatCount(row.facts)} ${className(row.class)}`).join(', ');
}

function className(number: number): string {
  return classNames[number] ?? `class ${number}`;
}

function oldestWords({ oldestDue, at }: StatusResult): string {
  if (oldestDue === null) return 'nothing is due';
  const seconds = Math.max(0, Math.round((Date.parse(at) - Date.parse(oldestDue)) / 1000));
  return `${formatTime(oldestDue)}, ${formatCount(seconds)} s ago`;
}

function messageWords({ messages }: StatusResult): string {
  const words = Object.entries(messages).map(([state, count]) => `${formatCount(count)} ${state}`);
  return words.length === 0 ? 'none' : words.join(', ');
}

function outboxWords({ outbox }: StatusResult): string {
  if (outbox.length === 0) return 'empty';
  return outbox
    .map((row) => `${formatCount(row.messages)} for ${row.channel}, oldest ${formatTime(row.oldest)}`)
    .join('; ');
}
