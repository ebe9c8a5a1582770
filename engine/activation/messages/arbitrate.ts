/**
 * Arbitration: which of a person's candidates leave now. A pure function over candidates, contacts, caps, consents and time; it
 * reads nothing and writes nothing, so that a replay under other caps decides exactly as the engine would.
 */
import type { Cap, Coverage, Duration, Objective, WhenCapped } from '../../compiler/ir.ts';
import { addExactly } from '../journeys/moments.ts';
import type { Calendar } from './calendar.ts';
import { type ChannelResults, type Choose, inOrder } from './channel-order.ts';
import { closedUntil, closesAt, type Holidays } from './hours.ts';
import { type Hold, lookAgainAt, type Pauses } from './pauses.ts';
import type { CapRule, HoursRule, Rules } from './rules.ts';

export interface Candidate {
  readonly messageId: number;
  readonly journey: string;
  readonly objective: Objective;
  readonly purpose: string;
  /** 0 to 100. */
  readonly priority: number;
  readonly createdAt: Date;
  readonly validUntil: Date;
  /** As the file lists them. */
  readonly channels: readonly string[];
  /** Who orders the channels; null: the file (`first_of`). */
  readonly choose: Choose | null;
  /** The trait that holds the address, instead of the channel's. */
  readonly to: string | null;
  /** Null: the pressure's own word. */
  readonly whenCapped: WhenCapped | null;
  /** Before others of its priority. */
  readonly isUrgent: boolean;
  /** The rule of a pause that held it so far and drops what it held; null otherwise. */
  readonly skippedAfter: string | null;
}

/** A reservation: a message that was queued and has not failed. */
export interface Contact {
  /** When it was queued. */
  readonly at: Date;
  /** How far it came; asked only where a cap counts so. What may have left counts as sent. */
  readonly status?: 'queued' | 'sent' | 'delivered';
  /** When it left. */
  readonly sentAt?: Date | null;
  readonly channel: string;
  readonly journey: string;
  readonly objective: string;
}

/** `unconnected`: the channel has no provider, so it reaches nobody. */
export type AddressState = 'ok' | 'missing' | 'suppressed' | 'unconnected';

export interface ChannelReach {
  readonly type: string;
  readonly address: AddressState;
}

/** What is known of the person at t. */
export interface Situation {
  readonly t: Date;
  readonly channels: ReadonlyMap<string, ChannelReach>;
  /** The address that a trait holds, read for a channel; asked only for sends with `to`. */
  addressIn(trait: string, channel: string): AddressState;
  /** Whether the purpose may use the channel type. */
  mayContact(purpose: string, channelType: string): boolean;
  /** Names of the rules that are about this person, of those that aren't about everybody. */
  readonly applies: ReadonlySet<string>;
  readonly contacts: readonly Contact[];
  readonly calendar: Calendar;
  readonly pauses: Pauses;
  readonly holidays: Holidays;
  /** Ids or types of channels in the person's own order; empty when he has none. */
  readonly preferred: readonly string[];
  /** What his messages brought so far, by channel. */
  readonly results: ReadonlyMap<string, ChannelResults>;
}

/** Why a message was queued, deferred or given up; stored as it is. Times are milliseconds since the epoch. */
export interface Decision {
  readonly outcome: 'queued' | 'deferred' | 'suppressed' | 'expired';
  /** `cap house/weekly`, `mute house/sunset`, `quiet house`, `no-consent marketing`, `no-address email`, `suppressed-address email`, `paused journey/x`, `expired`. */
  readonly rule: string | null;
  readonly channel: string | null;
  readonly count: number | null;
  readonly max: number | null;
  readonly window: string | null;
  /** When a deferred message is looked at again, or until when the decision to queue holds. */
  readonly until: number | null;
  readonly at: number;
  /** Kept for when the message is decided anew. */
  readonly urgent?: true;
}

