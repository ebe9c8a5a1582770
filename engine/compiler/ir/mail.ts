/** How mail leaves, and what is told of it, in compiled form. */
import type { SmtpConfig } from '../../channels/smtp-config.ts';

export interface ChannelRate {
  readonly max: number;
  readonly per: 'second' | 'minute' | 'hour';
}

/** As its adapter takes it, so that a form is said once. */
export interface SmtpVia extends SmtpConfig {
  readonly kind: 'smtp';
  /** By domain of the recipient. */
  readonly domainRates?: Readonly<Record<string, ChannelRate>>;
}

/** Which of what recipients do is told. */
export interface Tracking {
  readonly opens: boolean;
  readonly clicks: boolean;
  /** A purpose: only of people who granted it. */
  readonly consent?: string;
  /** Ids of countries of whose people nothing is told. Sorted. */
  readonly notIn?: readonly string[];
}
