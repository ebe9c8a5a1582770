/** The command that lets one person apply to a journey, as it stands in the inbox of his lane. */

/** Body of inbox rows of the kind `start`: the row's person applies, as by any other trigger. */
export interface StartCommand {
  readonly journey: string;
  /** The place, where the journey is per property or per row; null: the journey decides (each of the person's rows). */
  readonly key: string | null;
  /** Read as `entry.x`: what `with` hands over. In their stored form. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** When it was started: the anchor `entry` (epoch ms). */
  readonly at: number;
  /** What opens it, as `explain` says it; absent: `started`. */
  readonly because?: string;
  /** Whether there was a place for him, where the journey lets in so many people at most and was asked. */
  readonly place?: 'given' | 'none';
}
