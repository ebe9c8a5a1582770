/**
 * Arbitration: which of a person's candidates leave now. A pure function over candidates, contacts, caps, consents and time; it
 * reads nothing and writes nothing, so that a replay under other caps decides exactly as the engine would.
 */
import { type FullCap, fullCaps, never } from './caps.ts';
import { inOrder } from './channel-order.ts';
import { isAbout, isCovered } from './covered.ts';
import { closedUntil, closesAt } from './hours.ts';
import { type Hold, lookAgainAt } from './pauses.ts';
import type { HoursRule, Rules } from './rules.ts';
import type { Candidate, Decision, Scene, Scheduled, Situation } from './situation.ts';

/**
 * The decisions, aligned with the candidates. They are taken by priority, urgency, age and number; each that leaves counts against those after it.
 * `scheduled`: what is wanted of the person later, asked only where a cap looks ahead.
 */
export function arbitrate(
  candidates: readonly Candidate[],
  situation: Situation,
  rules: Rules,
  scheduled: readonly Scheduled[] = [],
): readonly Decision[] {
  let scene: Scene = {
    situation,
    rules,
    contacts: situation.contacts,
    scheduled: scheduled.length > 0 ? scheduled.flatMap((one) => onItsChannel(one, situation, rules)) : scheduled,
  };
  const [only] = candidates;
  if (only === undefined) return [];
  if (candidates.length === 1) return [told(only, decide(only, scene))];
  const decisions = new Map<Candidate, Decision>();
  for (const candidate of [...candidates].sort(byPrecedence)) {
    const decision = decide(candidate, scene);
    decisions.set(candidate, told(candidate, decision));
    scene = after(candidate, decision, scene);
  }
  return candidates.map((candidate) => decisions.get(candidate) as Decision);
}

function told({ isUrgent }: Candidate, decision: Decision): Decision {
  return isUrgent ? { ...decision, urgent: true } : decision;
}

/** The scene for those that follow. */
function after(candidate: Candidate, { outcome, channel, until }: Decision, scene: Scene): Scene {
  if (channel === null) return scene;
  if (outcome === 'queued') {
    const { messageId, journey, objective } = candidate;
    const contact = { messageId, at: scene.situation.t, channel, journey, objective };
    return { ...scene, contacts: [...scene.contacts, contact] };
  }
  if (outcome !== 'deferred' || until === null) return scene;
  return { ...scene, scheduled: [...scene.scheduled, { ...candidate, channels: [channel], at: new Date(until) }] };
}

/** By the channel that it would take now; what reaches nobody, or is held by a pause, needs no room. */
function onItsChannel(one: Scheduled, situation: Situation, rules: Rules): readonly Scheduled[] {
  const [channel] = reachable(one, situation, rules).channels;
  if (channel === undefined || situation.pauses.over(one.journey, channel, situation.t) !== null) return [];
  return [{ ...one, channels: [channel] }];
}

function byPrecedence(a: Candidate, b: Candidate): number {
  return (
    b.priority - a.priority ||
    Number(b.isUrgent) - Number(a.isUrgent) ||
    a.createdAt.getTime() - b.createdAt.getTime() ||
    a.messageId - b.messageId
  );
}

function decide(candidate: Candidate, scene: Scene): Decision {
  const { situation, rules } = scene;
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
    const capped = fullCaps(candidate, channel, scene);
    const decision = decideOn(channel, candidate, scene, capped);
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

/** What becomes of the message if it takes this channel, of which these caps are full. */
function decideOn(
  channel: string,
  candidate: Candidate,
  { situation, rules }: Scene,
  capped: readonly FullCap[],
): Decision {
  const pause = situation.pauses.over(candidate.journey, channel, situation.t);
  if (pause !== null) return holdBack(pause, candidate, { t: situation.t, channel });
  const at = situation.t.getTime();
  const chosen = {
    outcome: 'queued',
    rule: null,
    channel,
    count: null,
    max: null,
    window: null,
    until: null,
    at,
  } as const;
  const worst = capped[0];
  const full = worst && {
    ...{ rule: `cap ${worst.name}`, count: worst.count, max: worst.max, window: worst.window },
    ...(worst.kept > 0 && { kept: worst.kept }),
    ...(worst.counted.length > 0 && { counted: worst.counted }),
  };
  if (worst?.whenCapped === 'drop') {
    const until = worst.frees < never ? worst.frees.getTime() : null;
    return { ...chosen, ...full, outcome: 'suppressed', rule: `cap ${worst.name}`, until };
  }
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
  const until = holdsUntil(candidate, channel, situation, rules);
  return { ...chosen, outcome: 'queued', until };
}

/** The channels that reach the person, in order of preference; with none, the reason of the last that didn't. */
function reachable(
  candidate: Covered & Pick<Candidate, 'channels' | 'choose'>,
  situation: Situation,
  rules: Rules,
): { readonly channels: readonly string[]; readonly rule: string | null } {
  let rule: string | null = null;
  const channels: string[] = [];
  for (const channel of inOrder(candidate, situation)) {
    const obstacle = obstacleOn(channel, candidate, situation, rules);
    if (obstacle === null) channels.push(channel);
    else rule = obstacle;
  }
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
  if (address === 'bad-number' || address === 'not-mobile') return `${address} ${channel}`;
  const barred = situation.barredBy?.(candidate.purpose, channel, candidate.to) ?? null;
  if (barred !== null) return barred;
  if (!situation.mayContact(candidate.purpose, reach.type)) return `no-consent ${candidate.purpose}`;
  const mute = rules.mutes.find(
    ({ about, covers }) => situation.applies.has(about) && isCovered(covers, candidate, channel),
  );
  return mute === undefined ? null : `mute ${mute.name}`;
}

function hoursOver(candidate: Covered, channel: string, situation: Situation, rules: Rules): readonly HoursRule[] {
  if (rules.hours.length === 0) return rules.hours;
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
  if (over.length === 0) return null;
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

/** A decision to queue holds until the local day ends, hours close or the message loses its validity. In milliseconds. */
function holdsUntil(candidate: Candidate, channel: string, situation: Situation, rules: Rules): number {
  const { calendar, holidays, t } = situation;
  let until = Math.min(calendar.day.end.getTime(), candidate.validUntil.getTime());
  for (const { hours } of hoursOver(candidate, channel, situation, rules)) {
    const at = closesAt(hours, calendar, holidays, t);
    if (at !== null) until = Math.min(until, at.getTime());
  }
  return until;
}
