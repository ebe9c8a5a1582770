/**
 * Arbitration: which of a person's candidates leave now. A pure function over candidates, contacts, caps, consents and time; it
 * reads nothing and writes nothing, so that a replay under other caps decides exactly as the engine would.
 */
import type { Cap, Coverage, Duration, Objective, PressureBody, WhenCapped } from '../../compiler/ir.ts';
import { notRun } from '../../compiler/not-run.ts';
import { addExactly } from '../journeys/moments.ts';
import { type Calendar, nextQuietStart, quietWindowAt } from './calendar.ts';

export interface Candidate {
  readonly messageId: number;
  readonly journey: string;
  readonly objective: Objective;
  readonly purpose: string;
  /** 0 to 100. */
  readonly priority: number;
  readonly createdAt: Date;
  readonly validUntil: Date;
  /** In order of preference. */
  readonly channels: readonly string[];
  /** Null: the pressure's own word. */
  readonly whenCapped: WhenCapped | null;
}

/** A reservation: a message that was queued and has not failed. */
export interface Contact {
  readonly at: Date;
  readonly channel: string;
  readonly journey: string;
  readonly objective: string;
}

export interface ChannelReach {
  readonly type: string;
  readonly address: 'ok' | 'missing' | 'suppressed';
}

/** What is known of the person at t. */
export interface Situation {
  readonly t: Date;
  readonly channels: ReadonlyMap<string, ChannelReach>;
  /** Whether the purpose may use the channel type. */
  mayContact(purpose: string, channelType: string): boolean;
  /** Names (`pressure/mute`) of the mutes whose condition holds. */
  readonly muted: ReadonlySet<string>;
  readonly contacts: readonly Contact[];
  readonly calendar: Calendar;
}

export interface Rules {
  readonly pressures: readonly { readonly id: string; readonly body: PressureBody }[];
}

/** Why a message was queued, deferred or given up; stored as it is. Times are milliseconds since the epoch. */
export interface Decision {
  readonly outcome: 'queued' | 'deferred' | 'suppressed' | 'expired';
  /** `cap house/weekly`, `mute house/sunset`, `quiet house`, `no-consent marketing`, `no-address email`, `suppressed-address email`, `expired`. */
  readonly rule: string | null;
  readonly channel: string | null;
  readonly count: number | null;
  readonly max: number | null;
  readonly window: string | null;
  /** When a deferred message is looked at again, or until when the decision to queue holds. */
  readonly until: number | null;
  readonly at: number;
}

/** Takes candidates by priority, age and number; each that leaves counts against those after it. */
export function arbitrate(
  candidates: readonly Candidate[],
  situation: Situation,
  rules: Rules,
): ReadonlyMap<number, Decision> {
  const ordered = [...candidates].sort(
    (a, b) => b.priority - a.priority || a.createdAt.getTime() - b.createdAt.getTime() || a.messageId - b.messageId,
  );
  const contacts = [...situation.contacts];
  const decisions = new Map<number, Decision>();
  for (const candidate of ordered) {
    const decision = decide(candidate, { ...situation, contacts }, rules);
    decisions.set(candidate.messageId, decision);
    if (decision.outcome === 'queued' && decision.channel !== null) {
      const { journey, objective } = candidate;
      contacts.push({ at: situation.t, channel: decision.channel, journey, objective });
    }
  }
  return decisions;
}

function decide(candidate: Candidate, situation: Situation, rules: Rules): Decision {
  const { t } = situation;
  const base = { channel: null, count: null, max: null, window: null, until: null, at: t.getTime() };
  if (t >= candidate.validUntil) return { ...base, outcome: 'expired', rule: 'expired' };
  const choice = chooseChannel(candidate, situation, rules);
  if (choice.channel === null) return { ...base, outcome: 'suppressed', rule: choice.rule };
  const chosen = { ...base, channel: choice.channel };
  const capped = fullCaps(candidate, choice.channel, situation, rules);
  const worst = capped[0];
  if (worst !== undefined && worst.whenCapped === 'drop') {
    return {
      ...chosen,
      outcome: 'suppressed',
      rule: worst.rule,
      count: worst.count,
      max: worst.max,
      window: worst.window,
    };
  }
  const quiet = quietUntil(candidate, choice.channel, situation, rules);
  if (quiet !== null && quiet.until >= candidate.validUntil) {
    return { ...chosen, outcome: 'expired', rule: quiet.rule, until: quiet.until.getTime() };
  }
  if (worst !== undefined) {
    const free = new Date(Math.max(...capped.map((cap) => cap.frees.getTime()), quiet?.until.getTime() ?? 0));
    const until = Math.min(free.getTime(), candidate.validUntil.getTime());
    return {
      ...chosen,
      outcome: 'deferred',
      rule: worst.rule,
      count: worst.count,
      max: worst.max,
      window: worst.window,
      until,
    };
  }
  if (quiet !== null) return { ...chosen, outcome: 'deferred', rule: quiet.rule, until: quiet.until.getTime() };
  return {
    ...chosen,
    outcome: 'queued',
    rule: null,
    until: holdsUntil(candidate, choice.channel, situation, rules).getTime(),
  };
}

