/**
 * How points come: earning rules with their amounts and limits, challenges, and referrals. What points are worth is in
 * `loyalty.ts`.
 */
import { asSet } from '../canonical.ts';
import { parseMoney, parseNumber } from '../decimals.ts';
import type { EventSelection, Limit, LoyaltyBody, Occasion, Points, Value, ValueRef, ValueType } from '../ir.ts';
import { useSegment, useTrait } from '../references.ts';
import { readCondition } from './condition.ts';
import { type NamedEvent, propertyType, readEventTypes, readWhere, typeNames } from './events.ts';
import { readExpiry, readUsable } from './loyalty-times.ts';
import { child, demand, fault, faultUnknown, items, type Place, rangeOf, textAt, textOf } from './place.ts';
import { readShare } from './shares.ts';
import { inLoyalty } from './standpoint.ts';
import { readDuration, readElementTests, readLiteral, type Typed } from './values.ts';

/** What happened, with the events named: `{ event: order_placed, where: … }`, and a further `where` beside. Counts ever. */
export function readOccasion(
  place: Place,
  beside?: Place,
): { readonly selection: EventSelection; readonly events: readonly NamedEvent[] } {
  const events = readEventTypes(demand(place, 'event'));
  const where = asSet([...readWhere(child(place, 'where'), events), ...readWhere(beside, events)]);
  return { selection: { types: typeNames(events), where, window: { kind: 'ever' } }, events };
}

export function readEarn(place: Place): LoyaltyBody['earn'][number] {
  const each = child(place, 'each');
  const where = child(place, 'where');
  const condition = child(place, 'if');
  const when = demand(place, 'when');
  // Without `each` there is nothing but the event that `where` could speak of.
  const { selection, events, occasion } = readReason(when, each === undefined ? where : undefined);
  const isList = each !== undefined && checkEach(each, events);
  const points = readPoints(demand(place, 'points'), each === undefined ? events : null);
  const isFirst = child(place, 'first') !== undefined;
  if (isFirst && occasion !== undefined) {
    const detail =
      'What is the first of its kind is read from events, and this rule is opened by none. Write `limit: { max: 1, lifetime: true }` to give once.';
    fault(demand(place, 'first'), 'CMP337', detail, { on: 'key' });
  }
  const expire = child(place, 'expire');
  return {
    id: textOf(demand(place, 'id')),
    lever: (textAt(place, 'lever') ?? 'spend') as LoyaltyBody['earn'][number]['lever'],
    when: selection,
    if: condition === undefined ? null : readCondition(condition, inLoyalty),
    each: isList ? textOf(each) : null,
    where: each === undefined || where === undefined ? [] : readElementTests(where, inLoyalty),
    points,
    limit: readLimit(child(place, 'limit'), points),
    ...lean({
      occasion,
      isFirst: isFirst ? (true as const) : undefined,
      round: textAt(place, 'round') as LoyaltyBody['earn'][number]['round'],
      group: textAt(place, 'group'),
      usable: readUsable(place, events),
      expire: expire === undefined ? undefined : readExpiry(expire),
    }),
  };
}

/** Only what is said. */
function lean<T extends object>(some: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(some).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof lean<T>
  >;
}

/** What gives points: an event, a value that changes, a segment that is entered. */
function readReason(
  when: Place,
  beside: Place | undefined,
): {
  readonly selection: EventSelection;
  readonly events: readonly NamedEvent[];
  readonly occasion: Occasion | undefined;
} {
  const changes = child(when, 'changes');
  const enters = child(when, 'enters');
  if (changes === undefined && enters === undefined) return { ...readOccasion(when, beside), occasion: undefined };
  const selection: EventSelection = { types: [], where: [], window: { kind: 'ever' } };
  if (beside !== undefined) {
    const detail =
      '`where` tests the properties of an event, and this rule is opened by none. Say under `if` what must be true of the member.';
    fault(beside, 'CMP337', detail, { on: 'key' });
  }
  if (changes === undefined) {
    const segment = enters as Place;
    useSegment(segment, textOf(segment));
    return { selection, events: [], occasion: { kind: 'enters', segment: textOf(segment) } };
  }
  const changed = readChanged(changes);
  const literal = (key: string): Value | null => {
    const found = child(when, key);
    return found === undefined || changed === undefined ? null : (readLiteral(found, changed.typed) ?? null);
  };
  const occasion: Occasion = {
    kind: 'changes',
    of: changed?.of ?? unresolved,
    from: literal('from'),
    to: literal('to'),
  };
  return { selection, events: changed === undefined ? [] : fieldsOf(changes), occasion };
}

