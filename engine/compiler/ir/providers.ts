/** How channels leave by providers, and what a message costs, in compiled form. Whatever is secret is a `${secret.NAME}` reference. */
import type { Duration } from './values.ts';

/** SMS and WhatsApp. Exactly one of `messagingService` and `from` is there. */
export interface TwilioVia {
  readonly kind: 'twilio';
  readonly type: 'sms' | 'whatsapp';
  readonly accountSid: string;
  readonly authToken: string;
  readonly messagingService?: string;
  readonly from?: string;
  /** The public address of `parcours serve`, without a slash at its end. */
  readonly callbackUrl?: string;
  readonly segmentsMax?: number;
  /** By country (ISO 3166, two letters): folded to capitals without accents, sorted. */
  readonly optOutWords?: Readonly<Record<string, readonly string[]>>;
  readonly baseUrl?: string;
}

/** Push. */
export interface FirebaseVia {
  readonly kind: 'firebase';
  readonly serviceAccount: string;
  readonly ttl?: Duration;
  readonly collapse?: 'journey' | 'template' | 'channel';
  readonly data?: Readonly<Record<string, string>>;
  readonly dryRun?: true;
  readonly baseUrl?: string;
  /** Relative to the workspace root. */
  readonly caFile?: string;
}

/** What a message costs; of an SMS each of its parts. */
export interface ChannelCost {
  readonly currency: string;
  /** Millionths of the currency's major unit: providers charge parts of a cent. */
  readonly micros: number;
  /** The same by the country of the number (ISO 3166, two letters). */
  readonly byCountry?: Readonly<Record<string, number>>;
}
