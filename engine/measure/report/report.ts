/**
 * The report of a period: what left on which channel for which journey, what held messages back, whom it reached, and how many did
 * what the journey is for. Plain data; words and tables are the CLI's.
 */
import type { OwnSession } from '../../store/session.ts';
import {
  type CreditRow,
  countProfiles,
  type HeldBackRow,
  type MessageCountRow,
  type Period,
  selectCredits,
  selectExits,
  selectHeldBack,
  selectJourneyCounts,
  selectMessageCounts,
  selectPressure,
} from './queries.ts';

/** Messages of one journey on one channel. `left`: handed to the provider, `uncertain` included. */
export interface ChannelLine {
  readonly journey: string;
  /** Null where the message got no channel. */
  readonly channel: string | null;
  readonly left: number;
  readonly seen: number;
  readonly queued: number;
  readonly deferred: number;
  readonly suppressed: number;
  readonly expired: number;
  readonly failed: number;
  /** Of those queued or left, how many waited for room or for allowed hours. */
  readonly waited: number;
}

/** Messages that one rule made wait or stopped. One that several rules delayed counts under each. */
export interface HeldBackLine {
  /** Such as `cap house/weekly`. */
  readonly rule: string;
  /** Made to wait, whatever became of them; `waiting`: they still do. */
  readonly deferred: number;
  readonly waiting: number;
  readonly suppressed: number;
  readonly expired: number;
  readonly failed: number;
  /** Deferred and stopped ones together. */
  readonly byJourney: Readonly<Record<string, number>>;
}

export interface JourneyLine {
  readonly journey: string;
  readonly enrollments: number;
  readonly people: number;
  readonly active: number;
  readonly goals: number;
  /** Goals per enrollment, 0 to 1; null when nobody entered. */
  readonly rate: number | null;
  readonly medianHoursToGoal: number | null;
  /** Goals by whose messages are given credit: the journey's own, those of others, or none, since none left in time. */
  readonly credit: { readonly own: number; readonly others: number; readonly nobody: number };
  readonly exits: Readonly<Record<string, number>>;
  /** Enrollments that got nothing, to measure the others, which are all of the above; null: there are none. */
  readonly heldOut: { readonly enrollments: number; readonly goals: number; readonly rate: number | null } | null;
}

/** Goals that a message is given credit for. */
export interface CreditLine {
  readonly journey: string;
  readonly step: string;
  readonly channel: string | null;
  /** Of its own journey, and of others. */
  readonly goals: number;
  readonly ofOthers: number;
}

export interface Report {
  readonly since: string | null;
  readonly until: string | null;
  readonly profiles: number;
  readonly reached: number;
  readonly messages: { readonly wanted: number; readonly left: number; readonly heldBack: number };
  readonly channels: readonly ChannelLine[];
  readonly heldBack: readonly HeldBackLine[];
  readonly journeys: readonly JourneyLine[];
  /** Messages that are given credit for goals, by journey, step and channel. */
  readonly credits: readonly CreditLine[];
  readonly activation: { readonly enrollments: number; readonly goals: number; readonly rate: number | null };
  /** How many people got how many messages. */
  readonly pressure: {
    readonly people: readonly { readonly messages: number; readonly people: number }[];
    readonly mean: number | null;
    readonly max: number;
  };
}

const leftStates = new Set(['sent', 'delivered', 'seen', 'acted', 'uncertain']);
const heldStates = new Set(['deferred', 'suppressed', 'expired', 'failed']);

/** Reads the report in one read-only snapshot. */
export function readReport(session: OwnSession, period: Period): Promise<Report> {
  return session.transaction(
    async (inner) => {
      const counts = await selectMessageCounts(inner, period);
      const held = await selectHeldBack(inner, period);
      const credits = await selectCredits(inner, period);
      const journeys = await journeyLines(inner, period, credits);
      const people = await selectPressure(inner, period);
      const reached = sum(people.map((row) => row.people));
      const left = sum(people.map((row) => row.people * row.messages));
      return {
        since: period.since?.toISOString() ?? null,
        until: period.until?.toISOString() ?? null,
        profiles: await countProfiles(inner),
        reached,
        messages: {
          wanted: sum(counts.map((row) => row.messages)),
          left,
          heldBack: sum(counts.filter((row) => heldStates.has(row.state)).map((row) => row.messages)),
        },
        channels: channelLines(counts),
        heldBack: heldBackLines(held),
        journeys,
        credits: creditLines(credits),
        activation: activationOf(journeys),
        pressure: {
          people,
          mean: reached === 0 ? null : round(left / reached, 2),
          max: people.at(-1)?.messages ?? 0,
        },
      };
    },
    { readOnly: true },
  );
}