/** The fields of the row that changes are measured as an event's properties are. */
function fieldsOf(changes: Place): readonly NamedEvent[] {
  const [name = ''] = textOf(changes).split('.');
  const entity = changes.at.names.entities.get(name);
  if (entity === undefined) return [];
  const properties = Object.fromEntries(Object.entries(entity.fields).map(([field, { type }]) => [field, type]));
  return [{ name, body: { properties } as NamedEvent['body'] }];
}

function checkEach(each: Place, events: readonly NamedEvent[]): boolean {
  const type = propertyType(each, textOf(each), events);
  if (type === undefined) return false;
  if (type === 'list') return true;
  const detail = `\`${textOf(each)}\` is of type ${type}, and \`each\` reads the elements of a list one by one. Name a property of type list, or remove \`each\`.`;
  fault(each, 'CMP225', detail);
  return false;
}

/** `events`: those that have the property; null: it is an element's, of no declared type. */
function readPoints(place: Place, events: readonly NamedEvent[] | null): Points {
  const draw = child(place, 'draw');
  if (draw !== undefined) return readDraw(place, draw);
  const nth = child(place, 'nth');
  if (nth !== undefined) {
    const give = items(nth).map((one) => Number(textOf(one)));
    return { kind: 'nth', give, window: readWindow(place) ?? { kind: 'lifetime' } };
  }
  const per = child(place, 'per');
  if (per === undefined) return { kind: 'fixed', points: Number(textOf(place)) };
  const of = demand(place, 'of');
  const type = events === null ? undefined : propertyType(of, textOf(of), events);
  const give = Number(textAt(place, 'give') ?? 0);
  const bands = child(place, 'bands');
  if (type !== undefined && type !== 'money' && type !== 'integer' && type !== 'number') {
    const detail = `\`${textOf(of)}\` is of type ${type}, and points are given for each so much of a number or of an amount. Name a property of type integer, number or money.`;
    fault(of, 'CMP224', detail);
    return { kind: 'per', per: 1, of: textOf(of), give };
  }
  const more = bands === undefined ? {} : { bands: readBands(bands, type) };
  return { kind: 'per', ...readPer(per, type), of: textOf(of), give, ...more };
}

function readDraw(place: Place, draw: Place): Points {
  const why = 'it is a share of all events.';
  const prizes = items(draw).map((one) => ({
    odds: readShare(demand(one, 'odds'), 100, why),
    give: Number(textOf(demand(one, 'give'))),
  }));
  const all = prizes.reduce((sum, { odds }) => sum + odds, 0);
  if (all > 10_000) {
    const detail = `The odds add up to ${all / 100}%, and no event wins two prizes: those that stand last would be won less often than they say. Let them add up to 100% at most.`;
    fault(draw, 'CMP362', detail);
  }
  return { kind: 'draw', prizes, seed: textOf(demand(place, 'seed')) };
}

function readBands(
  place: Place,
  type: ValueType | undefined,
): readonly { readonly from: number; readonly give: number }[] {
  const bands = items(place).map((band) => {
    const from = demand(band, 'from');
    const isNone = /^0+(\.0+)?( |$)/.test(textOf(from));
    return { from: isNone ? 0 : readPer(from, type).per, give: Number(textOf(demand(band, 'give'))), place: from };
  });
  for (const [i, { from, place: at }] of bands.entries()) {
    const before = bands[i - 1];
    if (before === undefined ? from === 0 : from > before.from) continue;
    const why = before === undefined ? 'the first one begins at 0' : 'each begins above the one before';
    fault(
      at,
      'CMP331',
      `Bands stand from the lowest up, and ${why}: otherwise an amount would be in none or in two of them.`,
    );
  }
  return bands.map(({ from, give }) => ({ from, give }));
}

