/**
 * The demo's data: retailers and what they do over 120 days before a start and 30 days after it, from a seed alone. `makeDemoData`
 * is pure; `writeDemo` writes its three files. Nothing here reads the time or knows of the engine.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dayMs, type Happening, hourMs, type Life, liveLife, onOpenDay, openHours, opensAt } from './behaviour.ts';
import { type Chance, chanceFrom } from './chance.ts';
import { makeRetailer, type Retailer } from './retailer.ts';

export interface DemoOptions {
  readonly seed: number;
  /** Retailers over the whole period; a fifth of them registers after the start. */
  readonly profiles: number;
  /** Lines of both logs together. At least about 9 a profile: the funnel itself needs them. */
  readonly events: number;
  /** The instant that parts history from what is to come. */
  readonly start: Date;
}

export interface DemoData {
  /** With a header; retailers known at the start, as they are then. */
  readonly retailersCsv: string;
  /** JSON Lines before the start. */
  readonly historyJsonl: string;
  /** JSON Lines from the start on, 30 days. */
  readonly liveJsonl: string;
  readonly counts: {
    readonly retailers: number;
    readonly registeredLater: number;
    readonly history: number;
    readonly live: number;
  };
}

export const historyDays = 120;
export const liveDays = 30;

interface Entry extends Happening {
  readonly retailer: Retailer;
}

/** The data for these options; the same options give the same bytes. Throws when `events` can't hold what must happen. */
export function makeDemoData(options: DemoOptions): DemoData {
  const start = options.start.getTime();
  const chance = chanceFrom(options.seed);
  const lives = makeLives(options, chance);
  const end = start + liveDays * dayMs;
  const musts = lives.flatMap(({ retailer, life }) =>
    life.happenings.filter((happening) => happening.at < end).map((happening) => ({ ...happening, retailer })),
  );
  const missing = options.events - musts.length;
  if (missing < 0) throw new RangeError(`${options.events} events are too few: ${musts.length} must happen`);
  const visits = lookAround(lives, { count: missing, end, chance: chance.child(-1) });
  const log = [...musts, ...visits].sort(
    (a, b) => a.at - b.at || compare(a.retailer.externalId, b.retailer.externalId) || compare(a.type, b.type),
  );
  const lines = log.map((entry, index) => logLine(entry, index, start));
  const historyCount = log.filter((entry) => entry.at < start).length;
  const known = lives.filter(({ retailer }) => retailer.registeredAt < start).map(({ retailer }) => retailer);
  return {
    retailersCsv: exportAccounts(known, log.slice(0, historyCount)),
    historyJsonl: text(lines.slice(0, historyCount)),
    liveJsonl: text(lines.slice(historyCount)),
    counts: {
      retailers: known.length,
      registeredLater: lives.length - known.length,
      history: historyCount,
      live: log.length - historyCount,
    },
  };
}

/** Writes `retailers.csv`, `history.jsonl` and `live.jsonl` into the folder. */
export function writeDemo(data: DemoData, directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'retailers.csv'), data.retailersCsv);
  writeFileSync(join(directory, 'history.jsonl'), data.historyJsonl);
  writeFileSync(join(directory, 'live.jsonl'), data.liveJsonl);
}

function makeLives(options: DemoOptions, chance: Chance): readonly { retailer: Retailer; life: Life }[] {
  const from = options.start.getTime() - historyDays * dayMs;
  const lives = [];
  for (let number = 1; number <= options.profiles; number += 1) {
    const own = chance.child(number);
    // A little growth: later registrations are somewhat more frequent.
    const day = Math.floor(own.unit() ** 0.95 * (historyDays + liveDays));
    const hour = opensAt + own.between(0, openHours - 1);
    const local = onOpenDay(from + day * dayMs + hour * hourMs + own.between(0, 3599) * 1000);
    const someone = makeRetailer(number, local, own);
    const registeredAt = Math.min(local - someone.offsetHours * hourMs, from + (historyDays + liveDays) * dayMs - 1000);
    const retailer = { ...someone, registeredAt };
    lives.push({ retailer, life: liveLife(retailer, own) });
  }
  return lives;
}

