/** What caps and quiet hours cover among possible messages. The engine's own reading of it is in `activation`. */
import type { BundleResource, Cap, Coverage, PressureBody } from '../ir.ts';
import { coversJourney } from '../resolve/covering.ts';
import type { PossibleMessage } from './sends.ts';

/** Whether the rule is about the message. Service messages are covered only where `service` is named. */
export function covers(rule: Coverage, message: Pick<PossibleMessage, 'journey' | 'channel' | 'objective'>): boolean {
  const { journey, channel, objective } = message;
  if (rule.channels !== null && !rule.channels.includes(channel)) return false;
  if (!coversJourney(rule, journey)) return false;
  return rule.objectives === null ? objective !== 'service' : rule.objectives.includes(objective);
}

export interface HouseCap {
  readonly pressure: string;
  readonly cap: Cap;
}

/** Caps that hold for everybody and exactly: those `where` something is true of people bound nobody else. */
export function capsOfAll(resources: readonly BundleResource[]): readonly HouseCap[] {
  return pressuresOf(resources).flatMap(({ id, body }) =>
    body.caps.filter((cap) => cap.where === undefined && cap.count === undefined).map((cap) => ({ pressure: id, cap })),
  );
}

export function pressuresOf(
  resources: readonly BundleResource[],
): readonly { readonly id: string; readonly body: PressureBody }[] {
  return resources.flatMap((one) => (one.kind === 'pressure' ? [one] : []));
}
