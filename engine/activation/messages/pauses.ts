/**
 * What pauses do to messages. Pure: the pauses in force are given. A held message is looked at again within the hour after the pause's
 * end, at an instant of its own, so that its end is no flood. Where a pause ends by hand, `resumed.ts` moves that instant.
 */
import type { OnResume, PauseSeen } from '../../store/pauses.ts';

/** What holds a message back. */
export interface Hold {
  /** `paused journey/x`. */
  readonly rule: string;
  readonly until: number | null;
  readonly onResume: OnResume;
}

export interface Pauses {
  /** The first pause over the message on the channel (null: whatever the channel; or `destination/x`, of a request), or null. */
  over(journey: string, channel: string | null, t: Date): Hold | null;
  /** Whether nobody enters the journey now; who would have isn't let in later. */
  closesEntry(journey: string, t: Date): boolean;
}

/** `status` of journeys that are paused in the files, and what operators paused. */
export function pausesOf(pausedInFiles: (journey: string) => boolean, seen: readonly PauseSeen[]): Pauses {
  const byResource = new Map(seen.map((pause) => [pause.resource, pause]));
  const heldBy = (resource: string, t: Date): Hold | null => {
    const pause = byResource.get(resource);
    if (pause === undefined || (pause.until !== null && pause.until <= t.getTime())) return null;
    return { rule: `paused ${resource}`, until: pause.until, onResume: pause.on_resume };
  };
  return {
    closesEntry: (journey, t) => pausedInFiles(journey) || heldBy(`journey/${journey}`, t) !== null,
    over(journey, channel, t) {
      if (byResource.size === 0) return pausedInFiles(journey) ? heldByFile : null;
      const hold = heldBy('workspace', t) ?? heldBy(`journey/${journey}`, t);
      if (hold !== null) return hold;
      if (pausedInFiles(journey)) return heldByFile;
      if (channel === null) return null;
      return heldBy(channel.startsWith('destination/') ? channel : `channel/${channel}`, t);
    },
  };
}

const heldByFile: Hold = { rule: 'paused', until: null, onResume: 'spread' };

const hourMs = 3_600_000;

/** When a held message is looked at again: within the hour after the pause's end; null while nobody knows that end. */
export function lookAgainAt({ until }: Hold, messageId: number): Date | null {
  return until === null ? null : new Date(until + spreadOf(messageId) * hourMs);
}

/** Between 0 and 1, the same for a message each time; neighbours are far apart (Fibonacci hashing). */
function spreadOf(messageId: number): number {
  return (Math.imul(messageId, 0x9e3779b1) >>> 0) / 2 ** 32;
}
