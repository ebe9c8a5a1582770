/**
 * What every workspace knows without declaring it: the traits of each profile and the events that the engine records itself.
 * They are names, not resources; a schema may declare the traits again and add properties to the events.
 */
import type { EventBody, ValueType } from './ir.ts';

/** Until when somebody wants no messages but service, as he chose in the preference centre. */
export const pauseTrait = 'messages_paused_until';

/** Traits of each profile, by name. */
export const builtInTraits: ReadonlyMap<string, ValueType> = new Map([
  ['zone', 'text'],
  ['locale', 'text'],
  ['email', 'text'],
  ['phone', 'text'],
  ['push_token', 'text'],
  ['first_seen_at', 'datetime'],
  ['last_seen_at', 'datetime'],
  [pauseTrait, 'datetime'],
]);

const addresses: ReadonlySet<string> = new Set(['email', 'phone', 'push_token']);

/** The types as which a schema may declare a trait of each profile again; undefined: it is none. */
export function typesOfBuiltInTrait(name: string): readonly ValueType[] | undefined {
  const type = builtInTraits.get(name);
  if (type === undefined) return undefined;
  return addresses.has(name) ? ['text', 'id'] : [type];
}

const message = { message: 'id', journey: 'text', step: 'text', channel: 'text', template: 'text' } as const;
const points = { program: 'text', points: 'integer' } as const;

/** A property of our own events, beside the declared ones: the key of the enrollment that they are about. */
export const enrollmentKey = '$key';

/** Events that the engine records, with their properties. */
export const builtInEvents: ReadonlyMap<string, EventBody> = new Map(
  Object.entries({
    message_queued: message,
    message_sent: message,
    message_delivered: message,
    message_seen: message,
    message_clicked: message,
    message_acted: message,
    message_replied: { ...message, text: 'text' },
    message_received: { channel: 'text', text: 'text', media: 'integer', message: 'id', intent: 'text' },
    message_bounced: message,
    message_complained: message,
    message_scanned: { ...message, what: 'text' },
    message_failed: message,
    journey_entered: { journey: 'text' },
    journey_exited: { journey: 'text', as: 'text' },
    consent_changed: { purpose: 'text', channel: 'text', from: 'text', to: 'text' },
    reward_redeemed: {
      program: 'text',
      reward: 'text',
      points: 'integer',
      code: 'text',
      partner: 'text',
      valid_until: 'datetime',
    },
    identified: {},
    call_closed: { journey: 'text', step: 'text', list: 'text', outcome: 'text' },
    points_earned: { ...points, rule: 'text' },
    points_qualified: { ...points, rule: 'text' },
    points_disqualified: points,
    points_usable: points,
    points_redeemed: points,
    points_held: points,
    points_returned: points,
    points_reversed: { ...points, rule: 'text' },
    points_expired: points,
    points_expiring: points,
    tier_changed: { program: 'text', from: 'text', to: 'text' },
    points_withheld: { ...points, rule: 'text', reason: 'text' },
    referral_changed: { program: 'text', role: 'text', status: 'text', reason: 'text' },
  } as const).map(([name, properties]) => [name, { properties, measure: null }]),
);
