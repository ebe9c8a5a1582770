/**
 * Computed traits that read a person by what everybody does: what he is inclined to, his best channel and hour, what he will spend
 * and whether he will come back. How people are ranked among each other is in `trait-of-traits.ts`.
 */
import type { TraitDefinition, Value, ValueType } from '../ir.ts';
import { useChannel } from '../references.ts';
import { readMeasure } from './event-condition.ts';
import { propertyType } from './events.ts';
import { child, demand, fault, items, type Place, textAt, textOf } from './place.ts';
import { readRefresh } from './refresh.ts';
import { readShare } from './shares.ts';
import { readEvents } from './trait-events.ts';
import { weekDays } from './trait-types.ts';
import { durationAt, listed, readDuration, readLiteral } from './values.ts';

type Of<K extends TraitDefinition['kind']> = Extract<TraitDefinition, { readonly kind: K }>;

const categories: readonly ValueType[] = ['text', 'id', 'enum', 'integer', 'boolean'];

export function readAffinity(place: Place): Of<'affinity'> {
  const { selection, events } = readEvents(place);
  const of = demand(place, 'of');
  const type = events.length === 0 ? undefined : propertyType(of, textOf(of), events);
  if (type !== undefined && !categories.includes(type)) {
    const detail = `Property \`${textOf(of)}\` is of type ${type}, whose values hardly ever come twice, so nobody is inclined to one of them. Name a property that says of what sort something is: a text, an id, an enum, an integer or a boolean.`;
    fault(of, 'CMP280', detail);
  }
  return {
    kind: 'affinity',
    events: selection,
    of: textOf(of),
    type: type ?? 'text',
    to: type === undefined || !categories.includes(type) ? null : readTo(place, type, textOf(of)),
    prior: priorOf(place),
    atLeast: Number(textAt(place, 'at_least') ?? 1),
    refresh: readRefresh(place),
  };
}

function readTo(place: Place, type: ValueType, of: string): Value | null {
  const to = child(place, 'to');
  if (to === undefined) return null;
  return readLiteral(to, { type, values: null, label: `property \`${of}\`` }) ?? null;
}

/** As in `engine/measure/statistics`. */
const usualPrior = 10;

function priorOf(place: Place): number {
  return Number(textAt(place, 'prior') ?? usualPrior);
}

/** Types of channels on which nobody can be known to have seen a message. */
const unseenOn: ReadonlySet<string> = new Set(['sms', 'print', 'log']);

export function readPreferredChannel(place: Place): Of<'preferred_channel'> {
  const channels = items(demand(place, 'channels'));
  const status = textAt(place, 'status') === 'seen' ? 'seen' : 'acted';
  for (const channel of channels) {
    const type = useChannel(channel, textOf(channel));
    if (status !== 'seen' || type === undefined || !unseenOn.has(type)) continue;
    const detail = `Nobody can be known to have seen a message on \`${textOf(channel)}\`, which is of type ${type}: its rate would always be the lowest. Compare by \`status: acted\`, or leave the channel out.`;
    fault(channel, 'CMP281', detail);
  }
  return {
    kind: 'preferred_channel',
    channels: channels.map(textOf),
    status,
    inLast: durationAt(place, 'in_last'),
    atLeast: Number(textAt(place, 'at_least') ?? 1),
    refresh: readRefresh(place),
  };
}

const clock = /^([01][0-9]|2[0-3]):[0-5][0-9]$/;

export function readBestHour(place: Place): Of<'best_hour'> {
  const { selection } = readEvents(place);
  const part = textAt(place, 'part') === 'day' ? 'day' : 'hour';
  const fallback = child(place, 'fallback');
  if (fallback !== undefined) checkFallback(fallback, part);
  return {
    kind: 'best_hour',
    events: selection,
    part,
    prior: priorOf(place),
    atLeast: Number(textAt(place, 'at_least') ?? 3),
    fallback: fallback === undefined ? null : textOf(fallback),
    refresh: readRefresh(place),
  };
}

function checkFallback(fallback: Place, part: 'hour' | 'day'): void {
  const text = textOf(fallback);
  if (part === 'hour' ? clock.test(text) : weekDays.includes(text)) return;
  const expected =
    part === 'hour'
      ? 'a clock time. Write one in quotes, such as `"18:00"`.'
      : `a day of the week. Write one of ${listed(weekDays)}.`;
  fault(fallback, 'CMP282', `\`${text}\` stands beside values that are each ${expected}`);
}

const dayMs = 86_400_000;
const daysOfMonth = 30.4375;
const daysOverMax = 3653;

export function readClv(place: Place): Of<'clv'> {
  const { selection, events } = readEvents(place);
  const predict = (textAt(place, 'predict') ?? 'value') as Of<'clv'>['predict'];
  const discount = child(place, 'discount');
  const isUseless = predict !== 'value' && discount !== undefined;
  if (isUseless) {
    const detail = `\`discount\` makes later money worth less, and \`predict: ${predict}\` says nothing of when. Remove it, or predict the \`value\`.`;
    fault(discount, 'CMP114', detail, { on: 'key' });
  }
  return {
    kind: 'clv',
    events: selection,
    unit: readUnit(place, events, predict),
    predict,
    over: readHorizon(demand(place, 'over')),
    discount:
      discount === undefined || isUseless
        ? 0
        : readShare(discount, 90, 'money that is worth less by that much each year is worth nothing soon.'),
    refresh: readRefresh(place),
  };
}

/** Money is added up in the currency of the workspace; without a value of orders there is no unit. */
function readUnit(
  place: Place,
  events: Parameters<typeof readMeasure>[1],
  predict: Of<'clv'>['predict'],
): string | null {
  const of = child(place, 'of');
  if (predict === 'orders') {
    if (of === undefined) return null;
    const detail = '`predict: orders` counts orders, whatever they are worth, so `of` has no effect. Remove it.';
    fault(of, 'CMP114', detail, { on: 'key' });
    return null;
  }
  if (of === undefined) {
    const detail = `What an order is worth isn't said, so there is no value to predict. Add \`of\` with the measure of the event, such as \`of: total\`, or write \`predict: orders\`.`;
    fault(place, 'CMP283', detail, { on: 'key' });
    return null;
  }
  return readMeasure(place, events) === 'money' ? place.at.names.workspace.currency : null;
}

function readHorizon(over: Place): number {
  const { months, days, ms } = readDuration(over);
  const length = months * daysOfMonth + days + ms / dayMs;
  if (length < 1 || length > daysOverMax) {
    const detail = `\`${textOf(over)}\` is no time for which orders can be told ahead: they are counted by days, and beyond ten years nothing that was seen says anything. Write from \`1d\` to \`10y\`, such as \`12mo\`.`;
    fault(over, 'CMP284', detail);
    return 365;
  }
  return length;
}

export function readChurnRisk(place: Place): Of<'churn_risk'> {
  return { kind: 'churn_risk', events: readEvents(place).selection, refresh: readRefresh(place) };
}