/** Takes candidates by priority, urgency, age and number; each that leaves counts against those after it. */
export function arbitrate(
  candidates: readonly Candidate[],
  situation: Situation,
  rules: Rules,
): ReadonlyMap<number, Decision> {
  const ordered = [...candidates].sort(byPrecedence);
  const contacts = [...situation.contacts];
  const decisions = new Map<number, Decision>();
  for (const candidate of ordered) {
    const decision = decide(candidate, { ...situation, contacts }, rules);
    decisions.set(candidate.messageId, candidate.isUrgent ? { ...decision, urgent: true } : decision);
    if (decision.outcome === 'queued' && decision.channel !== null) {
      const { journey, objective } = candidate;
      contacts.push({ at: situation.t, channel: decision.channel, journey, objective });
    }
  }
  return decisions;
}

function byPrecedence(a: Candidate, b: Candidate): number {
  return (
    b.priority - a.priority ||
    Number(b.isUrgent) - Number(a.isUrgent) ||
    a.createdAt.getTime() - b.createdAt.getTime() ||
    a.messageId - b.messageId
  );
}

function decide(candidate: Candidate, situation: Situation, rules: Rules): Decision {
  const { t } = situation;
  const pause = situation.pauses.over(candidate.journey, null, t);
  if (t >= candidate.validUntil) return { ...nothing(t), outcome: 'expired', rule: pause?.rule ?? 'expired' };
  // A message that comes back has its channel, and keeps it.
  const only = candidate.channels.length === 1 ? (candidate.channels[0] ?? null) : null;
  if (pause !== null) return holdBack(pause, candidate, { t, channel: only });
  if (candidate.skippedAfter !== null) {
    return { ...nothing(t), outcome: 'suppressed', rule: candidate.skippedAfter };
  }
  const { channels, rule } = reachable(candidate, situation, rules);
  if (channels.length === 0) return { ...nothing(t), outcome: 'suppressed', rule };
  const tried: Decision[] = [];
  for (const channel of channels) {
    const capped = fullCaps(candidate, channel, situation, rules);
    const decision = decideOn(channel, candidate, { situation, rules, capped });
    if (capped[0]?.whenCapped !== 'next_channel')
      return tried.length === 0 || decision.outcome === 'queued' ? decision : soonest([...tried, decision]);
    tried.push(decision);
  }
  return soonest(tried);
}

/** Of channels that are all full, the one that is free first; the earlier in order where two are. */
function soonest(decisions: readonly Decision[]): Decision {
  const deferred = decisions.filter(({ outcome }) => outcome === 'deferred');
  const first = Math.min(...deferred.map(({ until }) => until ?? Number.POSITIVE_INFINITY));
  return deferred.find(({ until }) => until === first) ?? (decisions[0] as Decision);
}

function nothing(t: Date) {
  return { channel: null, count: null, max: null, window: null, until: null, at: t.getTime() } as const;
}

/** A pause holds sends while waits run; what loses its validity meanwhile is dropped. */
function holdBack(
  hold: Hold,
  candidate: Candidate,
  { t, channel }: { readonly t: Date; readonly channel: string | null },
): Decision {
  const again = lookAgainAt(hold, candidate.messageId) ?? candidate.validUntil;
  const until = Math.min(again.getTime(), candidate.validUntil.getTime());
  const window = hold.onResume === 'skip_late' ? hold.onResume : null;
  return { ...nothing(t), channel, outcome: 'deferred', rule: hold.rule, window, until };
}

interface Weighed {
  readonly situation: Situation;
  readonly rules: Rules;
  readonly capped: readonly FullCap[];
}

/** What becomes of the message if it takes this channel. */
function decideOn(channel: string, candidate: Candidate, { situation, rules, capped }: Weighed): Decision {
  const chosen = { ...nothing(situation.t), channel };
  const pause = situation.pauses.over(candidate.journey, channel, situation.t);
  if (pause !== null) return holdBack(pause, candidate, { t: situation.t, channel });
  const worst = capped[0];
  const full = worst && { rule: `cap ${worst.name}`, count: worst.count, max: worst.max, window: worst.window };
  if (worst?.whenCapped === 'drop') return { ...chosen, ...full, outcome: 'suppressed', rule: `cap ${worst.name}` };
  const closed = closedHours(candidate, channel, situation, rules);
  if (closed !== null && closed.until >= candidate.validUntil) {
    return { ...chosen, outcome: 'expired', rule: closed.rule, until: closed.until.getTime() };
  }
  if (worst !== undefined) {
    const free = Math.max(...capped.map((cap) => cap.frees.getTime()), closed?.until.getTime() ?? 0);
    const until = Math.min(free, candidate.validUntil.getTime());
    return { ...chosen, ...full, outcome: 'deferred', rule: `cap ${worst.name}`, until };
  }
  if (closed !== null) return { ...chosen, outcome: 'deferred', rule: closed.rule, until: closed.until.getTime() };
  const until = holdsUntil(candidate, channel, situation, rules).getTime();
  return { ...chosen, outcome: 'queued', rule: null, until };
}

