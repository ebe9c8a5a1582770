/**
 * What one made-up retailer does from registration on: papers, verdict, wallet, orders, silence. People stop at each stage and
 * some come back late. Nothing here knows of messages: the demo shows what the engine does, not what messages achieve.
 */
import type { Chance } from './chance.ts';
import type { Retailer } from './retailer.ts';

/** One line of the marketplace's log, before it has a number. */
export interface Happening {
  /** Milliseconds since the epoch, UTC. */
  readonly at: number;
  readonly type: string;
  readonly properties: Readonly<Record<string, string | number>>;
  /** Traits that changed with it, by column name. */
  readonly changes: Readonly<Record<string, string>>;
}

/** A retailer's life: what must happen, and when he may merely look around (the generator spreads the rest over it). */
export interface Life {
  readonly happenings: readonly Happening[];
  /** From registration to this instant he opens the app now and then … */
  readonly interestedUntil: number;
  /** … that often, relative to others. */
  readonly interest: number;
}

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** Shops are open from this local hour on … */
export const opensAt = 8;
/** … and these are the weights of their hours: shopkeepers have the phone in their hand after opening, at siesta, before closing. */
const hourWeights = [12, 14, 10, 8, 8, 12, 14, 10, 8, 11, 13];
export const openHours = hourWeights.length;

/** Shops are shut on Sundays: what would fall on one happens on Monday at the same hour. Local milliseconds. */
export function onOpenDay(local: number): number {
  const isSunday = new Date(local).getUTCDay() === 0;
  return isSunday ? local + dayMs : local;
}

const suppliers = ['molino-sur', 'la-serrana', 'delta-foods', 'rio-drinks', 'casa-verde', 'north-mills'];
const documents = ['national_id', 'passport', 'tax_card'];

/** Writes the life down. All instants are at or after `registeredAt`; the caller cuts it at the end of the period. */
export function liveLife(retailer: Retailer, chance: Chance): Life {
  const diary = new Diary(retailer, chance);
  diary.note(retailer.registeredAt, 'account_created', { country: retailer.country });
  const approvedAt = passKyc(diary, chance);
  const fundedAt = approvedAt === null ? null : topUpFirst(diary, chance, approvedAt);
  if (fundedAt !== null) placeOrders(diary, chance, fundedAt);
  closeSome(diary, chance);
  const last = diary.lastAt();
  return {
    happenings: diary.happenings,
    interestedUntil: last + chance.delay(fundedAt === null ? 4 * dayMs : 12 * dayMs),
    interest: fundedAt === null ? 0.4 : 1,
  };
}

/** Collects happenings and knows the retailer's clock and wallet. A class because it accumulates. */
class Diary {
  readonly happenings: Happening[] = [];
  walletCents = 0;
  readonly retailer: Retailer;
  readonly #chance: Chance;

  constructor(retailer: Retailer, chance: Chance) {
    this.retailer = retailer;
    this.#chance = chance;
  }

  note(at: number, type: string, properties: Happening['properties'], changes: Happening['changes'] = {}): void {
    this.happenings.push({ at: Math.floor(at / 1000) * 1000, type, properties, changes });
  }

  lastAt(): number {
    return this.happenings.reduce((last, happening) => Math.max(last, happening.at), 0);
  }

  /** About `delay` after `from`, while the shop is open. */
  later(from: number, delay: number): number {
    const offset = this.retailer.offsetHours * hourMs;
    const earliest = from + 5 * minuteMs;
    const day = Math.floor((from + delay + offset) / dayMs) * dayMs;
    const hour = opensAt + this.#chance.weighted(hourWeights);
    const local = day + hour * hourMs + this.#chance.between(0, 3599) * 1000;
    // Too late for that day: the next one, at the same hour.
    return onOpenDay(local - offset >= earliest ? local : local + dayMs) - offset;
  }

  /** Puts money in or takes it out, and says the new balance. */
  move(cents: number): Happening['changes'] {
    this.walletCents += cents;
    return { wallet_balance: dollars(this.walletCents) };
  }
}

/** When he was approved, or null. */
function passKyc(diary: Diary, chance: Chance): number | null {
  const document = chance.pick(documents);
  const startedAt = sometime(diary, chance, diary.retailer.registeredAt, {
    soon: 0.7,
    meanMs: 30 * hourMs,
    late: 0.12,
  });
  if (startedAt === null) return null;
  diary.note(startedAt, 'kyc_started', { document }, { kyc_status: 'started' });
  let sentAt = sometime(diary, chance, startedAt, { soon: 0.72, meanMs: 9 * hourMs, late: 0.12 });
  for (let attempt = 1; sentAt !== null; attempt += 1) {
    diary.note(sentAt, 'kyc_submitted', { document }, { kyc_status: 'pending' });
    // Documents are read by people of the marketplace, within a day or so.
    const verdictAt = diary.later(sentAt + 2 * hourMs, chance.delay(10 * hourMs));
    if (chance.happens(attempt === 1 ? 0.76 : 0.88)) {
      diary.note(verdictAt, 'kyc_approved', { document }, { kyc_status: 'approved' });
      return verdictAt;
    }
    const reason = ['blurry_photo', 'name_mismatch', 'expired_document'][chance.weighted([55, 25, 20])]!;
    diary.note(verdictAt, 'kyc_rejected', { document, reason }, { kyc_status: 'rejected' });
    sentAt = attempt < 3 && chance.happens(0.55) ? diary.later(verdictAt, chance.delay(60 * hourMs)) : null;
  }
  return null;
}

