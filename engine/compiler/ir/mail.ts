/** How mail leaves, and what is told of it, in compiled form. */

export interface ChannelRate {
  readonly max: number;
  readonly per: 'second' | 'minute' | 'hour';
}

/** What isn't said is absent. */
export interface SmtpVia {
  readonly kind: 'smtp';
  readonly host: string;
  readonly port: number;
  /** TLS from the start. */
  readonly secure: boolean;
  readonly from: string;
  /** `${secret.NAME}` references, resolved only when a connection is made. */
  readonly user: string | null;
  readonly password: string | null;
  /** Nothing is said to a server that doesn't begin TLS. */
  readonly tls?: 'required';
  /** A file of the workspace: whose certificates are believed beside those of the system. */
  readonly ca?: string;
  /** Connections that each process keeps. */
  readonly connections?: number;
  /** How long the server may be silent, in milliseconds. */
  readonly timeoutMs?: number;
  readonly replyTo?: string;
  /** Where bounces go; each message has an address of its own there. */
  readonly bounces?: string;
  readonly dkim?: Dkim;
  /** By domain of the recipient. */
  readonly domainRates?: Readonly<Record<string, ChannelRate>>;
}

export interface Dkim {
  readonly domain: string;
  readonly selector: string;
  /** A reference to the private key, PEM. */
  readonly key: string;
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
