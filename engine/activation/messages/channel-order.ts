/** In which order the channels of a send are tried for a person. Pure. */
import type { StepAction } from '../../compiler/ir.ts';

/** As in files: the person's own order, what worked with him, or all of them. */
export type Choose = NonNullable<Extract<StepAction, { readonly kind: 'send' }>['choose']>;

/** Messages that left on a channel in the last half year, and what became of them: each counts for all that it reached. */
export interface ChannelResults {
  readonly sent: number;
  readonly delivered: number;
  readonly seen: number;
  readonly acted: number;
  /** Given credit for a goal. */
  readonly converted: number;
}

interface Choice {
  readonly channels: readonly string[];
  readonly choose: Choose | null;
}

interface Known {
  readonly channels: { get(channel: string): { readonly type: string } | undefined };
  readonly preferred: readonly string[];
  /** The person's own. */
  readonly results: ReadonlyMap<string, ChannelResults>;
  /** Everybody's; absent: nothing was counted yet. */
  readonly everybody?: ReadonlyMap<string, ChannelResults>;
  /** What a message to him costs on a channel; absent: it isn't asked. */
  costOf?(channel: string): Cost | null;
}

/** In millionths of the currency's major unit. */
export interface Cost {
  readonly micros: number;
  readonly currency: string;
}

/** The file's order, unless the person's own words (`preferred_of`), deeds (`best_of`) or the price (`cheapest_of`) say another; ties keep the file's. */
export function inOrder({ channels, choose }: Choice, known: Known): readonly string[] {
  if (choose === 'preferred_of') return sortedBy(channels, (channel) => -preferenceFor(channel, known));
  if (choose === 'best_of') return sortedBy(channels, (channel) => promiseOf(channel, known));
  if (choose === 'cheapest_of') return byPrice(channels, known);
  return channels;
}

/** Highest first; `sort` is stable. */
function sortedBy(channels: readonly string[], score: (channel: string) => number): readonly string[] {
  return [...channels].sort((a, b) => score(b) - score(a));
}

/** The place in the person's list, where a type stands for all its channels; behind all of it when it isn't there. */
function preferenceFor(channel: string, { channels, preferred }: Known): number {
  const type = channels.get(channel)?.type;
  const place = preferred.findIndex((name) => name === channel || name === type);
  return place < 0 ? preferred.length : place;
}

/** As many messages of everybody's stand beside the person's own: who has few is judged as others are, who has many by himself. */
const priorSent = 10;
/** As long as nothing was counted of anybody: one answer to ten messages. */
const usualActed = 0.1;
/** Below it a rate of everybody says nothing. */
const countedMin = 100;

/**
 * The mean of the Beta posterior of an answer, with everybody's rate on the channel as the prior. A message that was given credit for a goal
 * counts as one answer more: it is what answers are for.
 */
function promiseOf(channel: string, { results, everybody }: Known): number {
  const own = results.get(channel);
  const all = everybody?.get(channel);
  const rate = all !== undefined && all.sent >= countedMin ? (all.acted + all.converted) / all.sent : usualActed;
  return ((own?.acted ?? 0) + (own?.converted ?? 0) + priorSent * rate) / ((own?.sent ?? 0) + priorSent);
}

/** The same of an arrival. A channel on which none was ever told of tells of none, and counts as one on which all arrive. */
function arrivalOf(channel: string, { results, everybody }: Known): number {
  const own = results.get(channel);
  const all = everybody?.get(channel);
  const isTold = (all?.delivered ?? 0) + (own?.delivered ?? 0) > 0;
  if (!isTold) return 1;
  const rate = all !== undefined && all.sent >= countedMin ? all.delivered / all.sent : 1;
  return ((own?.delivered ?? 0) + priorSent * rate) / ((own?.sent ?? 0) + priorSent);
}

/** By what a message that arrives costs. Amounts of two currencies can't be compared: those of another than the first stand behind. */
function byPrice(channels: readonly string[], known: Known): readonly string[] {
  const costs = new Map(channels.map((channel) => [channel, known.costOf?.(channel) ?? null]));
  const currency = [...costs.values()].find((cost) => cost !== null)?.currency;
  return sortedBy(channels, (channel) => {
    const cost = costs.get(channel) ?? null;
    if (cost === null) return 0;
    if (cost.currency !== currency) return Number.NEGATIVE_INFINITY;
    return -cost.micros / Math.max(arrivalOf(channel, known), 0.001);
  });
}