/** Money in minor units of its currency. */
function readPer(per: Place, type: ValueType | undefined): { readonly per: number; readonly unit?: string } {
  const money = parseMoney(textOf(per));
  const number = parseNumber(textOf(per));
  const amount = money?.amount ?? number ?? 0;
  if (type === 'money' && money === null) {
    const hint = number === null ? '' : ` \`${textOf(per)} ${per.at.names.workspace.currency}\``;
    fault(per, 'CMP224', `The property is money, so \`per\` is an amount with its currency:${hint || ' `10 EUR`'}.`);
  } else if (type !== undefined && type !== 'money' && money !== null) {
    fault(per, 'CMP224', `The property is of type ${type}, and \`${textOf(per)}\` is money. Write a number.`);
  } else if (amount <= 0) {
    const detail = `Points are given for each \`${textOf(per)}\`, which is no amount above nothing. Write a number or money above 0, such as \`1\` or \`10 EUR\`.`;
    fault(per, 'CMP230', detail);
  }
  return { per: amount, ...(money !== null && { unit: money.currency }) };
}

const windows = ['calendar', 'rolling', 'lifetime'] as const;

/** A limit; null where there is none, or it is said to be wrong. */
export function readLimit(place: Place | undefined, points: Points | null): Limit | null {
  if (place === undefined) return null;
  const most = child(place, 'max') ?? demand(place, 'max_points');
  const of = child(place, 'max') === undefined ? 'points' : 'times';
  const window = readWindow(place);
  const max = Number(textOf(most));
  if (of === 'points' && points?.kind === 'fixed' && points.points > max) {
    const detail = `The rule gives ${points.points} points at once, and the limit lets ${max} through: it would never give any. Raise the limit, or count times with \`max\`.`;
    fault(most, 'CMP233', detail);
  }
  if (window === null) {
    const detail = `A limit counts in a window, and this one has none: ${textOf(most)} a day and ${textOf(most)} in a life are far apart. Add \`calendar: month\`, \`rolling: 30d\` or \`lifetime: true\`.`;
    fault(place, 'CMP228', detail, { on: 'key' });
    return null;
  }
  return { max, of, window };
}

/** The one window of the map; null where there is none. Says so when there are two. */
function readWindow(place: Place): Limit['window'] | null {
  const said = windows.flatMap((key) => child(place, key) ?? []);
  const [window, second] = said;
  if (window === undefined) return null;
  if (second !== undefined) {
    const related = [{ message: 'the other window', range: rangeOf(window, 'key') }];
    fault(second, 'CMP228', 'There are two windows, and one counts. Keep one of them.', { on: 'key', related });
  }
  switch (window.path.at(-1)) {
    case 'calendar':
      return { kind: 'calendar', unit: textOf(window) as Extract<Limit['window'], { kind: 'calendar' }>['unit'] };
    case 'rolling':
      return { kind: 'rolling', duration: readDuration(window) };
    default:
      return { kind: 'lifetime' };
  }
}

export function readChallenge(place: Place): LoyaltyBody['challenges'][number] {
  const reach = demand(place, 'reach');
  if (Number(textOf(reach)) === 0) {
    const detail = 'Nothing has to be done to reach 0, so everybody would win at once. Write how many it takes.';
    fault(reach, 'CMP226', detail);
  }
  return {
    id: textOf(demand(place, 'id')),
    of: readAsked(place, reach),
    reach: Number(textOf(reach)),
    window: readWindow(place) ?? { kind: 'lifetime' },
    points: Number(textAt(place, 'points') ?? 0),
    badge: textAt(place, 'badge') ?? null,
  };
}

function readAsked(place: Place, reach: Place): LoyaltyBody['challenges'][number]['of'] {
  const count = child(place, 'count');
  if (count !== undefined) return { kind: 'count', events: readOccasion(count).selection };
  const streak = child(place, 'streak');
  if (streak !== undefined) {
    const every = textOf(demand(streak, 'every')) as 'day' | 'week' | 'month';
    return { kind: 'streak', events: readOccasion(streak).selection, every };
  }
  const collect = child(place, 'collect');
  if (collect !== undefined) {
    const { selection, events } = readOccasion(collect);
    const of = demand(collect, 'of');
    return { kind: 'collect', events: selection, of: textOf(of), type: propertyType(of, textOf(of), events) ?? 'text' };
  }
  const parts = items(demand(place, 'set')).map((one) => readOccasion(one).selection);
  if (Number(textOf(reach)) > parts.length) {
    const detail = `There are ${parts.length} things to be done, so nobody could reach ${textOf(reach)}. Write at most ${parts.length}, or add to the set.`;
    fault(reach, 'CMP226', detail);
  }
  const types = asSet(parts.flatMap((part) => part.types));
  return { kind: 'set', events: { types, where: [], window: { kind: 'ever' } }, parts };
}

