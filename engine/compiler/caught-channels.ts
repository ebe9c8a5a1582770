/** Channels whose messages are written to files instead of being sent: the local mailbox is read from there. */
import type { ChannelBody } from './ir.ts';

/** In the order of their ids. */
export function caughtChannels(
  channels: ReadonlyMap<string, ChannelBody>,
): readonly { readonly id: string; readonly path: string }[] {
  return [...channels]
    .flatMap(([id, { via }]) => (via.kind === 'log' ? [{ id, path: via.path }] : []))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
