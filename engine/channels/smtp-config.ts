/** How a channel's mails leave by SMTP, as its file says it and the adapter takes it, and the limits that no file names. Nothing here connects. */

/** What isn't said is absent. */
export interface SmtpConfig {
  readonly host: string;
  readonly port: number;
  /** TLS from the start; otherwise STARTTLS where the server offers it. */
  readonly secure: boolean;
  readonly from: string;
  /** `${secret.NAME}` references or plain text, resolved only when a connection is made; null: no login. */
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
}

export interface Dkim {
  readonly domain: string;
  readonly selector: string;
  /** A reference to the private key, PEM. */
  readonly key: string;
}

export interface SmtpLimits {
  readonly connectionsMax: number;
  /** After so many messages a connection is closed: servers cut long sessions. */
  readonly messagesPerConnectionMax: number;
  readonly connectTimeoutMs: number;
  /** Silence on a connection. Servers may think for minutes after DATA (RFC 5321, 4.5.3.2). */
  readonly silenceTimeoutMs: number;
}

export const defaultSmtpLimits: SmtpLimits = {
  connectionsMax: 5,
  messagesPerConnectionMax: 100,
  connectTimeoutMs: 15_000,
  silenceTimeoutMs: 180_000,
};
