/** In which order the channels of a send are tried for a person. Pure. */
import type { StepAction } from '../../compiler/ir.ts';

/** As in files: the person's own order, what worked with him, or all of them. */
export type Choose = NonNullable<Extract<StepAction, { readonly kind: 'send' }>['choose']>;

/** Messages that left on a channel in the last half year, and those of them that were acted on. */
export interface ChannelResults {
  readonly sent: number;
  readonly acted: number;
}

interface Choice {
  readonly channels: readonly string[];
  readonly choose: Choose | null;
}

interface Known {
  readonly channels: ReadonlyMap<string, { readonly type: string }>;
  readonly preferred: readonly string[];
  readonly results: ReadonlyMap<string, ChannelResults>;
}

/** The file's order, unless the person's own words (`preferred_of`) or deeds (`best_of`) say another; ties keep the file's. */
export function inOrder({ channels, choose }: Choice, known: Known): readonly string[] {
  if (choose === 'preferred_of') return sortedBy(channels, (channel) => -preferenceFor(channel, known));
  if (choose === 'best_of') return sortedBy(channels, (channel) => promiseOf(known.results.get(channel)));
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

/** As if ten messages had gone out before and brought one answer: who answers seldom tries the next channel, who does stays. */
const prior = { sent: 10, acted: 1 } as const;

/** The mean of the Beta posterior of an answer. */
function promiseOf(results: ChannelResults = { sent: 0, acted: 0 }): number {
  return (results.acted + prior.acted) / (results.sent + prior.sent);
}
