/** What a plan does to people, for people: tables of numbers, with how they were measured. */
import type {
  ConsentImpact,
  Impact,
  JourneyEntryImpact,
  JourneyImpact,
  Measure,
  MuteImpact,
  PressureImpact,
  SegmentImpact,
  Shift,
  TemplateImpact,
} from '../../reconcile/impact-form.ts';
import type { InFlightFate } from '../../reconcile/plan.ts';
import { formatMoney } from './programme-view.ts';
import { type Cell, counted, formatCount, formatShare, formatTime, type Style, table } from './style.ts';

/** Journeys and mutes that people are shown. */
const mutesShown = 15;

export const symbols = { add: '+', change: '~', remove: '-', move: '>', indirect: '»' } as const;

export function impactText(impact: Impact, fates: readonly InFlightFate[], style: Style): string {
  const parts = [
    segmentsText(impact.segments),
    journeysText(impact.journeys),
    fatesText(fates),
    impact.pressure === null || impact.pressure.candidates === 0 ? '' : pressureText(impact.pressure),
    templatesText(impact.templates),
    consentsText(impact.consents),
    mutesText(impact.mutes ?? []),
    loyaltyText(impact),
  ].filter((part) => part !== '');
  if (parts.length === 0) return '';
  const sampled = measuresIn(impact).filter(({ lanes, of }) => lanes < of);
  const least = Math.min(...sampled.map(({ lanes }) => lanes));
  const how =
    sampled.length === 0
      ? ''
      : `, from ${formatCount(least)} of ${formatCount(sampled[0]?.of ?? 0)} lanes at least: ± are 95 % intervals (--budget allows more)`;
  return `\n${style.strong('People')}, counted at ${formatTime(impact.at)}${how}\n${parts.map((part) => `\n${part}`).join('')}`;
}

function measuresIn({ segments, journeys, pressure, consents, mutes = [], loyalty }: Impact): readonly Measure[] {
  return [
    ...segments,
    ...journeys,
    ...consents,
    ...mutes,
    ...loyalty,
    ...(pressure === null ? [] : [pressure]),
  ].flatMap(({ measure }) => measure ?? []);
}

function segmentsText(segments: readonly SegmentImpact[]): string {
  if (segments.length === 0) return '';
  const rows = segments.map((one): Cell[] => {
    const readers = one.readBy.length > 2 ? [...one.readBy.slice(0, 2), `${one.readBy.length - 2} more`] : one.readBy;
    const read = (name: 'before' | 'after' | 'entered' | 'left', sign = '') =>
      estimated(one[name], name, one.measure, sign);
    return [
      ...[symbols[one.change], one.id, readers.join(', ') || null, read('before'), read('after')],
      one.entered === 0 ? null : read('entered', '+'),
      one.left === 0 ? null : read('left', '−'),
    ];
  });
  const samples = segments.flatMap(({ id, samples: { entered, left } }) => [
    ...(entered.length > 0 ? [`  ${id} +  ${entered.join(' ')}\n`] : []),
    ...(left.length > 0 ? [`  ${id} −  ${left.join(' ')}\n`] : []),
  ]);
  return (
    table(['', 'segment', 'read by', 'before', 'after', 'in', 'out'], rows, { align: 'lll' }) +
    (samples.length === 0 ? '' : `  samples, as hashes:\n${samples.join('')}`)
  );
}

/** `1,200 ± 80`: half the interval, where it isn't exact. */
function estimated(count: number | null, name: string, measure: Measure | null, sign = ''): string {
  if (count === null) return 'unknown';
  const interval = measure?.intervals?.[name];
  const spread = interval === undefined ? 0 : Math.round(Math.max(interval[1] - count, count - interval[0]));
  return `${sign}${formatCount(count)}${spread > 0 ? ` ± ${formatCount(spread)}` : ''}`;
}

function journeysText(journeys: readonly JourneyImpact[]): string {
  if (journeys.length === 0) return '';
  const head = ['', 'journey', 'by', 'in it now', 'would enter', 'messages in 1 h', 'in 7 d'];
  return table(head, journeys.flatMap(journeyRows), { align: 'lll' });
}

function journeyRows(one: JourneyImpact): Cell[][] {
  const messages = [one.messages?.hour, one.messages?.week].map((shift) => shiftText(shift ?? null));
  if (one.change === 'remove')
    return [[symbols.remove, one.id, 'removed: they leave it', formatCount(one.active), null, ...messages]];
  return one.entries.map((entry, i) => [
    ...(i === 0 ? [symbols[one.change], one.id] : ['', '']),
    entryWords(entry),
    i === 0 ? formatCount(one.active) : '',
    entry.trigger === 'event' ? 'as it happens' : estimated(entry.people, `entries.${i}`, one.measure),
    ...(i === 0 ? messages : ['', '']),
  ]);
}

function shiftText(shift: Shift | null): string {
  if (shift === null) return 'unknown';
  const { before, after } = shift;
  return before === after ? `≤ ${formatCount(after)}` : `≤ ${formatCount(before)} → ${formatCount(after)}`;
}

const noneWords = {
  status: 'not live',
  skip: 'as people enter or leave; present members stay out',
  later: 'at its date, or as it happens',
  unchanged: 'as before; present members were taken',
} as const;

function entryWords(entry: JourneyEntryImpact): string {
  switch (entry.trigger) {
    case 'segment':
      return `members of ${entry.segment}`;
    case 'schedule':
      return entry.nextFire === null
        ? `members of ${entry.segment}, but its time never comes`
        : `members of ${entry.segment}, next ${formatTime(entry.nextFire)}`;
    case 'date':
      return 'at its date; at most, those who are late by less than `late`';
    case 'condition':
      return 'those who fulfil its condition';
    case 'event':
      return `event ${entry.events.join(', ')}`;
    case 'none':
      return noneWords[entry.because];
  }
}

