/**
 * Countries: what the law and the customs of a place allow. What several countries, desks and the house's quiet hours leave
 * together is checked in `check-countries.ts` and `check-hours.ts`.
 */
import { asSet } from '../canonical.ts';
import { parseDay } from '../instants.ts';
import type { CountryBody, WhenCapped } from '../ir.ts';
import { channelTypeNamed, useConsent } from '../references.ts';
import { byId, checkIds, readCap } from './caps.ts';
import { readCondition } from './condition.ts';
import { readContactHours } from './hours.ts';
import { readPhone } from './phone.ts';
import {
  child,
  demand,
  entries,
  fault,
  items,
  type Place,
  type Resolving,
  rangeOf,
  root,
  textAt,
  textOf,
  textsAt,
} from './place.ts';
import { outside } from './standpoint.ts';
import { listed } from './values.ts';

export function resolveCountry(at: Resolving): CountryBody {
  const place = root(at);
  const caps = items(child(place, 'caps'));
  const whenCapped = textAt(place, 'when_capped');
  checkIds(caps, 'Decisions name the cap by its id.');
  return {
    where: readCondition(demand(place, 'where'), outside('A country')),
    zone: textOf(demand(place, 'zone')),
    zones: readZones(place),
    locale: textAt(place, 'locale') ?? null,
    currency: textAt(place, 'currency') ?? null,
    phone: readPhone(child(place, 'phone')),
    holidays: readHolidays(child(place, 'holidays')),
    consent: readConsents(items(child(place, 'consent'))),
    contactHours: readContactHours(child(place, 'contact_hours')),
    caps: byId(caps.map(readCap)),
    ...(whenCapped !== undefined && whenCapped !== 'defer' && { whenCapped: whenCapped as WhenCapped }),
    registers: asSet(textsAt(place, 'registers')),
    dataQuality: Object.fromEntries(
      entries(child(place, 'data_quality')).map(([name, one]) => [name, one.value === true]),
    ),
  };
}

/** Zones beside the main one. */
function readZones(place: Place): readonly string[] {
  const main = textOf(demand(place, 'zone'));
  for (const zone of items(child(place, 'zones'))) {
    if (textOf(zone) !== main) continue;
    const detail = `\`${main}\` is the \`zone\` of the country already; \`zones\` names the further ones. Remove it here.`;
    fault(zone, 'CMP210', detail);
  }
  return asSet(textsAt(place, 'zones').filter((zone) => zone !== main));
}

let names: Intl.DisplayNames | undefined;

/** Made when the first country comes: its tables take 30 ms to load. */
function regions(): Intl.DisplayNames {
  names ??= new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  return names;
}

function readHolidays(place: Place | undefined): CountryBody['holidays'] {
  if (place === undefined) return null;
  const calendar = demand(place, 'calendar');
  checkCalendar(calendar);
  const add = readDays(place, 'add');
  const remove = readDays(place, 'remove');
  for (const item of items(child(place, 'remove'))) {
    const day = parseDay(textOf(item));
    if (day === null || !add.includes(day)) continue;
    fault(
      item,
      'CMP210',
      `\`${textOf(item)}\` is added and removed, so it isn't clear which is meant. Remove one of the two lines.`,
    );
  }
  return { calendar: textOf(calendar), add, remove };
}

function checkCalendar(place: Place): void {
  const [country = '', region] = textOf(place).split('-');
  // `uk` is an alias of `gb`, `xq` is nothing.
  const known = new Intl.Locale(`und-${country}`).region?.toLowerCase();
  if (known === country && regions().of(country.toUpperCase()) !== undefined) return;
  const suggestion = known === undefined || known === country ? undefined : [known, region].filter(Boolean).join('-');
  const detail = `There is no country \`${country}\`, so it has no calendar of holidays. Write the two letters of ISO 3166, such as \`fr\`.`;
  fault(place, 'CMP212', detail, { suggestion });
}

/** Days since 1970-01-01, in order. */
function readDays(place: Place, key: string): readonly number[] {
  const days = items(child(place, key)).flatMap((item) => {
    const day = parseDay(textOf(item));
    if (day === null)
      fault(item, 'CMP020', `\`${textOf(item)}\` is no day of the calendar. Write year, month and day: 2027-05-07.`);
    return day ?? [];
  });
  return [...new Set(days)].sort((a, b) => a - b);
}

type ConsentRule = CountryBody['consent'][number];

function readConsents(rules: readonly Place[]): CountryBody['consent'] {
  const seen = new Map<string, Place>();
  const read = rules.map((rule) => {
    const purpose = textOf(demand(rule, 'purpose'));
    const channels = items(demand(rule, 'channels'));
    checkPurpose(rule, channels);
    for (const channel of channels) checkOnce(channel, `${purpose} ${channelTypeNamed(textOf(channel))}`, seen);
    const unless = child(rule, 'unless');
    return {
      purpose,
      channels: asSet(channels.flatMap((channel) => channelTypeNamed(textOf(channel)) ?? [])),
      needs: textOf(demand(rule, 'needs')) as ConsentRule['needs'],
      unless: unless === undefined ? null : readCondition(unless, outside('A country')),
    };
  });
  return asSet(read);
}

/** A rule about a purpose on a channel that the purpose doesn't cover, or that needs no consent, is never read. */
function checkPurpose(rule: Place, channels: readonly Place[]): void {
  const purpose = demand(rule, 'purpose');
  const consent = useConsent(purpose, textOf(purpose));
  if (consent === undefined) return;
  if (consent.basis === 'contract') {
    const detail = `Purpose \`${textOf(purpose)}\` has the basis \`contract\`: it is never asked for, so this rule is never read. Remove the rule, or change the basis of the purpose.`;
    fault(purpose, 'CMP210', detail);
  }
  for (const channel of channels) {
    const type = channelTypeNamed(textOf(channel));
    if (type === undefined || consent.channels.includes(type)) continue;
    const detail = `Purpose \`${textOf(purpose)}\` covers ${listed(consent.channels)}, so nothing leaves for it by ${textOf(channel)} and this rule is never read. Add the channel to the consent, or remove it here.`;
    fault(channel, 'CMP210', detail);
  }
}

function checkOnce(channel: Place, key: string, seen: Map<string, Place>): void {
  const first = seen.get(key);
  if (first === undefined) {
    seen.set(key, channel);
    return;
  }
  const related = [{ message: 'first ruled here', range: rangeOf(first) }];
  const detail = `Two rules say what ${textOf(channel)} needs for this purpose, so it isn't clear which holds. Keep one.`;
  fault(channel, 'CMP209', detail, { related });
}