/** The channels that reach the person, in order of preference; with none, the reason of the last that didn't. */
function reachable(
  candidate: Candidate,
  situation: Situation,
  rules: Rules,
): { readonly channels: readonly string[]; readonly rule: string | null } {
  let rule: string | null = null;
  const channels = inOrder(candidate, situation).filter((channel) => {
    const obstacle = obstacleOn(channel, candidate, situation, rules);
    if (obstacle !== null) rule = obstacle;
    return obstacle === null;
  });
  return { channels, rule };
}

/** What rules read of a message when they look whether they are about it. */
type Covered = Pick<Candidate, 'journey' | 'objective' | 'purpose' | 'to'>;

/**
 * What keeps a call that stands on its list from being made now, as decisions say it, and until when where that is known. Caps counted it
 * when it was placed.
 */
export function hindranceOf(
  call: Covered,
  channel: string,
  situation: Situation,
  rules: Rules,
): { readonly rule: string; readonly until: Date | null } | null {
  const pause = situation.pauses.over(call.journey, channel, situation.t);
  if (pause !== null) return { rule: pause.rule, until: pause.until === null ? null : new Date(pause.until) };
  const obstacle = obstacleOn(channel, call, situation, rules);
  return obstacle !== null ? { rule: obstacle, until: null } : closedHours(call, channel, situation, rules);
}

function obstacleOn(channel: string, candidate: Covered, situation: Situation, rules: Rules): string | null {
  const reach = situation.channels.get(channel);
  if (reach === undefined) return `no-address ${channel}`;
  if (reach.address === 'unconnected') return `no-provider ${channel}`;
  const address = candidate.to === null ? reach.address : situation.addressIn(candidate.to, channel);
  if (address === 'missing') return `no-address ${channel}`;
  if (address === 'suppressed') return `suppressed-address ${channel}`;
  if (!situation.mayContact(candidate.purpose, reach.type)) return `no-consent ${candidate.purpose}`;
  const mute = rules.mutes.find(
    ({ about, covers }) => situation.applies.has(about) && isCovered(covers, candidate, channel),
  );
  return mute === undefined ? null : `mute ${mute.name}`;
}

/** `service` is covered only where objectives or its journey are named. */
export function isCovered(
  covers: Coverage,
  message: { readonly journey: string; readonly objective: string },
  channel: string,
): boolean {
  if (covers.channels !== null && !covers.channels.includes(channel)) return false;
  if (covers.notJourneys.includes(message.journey)) return false;
  if (covers.tagged !== undefined && !covers.tagged.journeys.includes(message.journey)) return false;
  const isNamed = covers.journeys?.includes(message.journey) ?? false;
  if (covers.journeys !== null && !isNamed) return false;
  if (covers.objectives !== null) return covers.objectives.some((objective) => objective === message.objective);
  return message.objective !== 'service' || isNamed;
}

function isAbout(about: string | null, { applies }: Situation): boolean {
  return about === null || applies.has(about);
}

/** Past every validity. */
const never = new Date(8.64e15);

interface FullCap {
  readonly name: string;
  readonly count: number;
  readonly max: number;
  readonly window: string;
  readonly frees: Date;
  readonly whenCapped: WhenCapped;
}

