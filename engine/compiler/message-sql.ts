/**
 * What conditions ask of messages, as SQL: those of steps of the same enrollment, its last one, and those to the person at all.
 * What recipients did is recorded as events of ours (`message_seen`, …), so that a window reads when it happened.
 */
import type { Leaf, Scope } from './condition-sql.ts';
import { compareNumber } from './event-sql.ts';
import type { Condition, MessageStatus, PropertyTest } from './ir.ts';
import { infinity, type Joins, type Pair, windowInterval } from './pair.ts';
import { join, param, raw, type Sql, sql } from './sql.ts';

const ofEnrollment =
  'm.lane = p.lane and m.profile_id = p.profile_id and m.journey = u.journey and m.key = u.key and m.n = u.n';

/**
 * Whether a message of one of the steps has the status; of steps in a `repeat`, those of the rounds that are meant. Behind a fence: a plan
 * that was made while there were few messages would read all of them into a hash for each statement.
 */
export function stepMessageHolds({ steps, status, round }: Leaf<'message'>): Sql {
  return sql`exists (select 1 from parcours.message m where ${raw(ofEnrollment)} and m.step = any(${param(steps)}::text[]) and ${statusHolds(status)}${inRound(round)} offset 0)`;
}

function inRound(round: Leaf<'message'>['round']): Sql {
  if (round === undefined) return raw('');
  const since = round.of === null ? raw('') : sql` and m.round >= ${roundMark(round.of)}`;
  if (!round.isLast) return since;
  const later = raw(ofEnrollment.replaceAll('m.', 'l.'));
  return sql`${since} and not exists (select 1 from parcours.message l where ${later} and l.step = m.step and l.round > m.round)`;
}

/** The number of the present round of a `repeat` of the enrollment. */
function roundMark(repeat: string): Sql {
  return sql`coalesce(parcours.num(u.marks -> ${param(roundKey(repeat))}::text), 0)`;
}

/** Under which an enrollment's marks keep the number of the present round of a `repeat`. */
export function roundKey(repeat: string): string {
  return `$round ${repeat}`;
}

/** Whether the message of the enrollment that was accepted last has the status. */
export function lastMessageHolds({ status, channel }: Leaf<'messages'>): Sql {
  const on = channel === null ? raw('') : sql` and m.channel = ${param(channel)}::text`;
  return sql`coalesce((select ${statusHolds(status)} from parcours.message m where ${raw(ofEnrollment)} and m.accepted_at is not null${on} order by m.accepted_at desc, m.message_id desc limit 1), false)`;
}

/** Each status by the columns of `parcours.message`. */
function statusHolds(status: MessageStatus): Sql {
  switch (status) {
    case 'queued':
      return raw('m.rank >= 1');
    case 'sent':
      return raw('m.rank >= 2');
    case 'delivered':
      return raw('m.rank >= 3');
    case 'seen':
      return raw('m.rank >= 4');
    case 'acted':
      return raw('m.rank >= 5');
    case 'unseen':
      return raw('m.rank between 2 and 3');
    case 'unacted':
      return raw('m.rank between 2 and 4');
    case 'may_leave':
      return raw(`m.state not in ('suppressed', 'expired', 'failed')`);
    case 'not_sent':
      return raw(`m.state in ('suppressed', 'expired', 'failed')`);
    case 'replied':
    case 'bounced':
      return sql`exists (select 1 from parcours.event x where x.lane = m.lane and x.profile_id = m.profile_id and x.type = ${param(`message_${status}`)}::text and (x.properties -> 'message') = to_jsonb(m.message_id::text))`;
  }
}

/** Events that say "at least" so much: a click is a sight, too. */
const toldBy: Readonly<Partial<Record<MessageStatus, readonly string[]>>> = {
  delivered: ['message_acted', 'message_clicked', 'message_delivered', 'message_replied', 'message_seen'],
  seen: ['message_acted', 'message_clicked', 'message_replied', 'message_seen'],
  acted: ['message_acted', 'message_clicked', 'message_replied'],
  replied: ['message_replied'],
  bounced: ['message_bounced'],
};

