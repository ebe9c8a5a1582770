/** Whether a purpose may use a channel for a person. Pure; arbitration and dispatch read the same rule. */
import type { ConsentBody } from '../../compiler/ir.ts';

/** What the person said for the purpose, on the channel's type or on all (`*`). */
export interface ConsentSaid {
  readonly granted: boolean;
  readonly denied: boolean;
  /** Granted, and confirmed since he last denied it. */
  readonly confirmed: boolean;
}

/** What countries may need of a purpose. */
export type ConsentNeeds = 'opt-in' | 'double-opt-in' | 'opt-out';

/** What is placed on our own pages or handed to a system reaches nobody: only a purpose that names it asks for consent. */
export const placedTypes: ReadonlySet<string> = new Set(['on-site', 'audience', 'webhook']);

/**
 * Null when allowed, otherwise the reason. Where both were said the denial counts, as in conditions. A `log` channel reaches
 * nobody and is covered by every purpose; the basis still holds. What countries need is added to it: the strictest counts.
 */
export function consentObstacle(
  purpose: string,
  body: ConsentBody | undefined,
  channelType: string,
  said: ConsentSaid,
  needs: readonly ConsentNeeds[] = [],
): string | null {
  if (!body) return `purpose ${purpose} is not declared`;
  if (placedTypes.has(channelType) && !body.channels.includes(channelType) && needs.length === 0) return null;
  if (channelType !== 'log' && !body.channels.includes(channelType)) {
    return `purpose ${purpose} does not cover ${channelType}`;
  }
  if (body.basis === 'contract' && needs.length === 0) return null;
  if (said.denied) return `consent for ${purpose} on ${channelType} is denied`;
  const isConfirmed = needs.includes('double-opt-in') || body.doubleOptIn?.includes(channelType) === true;
  const isGranted = isConfirmed || body.basis === 'consent' || needs.includes('opt-in');
  if (isGranted && !said.granted) return `no consent for ${purpose} on ${channelType}`;
  if (isConfirmed && !said.confirmed) return `consent for ${purpose} on ${channelType} is not confirmed`;
  return null;
}
