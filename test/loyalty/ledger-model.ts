/**
 * The ledger read plainly: lots in arrays, moved instant by instant. It shares nothing with the engine but the commands, so that both
 * can be held against each other.
 */

/** Times are whole hours. */
export type Command =
  | {
      readonly kind: 'earn';
      readonly at: number;
      readonly points: number;
      readonly after: number;
      readonly lives: number | null;
    }
  | { readonly kind: 'redeem'; readonly at: number; readonly points: number }
  | { readonly kind: 'hold'; readonly at: number; readonly points: number; readonly for: number }
  /** Of the n-th hold so far. */
  | { readonly kind: 'capture' | 'release'; readonly at: number; readonly n: number }
  /** Of the n-th redemption so far. */
  | {
      readonly kind: 'cancel';
      readonly at: number;
      readonly n: number;
      readonly burnt: 'keep' | 'extend' | 'new_lot';
      /** null: all. */
      readonly points: number | null;
    }
  /** What the n-th earning waited for has happened. */
  | { readonly kind: 'usable'; readonly at: number; readonly n: number }
  /** Of the n-th earning so far, that many points. */
  | {
      readonly kind: 'reverse';
      readonly at: number;
      readonly n: number;
      readonly points: number;
      readonly policy: 'debt' | 'cap_at_zero' | 'reject';
    };

interface ModelLot {
  readonly amount: number;
  active: number;
  readonly expires: number | null;
  left: number;
  lost: number;
}

interface ModelHold {
  readonly until: number;
  parts: { readonly lot: ModelLot; readonly points: number }[];
  isOpen: boolean;
}

export interface ModelState {
  readonly lots: ModelLot[];
  readonly earned: { readonly lot: ModelLot | null; readonly points: number; reversed: number; waived: number }[];
  readonly holds: ModelHold[];
  readonly redeemed: {
    readonly at: number;
    readonly parts: readonly { readonly lot: ModelLot; points: number }[];
  }[];
  debt: number;
  now: number;
}

export function newModel(): ModelState {
  return { lots: [], earned: [], holds: [], redeemed: [], debt: 0, now: -1 };
}

/** Hour by hour: what is lost, what becomes usable, whose hold lapses. */
export function passTo(model: ModelState, hour: number): void {
  for (let at = model.now + 1; at <= hour; at += 1) {
    for (const lot of model.lots) if (lot.expires !== null && lot.expires <= at) lose(lot);
    for (const hold of model.holds) if (hold.isOpen && hold.until <= at) giveBack(model, hold, at);
  }
  model.now = Math.max(model.now, hour);
}

function lose(lot: ModelLot): void {
  lot.lost += lot.left;
  lot.left = 0;
}

function giveBack(model: ModelState, hold: ModelHold, at: number): void {
  hold.isOpen = false;
  for (const { lot, points } of hold.parts) {
    if (lot.expires !== null && lot.expires <= at) lot.lost += points;
    else lot.left += points;
  }
  repay(model, at);
}

function repay(model: ModelState, at: number): void {
  const order = [...usable(model, at), ...coming(model, at)];
  for (const lot of order) {
    const paid = Math.min(lot.left, model.debt);
    lot.left -= paid;
    model.debt -= paid;
  }
}

function sooner(a: ModelLot, b: ModelLot): number {
  return (a.expires ?? 1e9) - (b.expires ?? 1e9);
}

function usable(model: ModelState, at: number): readonly ModelLot[] {
  return model.lots.filter((lot) => lot.active <= at && (lot.expires === null || at < lot.expires)).sort(sooner);
}

function coming(model: ModelState, at: number): readonly ModelLot[] {
  return model.lots.filter((lot) => lot.active > at && (lot.expires === null || at < lot.expires)).sort(sooner);
}

export function available(model: ModelState): number {
  return usable(model, model.now).reduce((sum, lot) => sum + lot.left, 0);
}