/** Events that tell of a status that is read from the messages themselves: at them it may begin to hold, or no longer. */
const hintedBy: Readonly<Partial<Record<MessageStatus, readonly string[]>>> = {
  queued: ['message_failed', 'message_queued'],
  sent: ['message_failed', 'message_sent'],
  // Providers may tell of a click alone: it was a sight, too.
  unseen: ['message_acted', 'message_clicked', 'message_failed', 'message_replied', 'message_seen', 'message_sent'],
  unacted: ['message_acted', 'message_clicked', 'message_failed', 'message_replied', 'message_sent'],
  not_sent: ['message_failed'],
};

/** The events at which the answer about a status may change. */
export function eventsOfStatus(status: MessageStatus): readonly string[] {
  return toldBy[status] ?? hintedBy[status] ?? [];
}

/** The events at which it may change how often somebody answers on a channel. */
export function eventsOfChannel(status: 'seen' | 'acted'): readonly string[] {
  return [...eventsOfStatus('sent'), ...eventsOfStatus(status)];
}

/** Messages to the person: of any journey, of one, or of one of its steps. `count` compiles a condition about events. */
export function messagesPair(
  leaf: Leaf<'messages'>,
  scope: Scope,
  joins: Joins,
  count: (condition: Condition) => Pair,
): Pair {
  const told = askedOfEvents(leaf);
  if (told !== null) return count(told);
  const { count: messages, leaves } = messageCount(leaf, scope, joins);
  return { holds: compareNumber(messages, leaf.test), nextChange: leaves };
}

/** The condition about events that a status of what recipients did is; null for those read from the messages themselves. */
export function askedOfEvents(leaf: Leaf<'messages'>): Condition | null {
  const types = toldBy[leaf.status];
  return types === undefined ? null : asEvents(leaf, types);
}

/** The number of messages, for a status that is read from them, and when the first of them leaves the window. */
export function messageCount(
  leaf: Leaf<'messages'>,
  scope: Scope,
  joins: Joins,
): { readonly count: Sql; readonly leaves: Sql | null } {
  const at = leaf.status === 'queued' ? 'm.accepted_at' : leaf.status === 'not_sent' ? 'm.created_at' : 'm.sent_at';
  const parts = [
    sql`m.lane = p.lane and m.profile_id = p.profile_id and ${raw(at)} <= ${scope.t} and ${statusHolds(leaf.status)}`,
    ...ofParts(leaf),
  ];
  const length = leaf.inLast === null ? null : windowInterval(leaf.inLast);
  if (length !== null) parts.push(sql`${raw(at)} + ${length} > ${scope.t}`);
  const leaves = length === null ? raw('null::timestamptz') : sql`min(${raw(at)} + ${length})`;
  const alias = joins.add(
    sql`select count(*) as n, ${leaves} as leaves from parcours.message m where ${join(parts, ' and ')}`,
  );
  return {
    count: raw(`${alias}.n`),
    leaves: length === null ? null : sql`coalesce(${raw(`${alias}.leaves`)}, ${infinity})`,
  };
}

function ofParts({ of, channel }: Leaf<'messages'>): readonly Sql[] {
  const parts: Sql[] = [];
  if (of.kind === 'journey') {
    parts.push(sql`m.journey = ${param(of.journey)}::text`);
    if (of.step !== null) parts.push(sql`m.step = ${param(of.step)}::text`);
  }
  if (channel !== null) parts.push(sql`m.channel = ${param(channel)}::text`);
  return parts;
}

/** As a question about events: one message counts once, however often it was opened. */
function asEvents(leaf: Leaf<'messages'>, types: readonly string[]): Condition {
  const is = (property: string, value: string): PropertyTest => ({
    property,
    type: 'text',
    not: false,
    test: { op: 'is', value },
  });
  const where = [
    ...(leaf.of.kind === 'journey' ? [is('journey', leaf.of.journey)] : []),
    ...(leaf.of.kind === 'journey' && leaf.of.step !== null ? [is('step', leaf.of.step)] : []),
    ...(leaf.channel === null ? [] : [is('channel', leaf.channel)]),
  ];
  const window =
    leaf.inLast === null ? ({ kind: 'ever' } as const) : ({ kind: 'in_last', duration: leaf.inLast } as const);
  const events = { types, where, window };
  const isOnce = leaf.test.op === 'gte' && leaf.test.value === 1;
  if (isOnce) return { kind: 'count', events, test: leaf.test };
  return { kind: 'aggregate', fn: 'distinct', events, of: 'message', type: 'id', unit: null, test: leaf.test };
}
