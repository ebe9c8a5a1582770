/**
 * The `smtp` adapter: a small pool of connections, each sending one message after the other, one recipient a message. It uses
 * nodemailer's connection rather than its transport, because only there it shows whether a failure came before or after
 * DATA, and that decides whether a message may be sent again. It decides no retries.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { ChannelAdapter, OutgoingMessage, SendOutcome } from './adapter.ts';
import { AttachmentUnusable, attachmentsIn } from './attachments.ts';
import { type ComposedEmail, composeEmail, DkimUnusable, isMailbox, type MailSettings } from './email-content.ts';
import { resolveSecrets, type SecretLookup, SecretMissing } from './secrets.ts';
import { outcomeOfFailure, outcomeOfNoConnection, type SmtpFailure } from './smtp-outcome.ts';

export interface SmtpConfig {
  readonly host: string;
  readonly port: number;
  /** TLS from the start; otherwise STARTTLS where the server offers it. */
  readonly secure: boolean;
  readonly from: string;
  /** `${secret.NAME}` references or plain text; null: no login. */
  readonly user: string | null;
  readonly password: string | null;
  /** Nothing is said to a server that doesn't begin TLS. */
  readonly tls?: 'required';
  /** A file of the workspace with certificates that are believed beside those of the system. */
  readonly ca?: string;
  readonly connections?: number;
  readonly timeoutMs?: number;
  readonly replyTo?: string;
  readonly bounces?: string;
  /** `key`: a reference to the private key. */
  readonly dkim?: { readonly domain: string; readonly selector: string; readonly key: string };
}

