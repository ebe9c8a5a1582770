/**
 * Connections to a mail server, kept from one message to the next, each with one recipient. It uses nodemailer's connection rather than its
 * transport, because only there it shows whether a failure came before or after DATA, and that decides whether a message may be sent again.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SendOutcome } from './adapter.ts';
import type { ComposedEmail } from './email-content.ts';
import { resolveSecrets, type SecretLookup, SecretMissing } from './secrets.ts';
import type { Tried } from './send-queue.ts';
import type { SmtpConfig, SmtpLimits } from './smtp-config.ts';
import { outcomeOfFailure, outcomeOfNoConnection, type SmtpFailure } from './smtp-outcome.ts';

/** Where an adapter stands. */
export interface SmtpSurroundings {
  /** The workspace's folder. */
  readonly root: string;
  readonly secret: SecretLookup;
}

export interface SmtpConnections {
  /** Over a connection that is there, or a new one; there are as many as messages are sent at once. */
  send(email: ComposedEmail): Promise<Tried>;
  close(): void;
}

interface Kept {
  readonly connection: SMTPConnection;
  sent: number;
}

export function smtpConnections(
  config: SmtpConfig,
  surroundings: SmtpSurroundings,
  limits: SmtpLimits,
): SmtpConnections {
  const idle: Kept[] = [];
  let isClosed = false;

  async function sendBy(kept: Kept, email: ComposedEmail): Promise<Sent> {
    const sent = await sendOver(kept.connection, email);
    kept.sent += 1;
    if (sent.isAlive && !isClosed && kept.sent < limits.messagesPerConnectionMax) idle.push(kept);
    else kept.connection.close();
    return sent;
  }

  return {
    async send(email) {
      const known = idle.pop();
      if (known !== undefined) {
        const { outcome, isAlive, wasData } = await sendBy(known, email);
        // An idle connection that the server had closed meanwhile says nothing about the message.
        if (isAlive || wasData || outcome.kind !== 'retry') return { outcome };
      }
      let opened: Kept;
      try {
        opened = { connection: await openConnection(config, surroundings, limits), sent: 0 };
      } catch (error) {
        const outcome = outcomeOfOpening(error);
        return { outcome, rest: outcome };
      }
      return { outcome: (await sendBy(opened, email)).outcome };
    },
    close() {
      isClosed = true;
      for (const { connection } of idle.splice(0)) connection.close();
    },
  };
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
