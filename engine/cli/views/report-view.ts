/** The report, for a growth engineer and for programs. */
import type { JourneyLine, Report } from '../../measure/report/report.ts';
import { counted, formatCount, formatShare, formatTime, type Style, table } from './style.ts';
import type { View } from './view.ts';

/** Exits named in a line. */
const exitsShownMax = 4;
const journeysShownMax = 3;

/** The view of `report`. */
export const reportView: View<Report> = {
  human: (report, style) =>
    [
      headText(report, style),
      section(style, 'Messages by journey and channel', channelText(report)),
      section(style, 'Held back, and by what', heldBackText(report)),
      section(style, 'Journeys and their goals', journeyText(report)),
      section(style, 'Goals by the message that is given credit', creditText(report)),
      section(style, 'Messages per person', pressureText(report)),
    ].join(''),
  json: (report) => report,
};

function section(style: Style, title: string, text: string): string {
  return text === '' ? '' : `\n${style.strong(title)}\n${text}`;
}

function headText(report: Report, style: Style): string {
  const { profiles, reached, messages, activation } = report;
  const from = report.since === null ? 'the beginning' : formatTime(report.since);
  const to = report.until === null ? 'now' : formatTime(report.until);
  const share = profiles === 0 ? '' : ` (${formatShare(reached / profiles)})`;
  return [
    `${style.strong('Report')} from ${from} to ${to}\n`,
    `  ${counted(profiles, 'person', 'people')}, ${formatCount(reached)} of them reached${share}\n`,
    `  ${counted(messages.wanted, 'message')} wanted: ${formatCount(messages.left)} left, ${formatCount(messages.heldBack)} held back\n`,
    `  ${counted(activation.enrollments, 'enrollment')}, ${formatCount(activation.goals)} met their goal${activation.rate === null ? '' : `: activation rate ${formatShare(activation.rate)}`}\n`,
  ].join('');
}

function channelText({ channels }: Report): string {
  const rows = channels.map((line, i) => [
    line.journey === channels[i - 1]?.journey ? '' : line.journey,
    line.channel ?? '(none chosen)',
    line.left,
    line.seen,
    line.waited,
    line.queued,
    line.deferred,
    line.suppressed,
    line.expired,
    line.failed,
  ]);
  const head = [
    'journey',
    'channel',
    'left',
    'seen',
    'waited',
    'queued',
    'deferred',
    'suppressed',
    'expired',
    'failed',
  ];
  return rows.length === 0 ? '' : lean(head, rows, 'll');
}

function heldBackText({ heldBack }: Report): string {
  const rows = heldBack.map((line) => [
    line.rule,
    largest(line.byJourney, journeysShownMax),
    line.deferred,
    line.waiting,
    line.suppressed,
    line.expired,
    line.failed,
  ]);
  const head = ['rule', 'mostly', 'delayed', 'still waiting', 'suppressed', 'expired', 'failed'];
  return rows.length === 0 ? '' : lean(head, rows, 'll');
}

/** A table without the columns in which nothing stands. */
function lean(head: readonly string[], rows: readonly (readonly (string | number)[])[], align: string): string {
  const kept = head.map((_, i) => rows.some((row) => row[i] !== 0));
  const keep = <T>(cells: readonly T[]) => cells.filter((_, i) => kept[i]);
  return table(keep(head), rows.map(keep), { align });
}

/** `order 120, top-up 30, 2 more`: the largest of the named counts. */
function largest(counts: Readonly<Record<string, number>>, shownMax: number): string {
  const sorted = Object.entries(counts).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const words = sorted.slice(0, shownMax).map(([name, count]) => `${name} ${formatCount(count)}`);
  if (sorted.length > shownMax) words.push(`${sorted.length - shownMax} more`);
  return words.join(', ');
}

function journeyText({ journeys }: Report): string {
  if (journeys.length === 0) return '';
  const rows = journeys.map((line) => [
    line.journey,
    line.enrollments,
    line.active,
    line.goals,
    formatShare(line.rate),
    hoursWords(line),
    largest(line.exits, exitsShownMax),
  ]);
  const head = ['journey', 'entered', 'in it now', 'goal met', 'rate', 'median', 'how they left'];
  return `${table(head, rows, { align: 'lrrrrrl' })}${journeys.map(heldOutText).join('')}`;
}

function creditText({ credits, journeys }: Report): string {
  const rows = credits.map((line) => [
    `${line.journey}/${line.step}`,
    line.channel ?? '(none)',
    line.goals,
    line.ofOthers,
  ]);
  const nobody = journeys.reduce((sum, { credit }) => sum + credit.nobody, 0);
  if (rows.length === 0 && nobody === 0) return '';
  const table =
    rows.length === 0 ? '' : lean(['message', 'channel', 'of its journey', 'of other journeys'], rows, 'll');
  return `${table}${nobody === 0 ? '' : `  ${counted(nobody, 'goal')} met without a message in time\n`}`;
}

/** What happens without the journey, beside what happens with it. */
function heldOutText({ journey, rate, heldOut }: JourneyLine): string {
  if (heldOut === null) return '';
  const { enrollments, goals } = heldOut;
  const among = `${formatCount(goals)} of ${formatCount(enrollments)} who got nothing`;
  return `  ${journey}: ${formatShare(rate)} with it, ${formatShare(heldOut.rate)} without it (${among})\n`;
}

function hoursWords({ medianHoursToGoal: hours }: JourneyLine): string | null {
  if (hours === null) return null;
  return hours >= 48 ? `${(hours / 24).toFixed(1)} days` : `${hours.toFixed(1)} h`;
}

function pressureText({ pressure, profiles, reached }: Report): string {
  if (profiles === 0) return '';
  const rows = [{ messages: 0, people: profiles - reached }, ...pressure.people].map((row) => [
    String(row.messages),
    row.people,
    formatShare(row.people / profiles),
  ]);
  const mean = pressure.mean === null ? '' : `  mean of those reached ${pressure.mean}, most ${pressure.max}\n`;
  return table(['messages', 'people', 'share'], rows) + mean;
}