/** When the money came, or null. */
function topUpFirst(diary: Diary, chance: Chance, approvedAt: number): number | null {
  const at = sometime(diary, chance, approvedAt, { soon: 0.66, meanMs: 55 * hourMs, late: 0.14 });
  if (at !== null) topUp(diary, chance, at, chance.between(4, 40) * 500);
  return at;
}

function topUp(diary: Diary, chance: Chance, at: number, cents: number): void {
  const method = diary.retailer.country === 'NG' ? 'transfer' : chance.pick(['cash', 'cash', 'transfer']);
  diary.note(at, 'wallet_credited', { amount: `${dollars(cents)} USD`, method }, diary.move(cents));
}

/** Trials, habits, and silences that sometimes end. */
function placeOrders(diary: Diary, chance: Chance, fundedAt: number): void {
  let at = sometime(diary, chance, fundedAt, { soon: 0.62, meanMs: 45 * hourMs, late: 0.16 });
  if (at === null) {
    if (chance.happens(0.35))
      fillCart(diary, chance, diary.later(fundedAt, chance.delay(3 * dayMs)), usualCents(chance), 1);
    return;
  }
  const usual = usualCents(chance);
  const everyMs = chance.between(4, 13) * dayMs;
  const tries = chance.happens(0.34) ? 1 : 80;
  const leaves = 0.03 + chance.unit() * 0.12;
  for (let order = 1; order <= tries; order += 1) {
    placeOrder(diary, chance, at, { cents: Math.round(usual * (0.5 + chance.unit())), order });
    // Now and then a cart is filled and left; a large one hurts.
    if (chance.happens(0.12)) fillCart(diary, chance, diary.later(at, everyMs * 0.6), usual * 2, order + 1);
    const silent = chance.happens(leaves);
    if (silent && !chance.happens(0.3)) return;
    at = diary.later(at, silent ? 35 * dayMs + chance.delay(20 * dayMs) : everyMs * (0.6 + 0.8 * chance.unit()));
    if (at > diary.retailer.registeredAt + 200 * dayMs) return;
  }
}

function placeOrder(diary: Diary, chance: Chance, at: number, what: { cents: number; order: number }): void {
  const { cents, order } = what;
  const cart = fillCart(diary, chance, at, cents, order);
  const paidAt = at + chance.between(3, 40) * minuteMs;
  if (diary.walletCents < cents) {
    const short = cents - diary.walletCents;
    topUp(diary, chance, paidAt - minuteMs, Math.ceil(short / 1000) * 1000 + chance.between(0, 8) * 1000);
  }
  const paid = {
    order_id: `o${cart}`,
    cart_id: cart,
    total: `${dollars(cents)} USD`,
    supplier: chance.pick(suppliers),
  };
  diary.note(paidAt, 'order_placed', paid, diary.move(-cents));
}

function fillCart(diary: Diary, chance: Chance, at: number, cents: number, order: number): string {
  const cart = `${diary.retailer.externalId}-${order}`;
  diary.note(at, 'cart_updated', { cart_id: cart, total: `${dollars(cents)} USD`, items: chance.between(1, 24) });
  return cart;
}

function closeSome(diary: Diary, chance: Chance): void {
  if (!chance.happens(0.012)) return;
  const at = diary.later(diary.lastAt(), chance.delay(20 * dayMs));
  diary.note(
    at,
    'account_closed',
    { reason: chance.pick(['closed_shop', 'no_need', 'other']) },
    { account_status: 'closed' },
  );
}

/** Soon with that probability; otherwise late (4 to 30 days) with the next; otherwise never. */
function sometime(
  diary: Diary,
  chance: Chance,
  from: number,
  odds: { readonly soon: number; readonly meanMs: number; readonly late: number },
): number | null {
  const draw = chance.unit();
  if (draw < odds.soon) return diary.later(from, chance.delay(odds.meanMs));
  return draw < odds.soon + odds.late ? diary.later(from, (4 + 26 * chance.unit()) * dayMs) : null;
}

/** A basket's usual worth: small shops mostly, a few large ones. */
function usualCents(chance: Chance): number {
  return Math.round(3500 * Math.exp(chance.unit() + chance.unit()));
}

/** `12345` → `123.45`. */
export function dollars(cents: number): string {
  return (cents / 100).toFixed(2);
}
