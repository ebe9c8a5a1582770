/** A marked message with all that it is checked and rendered by, made of the columns in which a batch is read. The statement is in `queries.ts`. */
import type { PauseSeen } from '../../store/pauses.ts';

/** The mark itself. */
export interface AttemptRow {
  readonly lane: number;
  readonly message_id: number;
  readonly profile_id: number;
  readonly channel: string;
  /** 0 service, 1 the rest. */
  readonly class: number;
  readonly decided_until: Date;
  /** 1 is the first. */
  readonly attempt: number;
  readonly dispatcher: string;
}

export interface ClaimedMessage extends AttemptRow {
  /** False: nothing is known of it any more. */
  readonly is_there: boolean;
  readonly journey: string;
  readonly step: string;
  readonly template: string;
  readonly purpose: string;
  readonly with_values: Readonly<Record<string, never>>;
  readonly valid_until: Date;
  /** When it was queued. */
  readonly accepted_at: Date | null;
  /** The trait that holds the address, instead of the channel's. */
  readonly address_trait: string | null;
  /** Null when the person is no longer there. */
  readonly traits: Readonly<Record<string, unknown>> | null;
  readonly zone: string | null;
  readonly locale: string | null;
  readonly entry: Readonly<Record<string, unknown>> | null;
  /** Fields of the rows of that key, by entity; null where the enrollment has no key, or nothing of it is there. */
  readonly rows: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null;
  readonly granted: boolean;
  readonly denied: boolean;
  readonly confirmed: boolean;
  /** Tokens of the devices that a push message goes to; null: nothing is known of them, or they weren't asked for. */
  readonly devices: readonly string[] | null;
  /** Whether there is a suppression list to look into. */
  readonly is_listed: boolean;
  /** What operators stopped; null: nothing. */
  readonly pauses: readonly PauseSeen[] | null;
}

type OfBatch = 'is_there' | 'channel' | 'dispatcher' | 'is_listed' | 'pauses';
type Instant = 'decided_until' | 'valid_until' | 'accepted_at';

/** Place i of each array is of message i; instants as ISO texts. What the message no longer has is null. */
type Columns = {
  readonly [C in Exclude<keyof ClaimedMessage, OfBatch>]: readonly (C extends Instant
    ? string | null
    : ClaimedMessage[C])[];
};

/** A batch. Without messages its arrays are null. */
export type ClaimedColumns = Pick<ClaimedMessage, 'is_listed' | 'pauses'> & {
  /** When the last service message was due, and the last of the rest; null: there was none. */
  readonly service_due_at: Date | null;
  readonly rest_due_at: Date | null;
} & (Columns | { readonly [C in keyof Columns]: null });

/** By whom the batch was marked, and of which channel. */
type Mark = Pick<AttemptRow, 'channel' | 'dispatcher'>;

export function claimedMessages(columns: ClaimedColumns, mark: Mark): readonly ClaimedMessage[] {
  if (columns.lane === null) return [];
  const read: ReadColumns = {
    ...columns,
    decided_until: instants(columns.decided_until),
    valid_until: instants(columns.valid_until),
    accepted_at: instants(columns.accepted_at),
  };
  return read.lane.map((lane, i) => messageAt(read, i, lane, mark));
}

/** With instants that are read. */
type ReadColumns = Pick<ClaimedMessage, 'is_listed' | 'pauses'> & {
  readonly [C in Exclude<keyof ClaimedMessage, OfBatch>]: readonly ClaimedMessage[C][];
};

/** Written out: an object of so many names that is made by a loop takes several times as long. */
function messageAt(of: ReadColumns, i: number, lane: number, { channel, dispatcher }: Mark): ClaimedMessage {
  const { is_listed, pauses } = of;
  return {
    lane,
    message_id: of.message_id[i]!,
    profile_id: of.profile_id[i]!,
    channel,
    class: of.class[i]!,
    decided_until: of.decided_until[i]!,
    attempt: of.attempt[i]!,
    dispatcher,
    is_there: of.journey[i] !== null,
    journey: of.journey[i]!,
    step: of.step[i]!,
    template: of.template[i]!,
    purpose: of.purpose[i]!,
    with_values: of.with_values[i]!,
    valid_until: of.valid_until[i]!,
    accepted_at: of.accepted_at[i]!,
    address_trait: of.address_trait[i]!,
    traits: of.traits[i]!,
    zone: of.zone[i]!,
    locale: of.locale[i]!,
    entry: of.entry[i]!,
    rows: of.rows[i]!,
    granted: of.granted[i]!,
    denied: of.denied[i]!,
    confirmed: of.confirmed[i]!,
    devices: of.devices[i]!,
    is_listed,
    pauses,
  };
}

/** As PostgreSQL writes them in JSON, to the millisecond. Messages that were decided together have them in common, and one is made of them. */
function instants<At extends Date | null>(texts: readonly (string | null)[]): readonly At[] {
  let last: string | null = null;
  let at: Date | null = null;
  return texts.map((text) => {
    if (text !== last) at = text === null ? null : new Date(text);
    last = text;
    return at as At;
  });
}