/** Spreads visits over the retailers who are interested, by the length and strength of their interest. */
function lookAround(
  lives: readonly { retailer: Retailer; life: Life }[],
  how: { readonly count: number; readonly end: number; readonly chance: Chance },
): readonly Entry[] {
  const spans = lives.map(({ retailer, life }) => {
    const closed = life.happenings.find((happening) => happening.type === 'account_closed');
    const until = Math.min(life.interestedUntil, how.end - 1000, closed?.at ?? Number.POSITIVE_INFINITY);
    return {
      retailer,
      from: retailer.registeredAt,
      until,
      weight: Math.max(0, until - retailer.registeredAt) * life.interest,
    };
  });
  const upTo: number[] = [];
  for (const span of spans) upTo.push((upTo.at(-1) ?? 0) + span.weight);
  const visits: Entry[] = [];
  for (let n = 0; n < how.count; n += 1) {
    const draw = how.chance.unit() * upTo.at(-1)!;
    const span = spans[firstAbove(upTo, draw)]!;
    const at = Math.floor((span.from + how.chance.unit() * (span.until - span.from)) / 1000) * 1000;
    visits.push({ ...visit(how.chance), at: daytime(at, span), changes: {}, retailer: span.retailer });
  }
  return visits;
}

/** Visits outside of opening hours happen on that open day while the shop is open, if he is registered and interested then. */
function daytime(
  at: number,
  span: { readonly retailer: Retailer; readonly from: number; readonly until: number },
): number {
  const offset = span.retailer.offsetHours * hourMs;
  const local = onOpenDay(at + offset);
  const hour = new Date(local).getUTCHours();
  const isOpen = hour >= opensAt && hour < opensAt + openHours;
  const open = local + (isOpen ? 0 : opensAt + ((hour * 5) % openHours) - hour) * hourMs - offset;
  return open >= span.from && open <= span.until ? open : at;
}

function visit(chance: Chance): Pick<Happening, 'type' | 'properties'> {
  if (chance.happens(0.55))
    return { type: 'app_opened', properties: { device: chance.pick(['android', 'android', 'ios']) } };
  const category = chance.pick(['drinks', 'oil', 'flour', 'cleaning', 'biscuits', 'dairy']);
  return {
    type: 'catalogue_viewed',
    properties: { category, supplier: chance.pick(['molino-sur', 'rio-drinks', 'north-mills']) },
  };
}

/** The first index whose running total is above the draw. */
function firstAbove(upTo: readonly number[], draw: number): number {
  let low = 0;
  let high = upTo.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (upTo[middle]! > draw) high = middle;
    else low = middle + 1;
  }
  return low;
}

function logLine(entry: Entry, index: number, start: number): string {
  const isNewcomer = entry.type === 'account_created' && entry.at >= start;
  return JSON.stringify({
    id: `e${String(index + 1).padStart(7, '0')}`,
    at: new Date(entry.at).toISOString(),
    type: entry.type,
    retailer: entry.retailer.externalId,
    properties: entry.properties,
    ...(isNewcomer ? accountColumns(entry.retailer, new Map()) : {}),
    ...entry.changes,
  });
}

/** The accounts as they stand after these entries. */
function exportAccounts(retailers: readonly Retailer[], log: readonly Entry[]): string {
  const state = new Map<string, Map<string, string>>();
  for (const { retailer, changes } of log) {
    const own = state.get(retailer.externalId) ?? new Map<string, string>();
    for (const [column, value] of Object.entries(changes)) own.set(column, value);
    state.set(retailer.externalId, own);
  }
  const rows = retailers.map((retailer) => ({
    external_id: retailer.externalId,
    ...accountColumns(retailer, state.get(retailer.externalId) ?? new Map()),
  }));
  const header = Object.keys(rows[0] ?? {}).join(',');
  return text([header, ...rows.map((row) => Object.values(row).join(','))]);
}

/** What an export says of an account. No value holds a comma or a quote. */
function accountColumns(retailer: Retailer, changed: ReadonlyMap<string, string>): Record<string, string> {
  return {
    first_name: retailer.firstName,
    shop_name: retailer.shopName,
    email: retailer.email,
    phone: retailer.phone,
    push_token: retailer.pushToken,
    country: retailer.country,
    zone: retailer.zone,
    locale: retailer.locale,
    registered_at: new Date(retailer.registeredAt).toISOString(),
    kyc_status: changed.get('kyc_status') ?? 'none',
    account_status: changed.get('account_status') ?? 'open',
    wallet_balance: changed.get('wallet_balance') ?? '0.00',
    opt_in_email: retailer.optIns.email,
    opt_in_push: retailer.optIns.push,
    opt_in_whatsapp: retailer.optIns.whatsapp,
    opt_in_sms: retailer.optIns.sms,
  };
}

function text(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