/** Where an adapter stands. */
export interface SmtpSurroundings {
  /** The workspace's folder. */
  readonly root: string;
  readonly secret: SecretLookup;
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

interface PooledConnection {
  readonly connection: SMTPConnection;
  sent: number;
}

type Attempt =
  | { readonly kind: 'done'; readonly outcome: SendOutcome }
  /** The connection was gone before the server saw the content: another one may take the message. */
  | { readonly kind: 'lost'; readonly outcome: SendOutcome }
  /** No connection at all, for this message and those that wait. */
  | { readonly kind: 'down'; readonly outcome: SendOutcome };

/** Opens connections when the first batch comes and keeps them for the next ones, until `close`. */
export function createSmtpAdapter(
  config: SmtpConfig,
  surroundings: SmtpSurroundings,
  given: Partial<SmtpLimits> = {},
): ChannelAdapter {
  const { connections, timeoutMs } = config;
  const limits: SmtpLimits = {
    ...defaultSmtpLimits,
    ...(connections !== undefined && { connectionsMax: connections }),
    ...(timeoutMs !== undefined && { silenceTimeoutMs: timeoutMs }),
    ...given,
  };
  const idle: PooledConnection[] = [];
  const attachments = attachmentsIn(surroundings.root);
  let isClosed = false;

  /** Read anew for each batch, as secrets are. Errors: `SecretMissing`. */
  function settings(): MailSettings {
    const { from, replyTo, bounces, dkim } = config;
    const { domain = '', selector = '', key } = dkim ?? {};
    const privateKey = key === undefined ? undefined : resolveSecrets(key, surroundings.secret);
    return {
      from,
      replyTo,
      bounces,
      attachments,
      ...(privateKey !== undefined && { dkim: { domain, selector, privateKey } }),
    };
  }

  async function attempt(email: ComposedEmail, mayReuse: boolean): Promise<Attempt> {
    const reused = mayReuse ? idle.pop() : undefined;
    let pooled: PooledConnection;
    try {
      pooled = reused ?? { connection: await openConnection(config, surroundings, limits), sent: 0 };
    } catch (error) {
      return { kind: 'down', outcome: outcomeOfOpening(error) };
    }
    const { outcome, isAlive, wasData } = await sendOver(pooled.connection, email);
    pooled.sent += 1;
    if (isAlive && !isClosed && pooled.sent < limits.messagesPerConnectionMax) idle.push(pooled);
    else pooled.connection.close();
    // An idle connection that the server had closed meanwhile says nothing about the message.
    const isLost = reused !== undefined && !isAlive && !wasData && outcome.kind === 'retry';
    return { kind: isLost ? 'lost' : 'done', outcome };
  }

  async function deliver(message: OutgoingMessage): Promise<Attempt> {
    const to = message.to?.trim() ?? '';
    if (!isMailbox(to)) {
      return { kind: 'done', outcome: { kind: 'rejected', reason: 'the address is malformed', addressBad: true } };
    }
    let email: ComposedEmail;
    try {
      email = await composeEmail(message, to, settings());
    } catch (error) {
      return outcomeOfComposing(error);
    }
    const first = await attempt(email, true);
    return first.kind === 'lost' ? attempt(email, false) : first;
  }

  return {
    async send(messages) {
      const outcomes = new Array<SendOutcome>(messages.length);
      let next = 0;
      let down: SendOutcome | null = null;
      async function work(): Promise<void> {
        while (next < messages.length) {
          const index = next;
          next += 1;
          // One refused login is enough: a hundred would lock the account.
          const tried: Attempt = down ? { kind: 'down', outcome: down } : await deliver(messages[index]!);
          if (tried.kind === 'down') down = tried.outcome;
          outcomes[index] = tried.outcome;
        }
      }
      await Promise.all(Array.from({ length: Math.min(limits.connectionsMax, messages.length) }, work));
      return outcomes;
    },
    async close() {
      isClosed = true;
      for (const { connection } of idle.splice(0)) connection.close();
    },
  };
}

const uncomposable: SendOutcome = { kind: 'rejected', reason: 'the message cannot be composed', addressBad: false };

/** A file that isn't there is the message's end; a key that isn't, everybody's, until it is set. */
function outcomeOfComposing(error: unknown): Attempt {
  if (error instanceof AttachmentUnusable) {
    return { kind: 'done', outcome: { kind: 'rejected', reason: error.message, addressBad: false } };
  }
  if (error instanceof SecretMissing || error instanceof DkimUnusable) {
    return { kind: 'down', outcome: { kind: 'retry', reason: error.message } };
  }
  return { kind: 'done', outcome: uncomposable };
}

function outcomeOfOpening(error: unknown): SendOutcome {
  if (error instanceof SecretMissing) return { kind: 'retry', reason: error.message };
  return outcomeOfNoConnection(error as SmtpFailure);
}

/** Connects and logs in. The secrets live on this stack only. */
async function openConnection(
  config: SmtpConfig,
  { root, secret }: SmtpSurroundings,
  limits: SmtpLimits,
): Promise<SMTPConnection> {
  const user = config.user === null ? null : resolveSecrets(config.user, secret);
  const password = config.password === null ? null : resolveSecrets(config.password, secret);
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  const connection = new Connection({
    host: config.host,
    port: config.port,
    secure: config.secure,
    requireTLS: config.tls === 'required' && !config.secure,
    ...(config.ca !== undefined && { tls: { ca: [...rootCertificates, readCa(root, config.ca)] } }),
    connectionTimeout: limits.connectTimeoutMs,
    greetingTimeout: limits.connectTimeoutMs,
    socketTimeout: limits.silenceTimeoutMs,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      // Stays for the life of the connection: a later error is told to the message in hand, or to nobody when idle.
      connection.on('error', reject);
      connection.connect((error) => (error ? reject(error) : resolve()));
    });
    if (user !== null || password !== null) await logIn(connection, user ?? '', password ?? '');
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** A file that can't be read is told as an error of the system: its code, without the path. */
function readCa(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function logIn(connection: SMTPConnection, user: string, pass: string): Promise<void> {
  return untilAnswered(connection, (done) => connection.login({ user, pass }, done));
}

interface Sent {
  readonly outcome: SendOutcome;
  /** The connection can take another message. */
  readonly isAlive: boolean;
  readonly wasData: boolean;
}

async function sendOver(connection: SMTPConnection, email: ComposedEmail): Promise<Sent> {
  let wasData = false;
  // The content is read only once the server has answered DATA: that is how we know.
  const content = new Readable({
    read() {
      wasData = true;
      this.push(email.content);
      this.push(null);
    },
  });
  const failure = await new Promise<SmtpFailure | null>((resolve) => {
    const envelope = { from: email.from, to: [email.to], size: email.content.length };
    connection.send(envelope, content, (error) => resolve(error ?? null));
  });
  if (failure === null) return { outcome: { kind: 'accepted' }, isAlive: true, wasData };
  const outcome = outcomeOfFailure(failure, wasData);
  const isAnswered = failure.responseCode !== undefined && failure.responseCode !== 421;
  return { outcome, isAlive: isAnswered && (await isReset(connection)), wasData };
}

/** After a refusal the session must be cleared before the next message. */
function isReset(connection: SMTPConnection): Promise<boolean> {
  return untilAnswered(connection, (done) => connection.reset(done)).then(
    () => true,
    () => false,
  );
}

/** Settles with the command's answer, or with the loss of the connection, of which the command's callback isn't told. */
function untilAnswered(
  connection: SMTPConnection,
  command: (done: (error: Error | null) => void) => void,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const lost = (error?: Error) => reject(error ?? new Error('connection closed'));
    connection.once('error', lost).once('end', lost);
    command((error) => {
      connection.off('error', lost).off('end', lost);
      if (error) reject(error);
      else resolve();
    });
  });
}
