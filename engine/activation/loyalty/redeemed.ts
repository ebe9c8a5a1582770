/** What is told of a reward that somebody took: what it is, who gives it, the code, and until when it is good. */
import type { Duration } from '../../compiler/ir.ts';
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import { addTo } from '../../loyalty/times.ts';
import type { OwnEvent } from '../facts/own-events.ts';

type Reward = LinkedProgramme['body']['rewards'][number];

/** Until when it may be used, in milliseconds; null: for ever. */
export function goodUntil({ give }: Reward, t: Date): number | null {
  const { validFor } = give as { readonly validFor?: Duration };
  return validFor === undefined ? null : addTo(t.getTime(), validFor);
}

export function redeemedEvent(
  who: { readonly lane: number; readonly profileId: number; readonly hop?: number },
  {
    program,
    reward,
    points,
    code,
    t,
  }: {
    readonly program: string;
    readonly reward: Reward;
    readonly points: number;
    readonly code: string | null;
    readonly t: Date;
  },
): OwnEvent {
  const { lane, profileId, hop = 0 } = who;
  const until = goodUntil(reward, t);
  const { partner } = reward.give as { readonly partner?: string };
  const properties = {
    ...{ program, reward: reward.id, points },
    ...(code !== null && { code }),
    ...(partner !== undefined && { partner }),
    ...(until !== null && { valid_until: until }),
  };
  return { lane, profileId, hop, type: 'reward_redeemed', at: t, properties };
}