async function journeyLines(
  session: Parameters<typeof selectExits>[0],
  period: Period,
  credits: readonly CreditRow[],
): Promise<JourneyLine[]> {
  const rows = await selectJourneyCounts(session, period);
  const exits = await selectExits(session, period);
  return rows.map((row) => ({
    journey: row.journey,
    enrollments: row.enrollments,
    people: row.people,
    active: row.active,
    goals: row.goals,
    rate: rate(row.goals, row.enrollments),
    medianHoursToGoal: row.hours_to_goal,
    credit: creditOf(
      row.journey,
      credits.filter((one) => one.journey === row.journey),
    ),
    exits: Object.fromEntries(
      exits.filter((exit) => exit.journey === row.journey).map((exit) => [exit.exit_as, exit.enrollments]),
    ),
    heldOut:
      row.held_out === 0
        ? null
        : { enrollments: row.held_out, goals: row.held_out_goals, rate: rate(row.held_out_goals, row.held_out) },
  }));
}

function creditOf(journey: string, rows: readonly CreditRow[]): JourneyLine['credit'] {
  const goals = (isMeant: (by: string | null) => boolean) =>
    sum(rows.filter((row) => isMeant(row.message_journey)).map((row) => row.goals));
  return {
    own: goals((by) => by === journey),
    others: goals((by) => by !== null && by !== journey),
    nobody: goals((by) => by === null),
  };
}

function creditLines(rows: readonly CreditRow[]): readonly CreditLine[] {
  const lines = new Map<string, CreditLine>();
  for (const { journey, message_journey: by, message_step: step, message_channel: channel, goals } of rows) {
    if (by === null || step === null) continue;
    const key = JSON.stringify([by, step, channel]);
    const line = lines.get(key) ?? { journey: by, step, channel, goals: 0, ofOthers: 0 };
    const added = by === journey ? { goals: line.goals + goals } : { ofOthers: line.ofOthers + goals };
    lines.set(key, { ...line, ...added });
  }
  return [...lines.values()].sort(
    (a, b) => b.goals + b.ofOthers - a.goals - a.ofOthers || (a.journey + a.step < b.journey + b.step ? -1 : 1),
  );
}

function channelLines(rows: readonly MessageCountRow[]): readonly ChannelLine[] {
  const groups = new Map<string, MessageCountRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.journey, row.channel]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((group) => {
    const of = (...states: string[]) =>
      sum(group.filter((row) => states.includes(row.state)).map((row) => row.messages));
    return {
      journey: group[0]!.journey,
      channel: group[0]!.channel,
      left: sum(group.filter((row) => leftStates.has(row.state)).map((row) => row.messages)),
      seen: of('seen', 'acted'),
      queued: of('queued'),
      deferred: of('deferred'),
      suppressed: of('suppressed'),
      expired: of('expired'),
      failed: of('failed'),
      waited: sum(group.map((row) => row.waited)),
    };
  });
}

function heldBackLines(rows: readonly HeldBackRow[]): readonly HeldBackLine[] {
  const groups = new Map<string, HeldBackRow[]>();
  for (const row of rows) groups.set(row.rule, [...(groups.get(row.rule) ?? []), row]);
  return [...groups]
    .map(([rule, group]) => ({
      rule,
      deferred: sum(group.map((row) => row.deferred)),
      waiting: sum(group.map((row) => row.waiting)),
      suppressed: sum(group.map((row) => row.suppressed)),
      expired: sum(group.map((row) => row.expired)),
      failed: sum(group.map((row) => row.failed)),
      byJourney: Object.fromEntries(group.map((row) => [row.journey, touched(row)])),
    }))
    .sort((a, b) => sum(Object.values(b.byJourney)) - sum(Object.values(a.byJourney)) || (a.rule < b.rule ? -1 : 1));
}

function touched({ deferred, suppressed, expired, failed }: HeldBackRow): number {
  return deferred + suppressed + expired + failed;
}

function activationOf(journeys: readonly JourneyLine[]): Report['activation'] {
  const enrollments = sum(journeys.map((line) => line.enrollments));
  const goals = sum(journeys.map((line) => line.goals));
  return { enrollments, goals, rate: rate(goals, enrollments) };
}

function rate(part: number, whole: number): number | null {
  return whole === 0 ? null : round(part / whole, 4);
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