/** The first channel that reaches the person, with the reason of the last that didn't. */
function chooseChannel(
  candidate: Candidate,
  situation: Situation,
  rules: Rules,
): { readonly channel: string | null; readonly rule: string | null } {
  let rule: string | null = null;
  for (const channel of candidate.channels) {
    const reach = situation.channels.get(channel);
    const mute = muteOver(candidate, channel, situation, rules);
    if (reach === undefined || reach.address === 'missing') rule = `no-address ${channel}`;
    else if (reach.address === 'suppressed') rule = `suppressed-address ${channel}`;
    else if (!situation.mayContact(candidate.purpose, reach.type)) rule = `no-consent ${candidate.purpose}`;
    else if (mute !== null) rule = `mute ${mute}`;
    else return { channel, rule: null };
  }
  return { channel: null, rule };
}

function muteOver(candidate: Candidate, channel: string, situation: Situation, rules: Rules): string | null {
  for (const { id, body } of rules.pressures) {
    const mute = body.mute.find(
      (one) => situation.muted.has(`${id}/${one.id}`) && isCovered(one.covers, candidate, channel),
    );
    if (mute !== undefined) return `${id}/${mute.id}`;
  }
  return null;
}

/** `service` is covered only where objectives or its journey are named. */
function isCovered(
  covers: Coverage,
  message: { readonly journey: string; readonly objective: string },
  channel: string,
): boolean {
  if (covers.channels !== null && !covers.channels.includes(channel)) return false;
  if (covers.notJourneys.includes(message.journey)) return false;
  const isNamed = covers.journeys?.includes(message.journey) ?? false;
  if (covers.journeys !== null && !isNamed) return false;
  if (covers.objectives !== null) return covers.objectives.some((objective) => objective === message.objective);
  return message.objective !== 'service' || isNamed;
}

/** Past every validity. */
const never = new Date(8.64e15);

interface FullCap {
  readonly rule: string;
  readonly count: number;
  readonly max: number;
  readonly window: string;
  readonly frees: Date;
  readonly whenCapped: WhenCapped;
}

/** Caps without room, those that drop first, then the one that frees last. */
function fullCaps(candidate: Candidate, channel: string, situation: Situation, rules: Rules): readonly FullCap[] {
  const full = rules.pressures.flatMap(({ id, body }) =>
    body.caps.flatMap((cap): FullCap[] => {
      if (!isCovered(cap.covers, candidate, channel)) return [];
      const counted = countedBy(cap, situation);
      if (counted.length < cap.max) return [];
      return [
        {
          rule: `cap ${id}/${cap.id}`,
          count: counted.length,
          max: cap.max,
          window: windowName(cap),
          frees: freesAt(cap, counted, situation),
          whenCapped: candidate.whenCapped ?? body.whenCapped,
        },
      ];
    }),
  );
  const drops = (cap: FullCap) => (cap.whenCapped === 'drop' ? 0 : 1);
  return full.sort(
    (a, b) => drops(a) - drops(b) || b.frees.getTime() - a.frees.getTime() || (a.rule < b.rule ? -1 : 1),
  );
}

/** The contacts in the cap's window, oldest first. */
function countedBy(cap: Cap, situation: Situation): readonly Contact[] {
  const { t, calendar } = situation;
  const isInside = (contact: Contact) =>
    cap.window.kind === 'rolling'
      ? addExactly(contact.at, cap.window.duration) > t
      : contact.at >= calendar[calendarUnit(cap.window.unit)].start;
  return situation.contacts
    .filter((contact) => isCovered(cap.covers, contact, contact.channel) && isInside(contact))
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** When so many contacts have left the window that there is room for one. */
function freesAt(cap: Cap, counted: readonly Contact[], situation: Situation): Date {
  if (cap.window.kind === 'calendar') return situation.calendar[calendarUnit(cap.window.unit)].end;
  const last = counted[counted.length - cap.max];
  // A cap of none never has room.
  return last === undefined ? never : addExactly(last.at, cap.window.duration);
}

function windowName(cap: Cap): string {
  return cap.window.kind === 'calendar' ? `calendar ${cap.window.unit}` : shortDuration(cap.window.duration);
}

function shortDuration({ months, days, ms }: Duration): string {
  const parts = [months > 0 ? `${months}mo` : '', days > 0 ? `${days}d` : '', ms > 0 ? `${ms / 60_000}min` : ''];
  return parts.filter((part) => part !== '').join(' ');
}

function quietUntil(
  candidate: Candidate,
  channel: string,
  situation: Situation,
  rules: Rules,
): { readonly until: Date; readonly rule: string } | null {
  let latest: { until: Date; rule: string } | null = null;
  for (const { id, body } of rules.pressures) {
    for (const { covers, from, to } of body.quietHours) {
      if (!isCovered(covers, candidate, channel)) continue;
      const window = quietWindowAt(situation.calendar, from, to, situation.t);
      if (window !== null && (latest === null || window.end > latest.until))
        latest = { until: window.end, rule: `quiet ${id}` };
    }
  }
  return latest;
}

/** A decision to queue holds until the local day ends, quiet hours begin or the message loses its validity. */
function holdsUntil(candidate: Candidate, channel: string, situation: Situation, rules: Rules): Date {
  const starts = rules.pressures.flatMap(({ body }) =>
    body.quietHours.flatMap(({ covers, from }) => {
      const start = isCovered(covers, candidate, channel)
        ? nextQuietStart(situation.calendar, from, situation.t)
        : null;
      return start === null ? [] : [start];
    }),
  );
  const bounds = [situation.calendar.day.end, candidate.validUntil, ...starts];
  return new Date(Math.min(...bounds.map((bound) => bound.getTime())));
}

function calendarUnit(unit: 'day' | 'week' | 'month' | 'quarter'): 'day' | 'week' | 'month' {
  return unit === 'quarter' ? notRun('calendar: quarter') : unit;
}