/** The property of the referral's event that names who referred. */
const referrerProperty = 'referrer';

export function readReferral(place: Place): NonNullable<LoyaltyBody['referral']> {
  const when = demand(place, 'when');
  const { selection, events } = readOccasion(when);
  for (const { name, body } of events) {
    if (Object.hasOwn(body.properties, referrerProperty)) continue;
    const detail = `Event \`${name}\` has no property \`referrer\`, so it doesn't say who brought the new member, and nobody could be rewarded. Declare \`referrer: id\` for it.`;
    fault(demand(when, 'event'), 'CMP234', detail);
    break;
  }
  const by = textAt(place, 'by');
  const condition = child(place, 'if');
  const unless = items(child(place, 'unless_same'));
  for (const one of unless) useTrait(one, textOf(one));
  return {
    when: selection,
    ...(by !== undefined && { by }),
    ...(condition !== undefined && { if: readCondition(condition, inLoyalty) }),
    ...(unless.length > 0 && { unlessSame: asSet(unless.map(textOf)) }),
    qualifies: readQualifies(demand(place, 'qualifies')),
    referrer: pointsOf(child(place, 'referrer')),
    referee: pointsOf(child(place, 'referee')),
    limit: readLimit(child(place, 'limit'), null),
  };
}

function pointsOf(party: Place | undefined): number {
  return party === undefined ? 0 : Number(textOf(demand(party, 'points')));
}

function readQualifies(place: Place): NonNullable<LoyaltyBody['referral']>['qualifies'] {
  const within = readDuration(demand(place, 'within'));
  const changes = child(place, 'changes');
  if (changes === undefined) {
    const times = Number(textAt(place, 'times') ?? 1);
    return { kind: 'event', events: readOccasion(place).selection, within, ...(times > 1 && { times }) };
  }
  const changed = readChanged(changes);
  const to = changed === undefined ? undefined : readLiteral(demand(place, 'to'), changed.typed);
  return { kind: 'changes', of: changed?.of ?? unresolved, to: to ?? ('' satisfies Value), within };
}

/** Stands for what couldn't be resolved; the mistake has been said, so no bundle comes of it. */
const unresolved: ValueRef = { root: 'trait', trait: '', type: 'text' };

/** A trait by its name, or the field of an entity: `purchase.status`. */
function readChanged(place: Place): { readonly of: ValueRef; readonly typed: Typed } | undefined {
  const [name = '', field] = textOf(place).split('.');
  if (field !== undefined) return readChangedField(place, name, field);
  const trait = useTrait(place, name);
  if (trait === undefined) return undefined;
  const typed = { type: trait.type, values: trait.values, label: `trait \`${name}\`` };
  return { of: { root: 'trait', trait: name, type: trait.type }, typed };
}

function readChangedField(
  place: Place,
  entity: string,
  field: string,
): { readonly of: ValueRef; readonly typed: Typed } | undefined {
  const { entities } = place.at.names;
  const body = entities.get(entity);
  if (body === undefined) {
    const remedy = 'Declare it under `entities` of a schema, or name a trait.';
    faultUnknown(place, 'CMP235', { what: 'entity', name: entity, known: entities.keys(), remedy });
    return undefined;
  }
  const found = Object.hasOwn(body.fields, field) ? body.fields[field] : undefined;
  if (found === undefined) {
    const what = `field of entity \`${entity}\` named`;
    const remedy = 'Declare it under `fields` of the entity.';
    faultUnknown(place, 'CMP012', { what, name: field, known: Object.keys(body.fields), remedy });
    return undefined;
  }
  place.at.needs.add(`entity/${entity}`);
  const typed = { type: found.type, values: found.values, label: `field \`${entity}.${field}\`` };
  return { of: { root: 'entity', entity, field, type: found.type }, typed };
}
