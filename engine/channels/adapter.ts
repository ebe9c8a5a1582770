/** What a channel adapter is: it takes one rendered message and says what became of it. Leaf: knows only Message and outcome. */

/** A message ready to leave. Holds personal data: never log it (the `log` channel writes it because that is its job). */
export interface OutgoingMessage {
  /** Stable per message: `<lane>-<message id>`. Providers that know idempotency keys get it. */
  readonly token: string;
  readonly channel: string;
  /** Email address, phone number, device token; null where the adapter needs none. */
  readonly to: string | null;
  readonly locale: string;
  readonly subject?: string;
  readonly title?: string;
  readonly text?: string;
  readonly html?: string;
  /** A template that the provider has approved, and what stands at its places; it is sent instead of the text. */
  readonly content?: { readonly sid: string; readonly variables: Readonly<Record<string, string>> };
  /** WhatsApp: he wrote within a day, so that any text may be sent, and is instead of the template. */
  readonly isSession?: true;
  /** Push: the person's devices, the one that was seen last first. None: `to` is the only one. */
  readonly devices?: readonly string[];
  /** After it nobody wants the message any more; milliseconds since the epoch. */
  readonly validUntil?: number;
  /** Headers of a mail beside those that all have. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Files of the workspace, read when the message leaves. */
  readonly attachments?: readonly { readonly file: string; readonly name: string; readonly type?: string }[];
  /** By which what servers tell of the token is known to be about a message of ours; see `message-proof.ts`. */
  readonly proof?: string;
  /** A proof to look at: it is of nobody, and counted nowhere. */
  readonly isTest?: true;
  /** For the `log` channel and headers; no personal data. */
  readonly about: {
    readonly profile: number;
    readonly journey: string;
    readonly step: string;
    readonly template: string;
  };
  /** The engine's time, milliseconds since the epoch. */
  readonly at: number;
}

export type SendOutcome =
  | {
      readonly kind: 'accepted';
      /** By which the provider knows the message. */
      readonly providerId?: string;
      /** Devices that are no more, of several. */
      readonly dead?: readonly string[];
    }
  /** Not accepted and may be tried again, after the given milliseconds if the provider said so. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  | {
      readonly kind: 'rejected';
      readonly reason: string;
      readonly addressBad: boolean;
      /** The person told the provider that he wants no more of this. */
      readonly optedOut?: true;
      readonly dead?: readonly string[];
    }
  /** The connection ended between the request and the answer: it may have left. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface ChannelAdapter {
  /** So many calls of `send` may be under way together: they share what the adapter has in hand, first come, first served. Default: one. */
  readonly batchesAtOnce?: number;
  /** Sends a batch; outcome i belongs to message i. Never throws for what the provider did. */
  send(messages: readonly OutgoingMessage[]): Promise<readonly SendOutcome[]>;
  close(): Promise<void>;
}