function take(lots: readonly ModelLot[], points: number): { readonly lot: ModelLot; readonly points: number }[] {
  let wanted = points;
  return lots.flatMap((lot) => {
    const share = Math.min(wanted, lot.left);
    wanted -= share;
    lot.left -= share;
    return share === 0 ? [] : [{ lot, points: share }];
  });
}

/** What the command came to, in a word. */
export function play(model: ModelState, command: Command): string {
  passTo(model, command.at);
  switch (command.kind) {
    case 'earn': {
      const active = command.at + command.after;
      const expires = command.lives === null ? null : active + command.lives;
      const lot: ModelLot = { amount: command.points, active, expires, left: command.points, lost: 0 };
      model.lots.push(lot);
      model.earned.push({ lot, points: command.points, reversed: 0, waived: 0 });
      repay(model, command.at);
      return 'booked';
    }
    case 'redeem': {
      if (available(model) < command.points) return 'short';
      const parts = take(usable(model, command.at), command.points);
      model.redeemed.push({ at: command.at, parts });
      return 'booked';
    }
    case 'hold': {
      if (available(model) < command.points) return 'short';
      const parts = take(usable(model, command.at), command.points);
      model.holds.push({ until: command.at + command.for, parts, isOpen: true });
      return 'booked';
    }
    case 'capture':
    case 'release': {
      const hold = model.holds[command.n];
      if (hold === undefined) return 'none';
      if (!hold.isOpen) return 'over';
      if (command.kind === 'release') giveBack(model, hold, command.at);
      else {
        hold.isOpen = false;
        model.redeemed.push({ at: command.at, parts: hold.parts });
      }
      return 'booked';
    }
    case 'usable': {
      const lot = model.earned[command.n]?.lot;
      if (lot == null) return 'none';
      if (lot.active <= command.at || lot.left === 0) return 'over';
      lot.active = command.at;
      return 'booked';
    }
    case 'cancel':
      return cancel(model, command);
    case 'reverse':
      return reverse(model, command);
  }
}

/** Back to the lots, those last that were taken first. */
function cancel(model: ModelState, command: Extract<Command, { readonly kind: 'cancel' }>): string {
  const { n, at, burnt, points: asked } = command;
  const spent = model.redeemed[n];
  if (spent === undefined) return 'none';
  let left = asked ?? 1e9;
  let given = 0;
  for (const part of [...spent.parts].reverse()) {
    const { lot } = part;
    const points = Math.min(left, part.points);
    if (points === 0) continue;
    left -= points;
    part.points -= points;
    given += points;
    if (lot.expires === null || at < lot.expires) lot.left += points;
    else if (burnt === 'keep') lot.lost += points;
    else {
      const expires = burnt === 'new_lot' ? at + newLotLives : at + (lot.expires - spent.at);
      if (expires > at) model.lots.push({ amount: points, active: at, expires, left: points, lost: 0 });
    }
  }
  if (given === 0) return 'over';
  repay(model, at);
  return 'booked';
}

/** Hours that a new lot lives which is given for one that is over. */
export const newLotLives = 7;

function reverse(model: ModelState, { n, at, points, policy }: Extract<Command, { readonly kind: 'reverse' }>): string {
  const earned = model.earned[n];
  if (earned === undefined) return 'none';
  const wanted = Math.min(points, earned.points - earned.reversed);
  if (wanted <= 0) return 'over';
  const lot = earned.lot as ModelLot;
  const own = Math.min(wanted, lot.left);
  const lost = Math.min(wanted - own, Math.max(0, lot.lost - earned.waived));
  const others = [...usable(model, at), ...coming(model, at)].filter((one) => one !== lot);
  const there = others.reduce((sum, one) => sum + one.left, 0);
  const missing = Math.max(0, wanted - own - lost - there);
  if (missing > 0 && policy === 'reject') return 'rejected';
  lot.left -= own;
  take(others, wanted - own - lost - missing);
  if (policy === 'debt') model.debt += missing;
  earned.reversed += wanted;
  earned.waived += lost + (policy === 'debt' ? 0 : missing);
  return 'booked';
}