/** Where everybody who is inside goes: a line for each step. */
export function fatesText(fates: readonly InFlightFate[]): string {
  const rows = fates.flatMap(({ journey, policy, waits, steps }) =>
    steps.map(({ step, people, fate, to }): Cell[] => [
      ...[journey, step ?? '(between steps)', formatCount(people)],
      fate === 'left'
        ? `leave it (${policy})`
        : fate === 'pinned'
          ? `go on by the steps that they have (${policy})`
          : `${to === null || to === step ? 'go on by the new steps' : `to ${to}`}${waits === 'recompute' ? ', waits counted anew' : ''}`,
    ]),
  );
  return rows.length === 0
    ? ''
    : table(['journey', 'inside, at', 'people', 'what becomes of them'], rows, { align: 'llrl' });
}

function pressureText(pressure: PressureImpact): string {
  const { days, candidates, messages, stopped, freed, lose, gain, journeys } = pressure;
  const rows = journeys.map((one): Cell[] => [
    ...[one.journey, formatCount(one.messages.before), formatCount(one.messages.after)],
    one.stopped === 0 ? null : `−${formatCount(one.stopped)}`,
    one.freed === 0 ? null : `+${formatCount(one.freed)}`,
  ]);
  const head = `Caps, on ${counted(candidates, 'message')} of the last ${days} days: ${formatCount(messages.before)} left, ${formatCount(messages.after)} would have `;
  return (
    `${head}(−${formatCount(stopped)} +${formatCount(freed)}); ${counted(lose, 'person gets', 'people get')} fewer, ${formatCount(gain)} more.\n` +
    (rows.length === 0 ? '' : table(['journey', 'left', 'would have', 'stopped', 'freed'], rows, { align: 'l' }))
  );
}

function templatesText(templates: readonly TemplateImpact[]): string {
  const rows = templates.map((one): Cell[] => [
    ...[symbols[one.change], one.id, orUnknown(one.queued), orUnknown(one.deferred)],
  ]);
  return rows.length === 0
    ? ''
    : table(['', 'template', 'queued messages with the new text', 'deferred'], rows, { align: 'll' });
}

function consentsText(consents: readonly ConsentImpact[]): string {
  const rows = consents.map((one): Cell[] => {
    const read = (name: 'before' | 'after' | 'lost' | 'won') => estimated(one[name], name, one.measure);
    return [one.purpose, one.channel, read('before'), read('after'), read('lost'), read('won')];
  });
  return rows.length === 0
    ? ''
    : table(['purpose', 'channel', 'reached', 'will be', 'lost', 'won'], rows, { align: 'll' });
}

/** What a mute does to a journey is told by nobody else: it stops messages without a word. */
function mutesText(mutes: readonly MuteImpact[]): string {
  const rows = mutes
    .slice(0, mutesShown)
    .map(({ mute, journey, people, muted }): Cell[] => [
      ...[journey, mute, formatCount(people), formatCount(muted.before), formatCount(muted.after)],
      formatShare(people === 0 ? null : muted.after / people),
    ]);
  if (rows.length === 0) return '';
  const rest = mutes.length - rows.length;
  const more = rest === 0 ? '' : `  and ${counted(rest, 'smaller share')}: --json tells all\n`;
  return `${table(['journey', 'muted by', 'its people', 'muted', 'will be', 'share'], rows, { align: 'll' })}${more}`;
}

function loyaltyText({ loyalty }: Impact): string {
  const rows = loyalty.map((one): Cell[] => [
    ...[symbols[one.change], one.program, plainShift(one.issued)],
    ...(['promoted', 'demoted'] as const).map((name) => estimated(one[name], name, one.measure)),
    ...[orUnknown(one.members), moneyShift(one.liability, one.currency)],
  ]);
  if (rows.length === 0) return '';
  const days = loyalty[0]?.days ?? 0;
  const head = ['', 'programme', `points of ${days} days`, 'promoted', 'demoted', 'members', 'liability'];
  const rewards = loyalty.flatMap(({ program, currency, rewards: changed }) =>
    changed.map(({ reward, members, units, cost }): Cell[] => [
      ...[`${program}/${reward}`, plainShift(members), plainShift(units), moneyShift(cost, currency)],
    ]),
  );
  const exposed =
    rewards.length === 0
      ? ''
      : `\n${table(['reward', 'could take it', 'at most', 'cost at most'], rewards, { align: 'l' })}`;
  const uncounted = loyalty
    .filter((one) => one.uncounted.length > 0)
    .map((one) => `  not counted of ${one.program}: ${one.uncounted.map((part) => uncountedParts[part]).join(', ')}\n`);
  return `${table(head, rows, { align: 'll' })}${uncounted.join('')}${exposed}`;
}

const uncountedParts = {
  challenges: 'points of challenges',
  occasions: 'rules that wait for a value or a segment',
  qualifying: 'what counts for tiers alone',
  referral: 'points of referrals',
} as const;

function moneyShift(shift: Shift | null, currency: string | null): string | null {
  if (shift === null || currency === null) return null;
  return `${formatMoney(shift.before, currency)} → ${formatMoney(shift.after, currency)}`;
}

function plainShift(shift: Shift | null): string {
  return shift === null ? 'unknown' : `${formatCount(shift.before)} → ${formatCount(shift.after)}`;
}

function orUnknown(count: number | null): string {
  return count === null ? 'unknown' : formatCount(count);
}