/** Caps without room: those that drop first, those that only close the channel last, between them the one that frees last. */
function fullCaps(candidate: Candidate, channel: string, situation: Situation, rules: Rules): readonly FullCap[] {
  const full = rules.caps.flatMap((rule): FullCap[] => {
    const { name, cap, about } = rule;
    if (!isAbout(about, situation) || !isCovered(cap.covers, candidate, channel)) return [];
    const counted = countedBy(cap, situation);
    if (counted.length < cap.max) return [];
    return [
      {
        name,
        count: counted.length,
        max: cap.max,
        window: windowName(cap),
        frees: freesAt(cap, counted, situation),
        whenCapped: becomes(candidate, rule),
      },
    ];
  });
  const weight = { drop: 0, defer: 1, next_channel: 2 } as const;
  return full.sort(
    (a, b) =>
      weight[a.whenCapped] - weight[b.whenCapped] ||
      b.frees.getTime() - a.frees.getTime() ||
      (a.name < b.name ? -1 : 1),
  );
}

/** What the send says, otherwise the cap's pressure. */
function becomes(candidate: Candidate, rule: CapRule): WhenCapped {
  return candidate.whenCapped ?? rule.whenCapped;
}

/** When the contacts in the cap's window counted, oldest first. */
function countedBy(cap: Cap, situation: Situation): readonly Date[] {
  const { t, calendar } = situation;
  const isInside = (at: Date) =>
    cap.window.kind === 'rolling' ? addExactly(at, cap.window.duration) > t : at >= calendar[cap.window.unit].start;
  return situation.contacts
    .filter((contact) => isCovered(cap.covers, contact, contact.channel))
    .flatMap((contact) => countsAt(cap, contact) ?? [])
    .filter(isInside)
    .sort((a, b) => a.getTime() - b.getTime());
}

/** From when on the cap counts it; null: it hasn't come so far. */
function countsAt({ count }: Cap, { at, status, sentAt }: Contact): Date | null {
  if (count === undefined) return at;
  const hasCome = status === 'delivered' || (status === 'sent' && count === 'sent');
  return hasCome ? (sentAt ?? at) : null;
}

/** When so many contacts have left the window that there is room for one. */
function freesAt(cap: Cap, counted: readonly Date[], situation: Situation): Date {
  if (cap.window.kind === 'calendar') return situation.calendar[cap.window.unit].end;
  const last = counted[counted.length - cap.max];
  // A cap of none never has room.
  return last === undefined ? never : addExactly(last, cap.window.duration);
}

function windowName(cap: Cap): string {
  return cap.window.kind === 'calendar' ? `calendar ${cap.window.unit}` : shortDuration(cap.window.duration);
}

function shortDuration({ months, days, ms }: Duration): string {
  const parts = [months > 0 ? `${months}mo` : '', days > 0 ? `${days}d` : '', ms > 0 ? `${ms / 60_000}min` : ''];
  return parts.filter((part) => part !== '').join(' ');
}

function hoursOver(candidate: Covered, channel: string, situation: Situation, rules: Rules): readonly HoursRule[] {
  return rules.hours.filter(({ about, covers }) => isAbout(about, situation) && isCovered(covers, candidate, channel));
}

/** Openings that are looked for before a message counts as never open. */
const openingsMax = 64;

/** The first instant from t on at which all hours are open, and the rule that opens last; null when they are open now. */
function closedHours(
  candidate: Covered,
  channel: string,
  situation: Situation,
  rules: Rules,
): { readonly until: Date; readonly rule: string } | null {
  const { calendar, holidays, t } = situation;
  const over = hoursOver(candidate, channel, situation, rules);
  let until = t;
  let rule: string | null = null;
  for (let look = 0; look < openingsMax; look += 1) {
    let opens = until;
    for (const { hours, name } of over) {
      const at = closedUntil(hours, calendar, holidays, until);
      if (at === null || at <= opens) continue;
      opens = at;
      rule = name;
    }
    if (opens <= until) break;
    until = opens;
  }
  return rule === null ? null : { until, rule };
}

/** A decision to queue holds until the local day ends, hours close or the message loses its validity. */
function holdsUntil(candidate: Candidate, channel: string, situation: Situation, rules: Rules): Date {
  const { calendar, holidays, t } = situation;
  const closings = hoursOver(candidate, channel, situation, rules).flatMap(({ hours }) => {
    const at = closesAt(hours, calendar, holidays, t);
    return at === null ? [] : [at];
  });
  const bounds = [calendar.day.end, candidate.validUntil, ...closings];
  return new Date(Math.min(...bounds.map((bound) => bound.getTime())));
}
