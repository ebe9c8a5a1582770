/** What a change does to people, as tables of a pull request's comment. */
import type { People, Told, ToldFate, ToldShift } from '../../reconcile/pull-request/people.ts';
import { code, markdownTable, plainText } from './markdown.ts';
import { formatMoney } from './programme-view.ts';
import { formatCount } from './style.ts';

/** Rows of a table; the rest is counted. */
const rowsMax = 40;
const readersMax = 3;

/** One line of what matters most; empty where nothing is known. */
export function peopleSummary(people: People): string {
  const parts = [
    ...people.segments
      .filter(({ entered, left }) => some(entered) || some(left))
      .map(({ id, entered, left }) => `${code(id)} ${[gain(entered), loss(left)].filter(Boolean).join(' and ')}`),
    ...people.journeys
      .filter(({ entering }) => some(entering))
      .map(({ id, entering }) => `${number(entering)} would enter ${code(id)}`),
    ...people.inFlight
      .filter((fate) => some(fate.people))
      .map((fate) => `${number(fate.people)} on their way in ${code(fate.journey)}: ${policyWords(fate)}`),
  ];
  if (parts.length === 0) return '';
  const shown = parts.slice(0, 5);
  const more = parts.length > shown.length ? `; and ${parts.length - shown.length} more` : '';
  return `**People:** ${shown.join('; ')}${more}.\n\n`;
}

/** The tables. */
export function peopleText(people: People): string {
  return [
    segmentTable(people),
    journeyTable(people),
    fateTable(people),
    pressureText(people),
    smallTables(people),
    loyaltyTables(people),
  ].join('');
}

function segmentTable({ segments }: People): string {
  const isKnown = segments.some(({ after }) => after !== null);
  const head = isKnown ? ['segment', 'before', 'after', 'in', 'out', 'read by'] : ['segment', 'members now'];
  const rows = segments.map(({ id, change, before, after, entered, left, readBy }) => {
    const name = `${code(id)}${change === 'indirect' ? ' (by what it reads)' : ''}`;
    if (!isKnown) return [name, number(before)];
    return [name, number(before), number(after), number(entered, '+'), number(left, '−'), readers(readBy)];
  });
  return limited(head, isKnown ? 'lrrrrl' : 'lr', rows);
}

function readers(names: readonly string[]): string {
  const shown = names.slice(0, readersMax).map(code);
  return [...shown, ...(names.length > readersMax ? [`${names.length - readersMax} more`] : [])].join(', ');
}

function journeyTable({ journeys }: People): string {
  const isKnown = journeys.some(({ entering, hour }) => entering !== null || hour !== null);
  const head = isKnown
    ? ['journey', 'in it now', 'would enter', 'messages in 1 h', 'in 7 days, at most']
    : ['journey', 'in it now'];
  const rows = journeys.map(({ id, change, active, entering, hour, week }) => {
    const name = `${code(id)}${change === 'indirect' ? ' (by what it reads)' : ''}`;
    return isKnown ? [name, number(active), number(entering), shift(hour), shift(week)] : [name, number(active)];
  });
  return limited(head, isKnown ? 'lrrrr' : 'lr', rows);
}

function fateTable({ inFlight }: People): string {
  const rows = inFlight.flatMap((fate) =>
    fate.steps.map(({ step, people, fate: end, to }, i) => [
      i === 0 ? `${code(fate.journey)} (${policyWords(fate)})` : '',
      step === null ? 'at no step' : code(step),
      number(people),
      end === 'moved' ? (to === null || to === step ? 'stay, by the new steps' : `→ ${code(to)}`) : fateWords[end],
    ]),
  );
  return limited(['on their way', 'step', 'people', 'what becomes of them'], 'llrl', rows);
}

const fateWords = { pinned: 'go on by the old steps', left: 'leave the journey' } as const;

function policyWords({ policy, waits }: ToldFate): string {
  const words = {
    pin: 'they go on by the old steps',
    migrate: `they move to the new steps${waits === 'recompute' ? ', waits counted anew' : ''}`,
    drain: 'they finish, nobody enters until then',
    exit: 'they leave',
    removed: 'they leave, since it is removed',
  } as const;
  return words[policy];
}

function pressureText({ pressure }: People): string {
  if (pressure === null) return '';
  const { days, messages, lose, gain: more, journeys } = pressure;
  const rows = journeys.map(({ journey, stopped, freed }) => [code(journey), number(stopped), number(freed)]);
  return (
    `Pressure, over the messages of the last ${days} days: ${shift(messages)} would leave; ${number(lose)} people get fewer, ${number(more)} get more.\n\n` +
    limited(['journey', 'stopped now', 'let through now'], 'lrr', rows)
  );
}

function smallTables({ templates, consents, mutes = [] }: People): string {
  return (
    limited(
      ['journey', 'muted by', 'its people', 'muted'],
      'llrr',
      mutes.map(({ journey, mute, people, muted }) => [code(journey), code(mute), number(people), shift(muted)]),
    ) +
    limited(
      ['template', 'queued messages that change'],
      'lr',
      templates.filter(({ queued }) => some(queued)).map(({ id, queued }) => [code(id), number(queued)]),
    ) +
    limited(
      ['consent', 'channel', 'become unreachable', 'become reachable'],
      'llrr',
      consents
        .filter(({ lost, won }) => some(lost) || some(won))
        .map(({ purpose, channel, lost, won }) => [code(purpose), plainText(channel), number(lost), number(won)]),
    )
  );
}

function loyaltyTables({ loyalty }: People): string {
  const days = loyalty[0]?.days ?? 0;
  const points = (both: { before: number; after: number } | null) =>
    both === null ? 'not told' : shift({ before: both.before, after: both.after });
  const money = (both: { before: number; after: number } | null, currency: string | null) =>
    both === null || currency === null
      ? 'not told'
      : `${formatMoney(both.before, currency)} → ${formatMoney(both.after, currency)}`;
  return (
    limited(
      ['programme', `points of ${days} days`, 'up a tier', 'down a tier', 'liability'],
      'lrrrr',
      loyalty.map(({ program, issued, promoted, demoted, liability, currency }) => [
        ...[code(program), points(issued), number(promoted), number(demoted), money(liability, currency)],
      ]),
    ) +
    limited(
      ['reward', 'could take it', 'cost at most'],
      'lrr',
      loyalty.flatMap(({ program, rewards, currency }) =>
        rewards.map(({ reward, members, cost }) => [
          code(`${program}/${reward}`),
          shift(members),
          money(cost, currency),
        ]),
      ),
    )
  );
}

function limited(head: readonly string[], align: string, rows: readonly (readonly string[])[]): string {
  const shown = rows.slice(0, rowsMax).map((row) => [...row]);
  if (rows.length > rowsMax) shown.push([`and ${rows.length - rowsMax} more`, ...head.slice(1).map(() => '')]);
  return markdownTable(head, align, shown);
}

function some(count: Told): boolean {
  return typeof count === 'string' || (count !== null && count > 0);
}

function gain(count: Told): string {
  return some(count) ? `+${number(count)}` : '';
}

function loss(count: Told): string {
  return some(count) ? `−${number(count)}` : '';
}

function number(count: Told, sign = ''): string {
  if (count === null) return 'not known';
  if (count === 'few') return `${sign}<10`;
  if (count === 'withheld') return count;
  return count === 0 ? '·' : `${sign}${formatCount(count)}`;
}

function shift(both: ToldShift | null): string {
  if (both === null) return 'not known';
  return both.before === both.after ? number(both.after) : `${number(both.before)} → ${number(both.after)}`;
}
