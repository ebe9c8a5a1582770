/** The load that messages put on people, for people and programs. */
import type { Load, Pressure, StoppedLine } from '../../measure/pressure/pressure.ts';
import { barOf } from './bar.ts';
import { counted, formatCount, formatShare, formatTime, type Style, table } from './style.ts';
import type { View } from './view.ts';

const journeysShownMax = 3;

/** The view of `pressure`. */
export const pressureView: View<Pressure> = {
  human: (pressure, style) =>
    [
      headText(pressure, style),
      ...pressure.loads.map((load) => loadText(load, pressure.people, style)),
      section(style, 'By journey, in 30 days', sharesText(pressure)),
      section(style, 'Who got most, in 30 days', burdenedText(pressure)),
      section(style, 'What the rules did, in 30 days', stoppedText(pressure.stopped)),
      section(style, 'Kept from every message of a journey, in 30 days', starvedText(pressure)),
    ].join(''),
  json: (pressure) => pressure,
};

function section(style: Style, title: string, text: string): string {
  return text === '' ? '' : `\n${style.strong(title)}\n${text}`;
}

function headText({ segment, people, at }: Pressure, style: Style): string {
  const whom = segment === null ? counted(people, 'person', 'people') : `${counted(people, 'member')} of ${segment}`;
  return `${style.strong('Pressure')} on ${whom} at ${formatTime(at)}\n`;
}

function loadText({ days, people, messages, mean, most }: Load, everybody: number, style: Style): string {
  const title = `Messages per person in ${days} days`;
  if (mean === null) return section(style, title, '  nobody got any\n');
  const largest = Math.max(...people.map((row) => row.people));
  const rows = people.map((row) => [
    String(row.messages),
    row.people,
    everybody === 0 ? null : formatShare(row.people / everybody),
    barOf(row.people, largest),
  ]);
  const words = `  ${counted(messages, 'message')}, mean of those reached ${mean.toFixed(1)}, most ${formatCount(most)}\n`;
  return section(style, title, table(['messages', 'people', 'share', ''], rows, { align: 'lrrl' }) + words);
}

function sharesText({ shares }: Pressure): string {
  if (shares.length === 0) return '';
  const all = shares.reduce((sum, row) => sum + row.messages, 0);
  const rows = shares.map((row) => [
    row.journey,
    row.channel,
    row.messages,
    formatShare(row.messages / all),
    row.people,
  ]);
  return table(['journey', 'channel', 'messages', 'of all', 'people'], rows, { align: 'll' });
}

function burdenedText({ burdened }: Pressure): string {
  if (burdened.length === 0) return '';
  const rows = burdened.map((row) => [row.identifier ?? `#${row.profile_id}`, row.messages, row.journeys]);
  return table(['profile', 'messages', 'journeys'], rows);
}

function stoppedText(stopped: readonly StoppedLine[]): string {
  if (stopped.length === 0) return '';
  const rows = stopped.map(({ rule, byJourney, delayed, waiting, stopped: ended }) => [
    rule,
    mostly(byJourney.map((row) => [row.journey, row.delayed + row.stopped, row.wanted])),
    delayed,
    waiting,
    ended,
  ]);
  return table(['rule', 'mostly', 'delayed', 'still waiting', 'stopped'], rows, { align: 'll' });
}

function starvedText({ starved }: Pressure): string {
  if (starved.length === 0) return '';
  const rows = starved.map((row) => [row.journey, row.people, row.messages, counted(row.days, 'day')]);
  return table(['journey', 'people', 'messages wanted', 'for up to'], rows);
}

/** Such as `weekly-digest 120 (34 %)`: of all that the journey wanted to send. */
function mostly(counts: readonly (readonly [string, number, number])[]): string {
  const words = counts
    .slice(0, journeysShownMax)
    .map(([name, count, all]) => `${name} ${formatCount(count)} (${formatShare(count / all)})`);
  return [...words, ...(counts.length > journeysShownMax ? [`${counts.length - journeysShownMax} more`] : [])].join(
    ', ',
  );
}
