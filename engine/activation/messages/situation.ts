/** What arbitration is given and what it answers: candidates, what is known of the person, decisions. Plain data. */
import type { Objective, WhenCapped } from '../../compiler/ir.ts';
import type { Calendar } from './calendar.ts';
import type { ChannelResults, Choose, Cost } from './channel-order.ts';
import type { Holidays } from './hours.ts';
import type { Pauses } from './pauses.ts';
import type { Rules } from './rules.ts';

export interface Candidate {
  readonly messageId: number;
  readonly journey: string;
  readonly objective: Objective;
  readonly purpose: string;
  /** 0 to 100. */
  readonly priority: number;
  readonly createdAt: Date;
  readonly validUntil: Date;
  /** As the file lists them. */
  readonly channels: readonly string[];
  /** Who orders the channels; null: the file (`first_of`). */
  readonly choose: Choose | null;
  /** The trait that holds the address, instead of the channel's. */
  readonly to: string | null;
  /** Null: the pressure's own word. */
  readonly whenCapped: WhenCapped | null;
  /** Before others of its priority. */
  readonly isUrgent: boolean;
  /** The rule of a pause that held it so far and drops what it held; null otherwise. */
  readonly skippedAfter: string | null;
}

/** A reservation: a message that was queued and has not failed. */
export interface Contact {
  readonly messageId: number;
  /** When it was queued. */
  readonly at: Date;
  /** How far it came; asked only where a cap counts so. What may have left counts as sent. */
  readonly status?: 'queued' | 'sent' | 'delivered';
  /** When it left. */
  readonly sentAt?: Date | null;
  readonly channel: string;
  readonly journey: string;
  readonly objective: string;
}

/** A message that will be wanted at a time that is known: of a step that is reached then, or one that waits. */
export interface Scheduled
  extends Pick<Candidate, 'journey' | 'objective' | 'purpose' | 'priority' | 'channels' | 'choose' | 'to'> {
  readonly at: Date;
}

/**
 * `unconnected`: the channel has no provider, so it reaches nobody · `bad-number` and `not-mobile`: by what the person's country says of its
 * numbers.
 */
export type AddressState = 'ok' | 'missing' | 'suppressed' | 'unconnected' | 'bad-number' | 'not-mobile';

export interface ChannelReach {
  readonly type: string;
  readonly address: AddressState;
}

/** What is known of the person at t. */
export interface Situation {
  readonly t: Date;
  readonly channels: { get(channel: string): ChannelReach | undefined };
  /** The address that a trait holds, read for a channel; asked only for sends with `to`. */
  addressIn(trait: string, channel: string): AddressState;
  /** The register of his country that forbids the purpose to use his number, as decisions say it; null: none does. */
  barredBy?(purpose: string, channel: string, trait: string | null): string | null;
  /** Whether the purpose may use the channel type. */
  mayContact(purpose: string, channelType: string): boolean;
  /** Names of the rules that are about this person, of those that aren't about everybody. */
  readonly applies: ReadonlySet<string>;
  readonly contacts: readonly Contact[];
  readonly calendar: Calendar;
  readonly pauses: Pauses;
  readonly holidays: Holidays;
  /** Ids or types of channels in the person's own order; empty when he has none. */
  readonly preferred: readonly string[];
  /** What his messages brought so far, by channel. */
  readonly results: ReadonlyMap<string, ChannelResults>;
  /** The same of everybody; absent: it isn't asked. */
  readonly everybody?: ReadonlyMap<string, ChannelResults>;
  /** What a message to him costs on a channel; absent: it isn't asked. */
  costOf?(channel: string): Cost | null;
}

/** What one of several messages is decided by: `contacts` and `scheduled` count those that were decided before it. */
export interface Scene {
  readonly situation: Situation;
  readonly rules: Rules;
  readonly contacts: readonly Contact[];
  readonly scheduled: readonly Scheduled[];
}

/** Why a message was queued, deferred or given up; stored as it is. Times are milliseconds since the epoch. */
export interface Decision {
  readonly outcome: 'queued' | 'deferred' | 'suppressed' | 'expired';
  /** `cap house/weekly`, `mute house/sunset`, `quiet house`, `no-consent marketing`, `no-address email`, `suppressed-address email`, `paused journey/x`, `expired`. */
  readonly rule: string | null;
  readonly channel: string | null;
  readonly count: number | null;
  readonly max: number | null;
  /** Scheduled messages of a higher priority for which the cap keeps its room; absent: it is full. */
  readonly kept?: number;
  readonly window: string | null;
  /** The newest messages that the cap counted. */
  readonly counted?: readonly number[];
  /** When a deferred message is looked at again, a suppressed one would be let through, or until when the decision to queue holds. */
  readonly until: number | null;
  readonly at: number;
  /** Kept for when the message is decided anew. */
  readonly urgent?: true;
}
