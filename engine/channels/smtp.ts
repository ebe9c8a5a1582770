/**
 * The `smtp` adapter: mails are composed and sent over a few connections, in the order in which they came. It decides no retries; connections
 * are in `smtp-connections.ts`.
 */
import type { ChannelAdapter, OutgoingMessage } from './adapter.ts';
import { AttachmentUnusable, attachmentsIn } from './attachments.ts';
import { type ComposedEmail, composeEmail, DkimUnusable, isMailbox, type MailSettings } from './email-content.ts';
import { resolveSecrets, type SecretLookup, SecretMissing } from './secrets.ts';
import { batchesAtOnce, sendQueue, type Tried } from './send-queue.ts';
import { defaultSmtpLimits, type SmtpConfig, type SmtpLimits } from './smtp-config.ts';
import { type SmtpConnections, type SmtpSurroundings, smtpConnections } from './smtp-connections.ts';

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
  const server = smtpConnections(config, surroundings, limits);
  const attachments = attachmentsIn(surroundings.root);
  const queue = sendQueue(limits.connectionsMax, (message, settings: MailSettings) =>
    deliver(message, settings, server),
  );
  return {
    batchesAtOnce,
    async send(messages) {
      // Secrets are read anew for each batch.
      try {
        return await queue(messages, { ...mailSettings(config, surroundings.secret), attachments });
      } catch (error) {
        if (!(error instanceof SecretMissing)) throw error;
        const { message: reason } = error;
        return messages.map(() => ({ kind: 'retry', reason }));
      }
    },
    async close() {
      server.close();
    },
  };
}

/** Errors: `SecretMissing`. */
function mailSettings(
  { from, replyTo, bounces, dkim }: SmtpConfig,
  secret: SecretLookup,
): Omit<MailSettings, 'attachments'> {
  const { domain = '', selector = '', key } = dkim ?? {};
  const privateKey = key === undefined ? undefined : resolveSecrets(key, secret);
  return { from, replyTo, bounces, ...(privateKey !== undefined && { dkim: { domain, selector, privateKey } }) };
}

async function deliver(message: OutgoingMessage, settings: MailSettings, server: SmtpConnections): Promise<Tried> {
  const to = message.to?.trim() ?? '';
  if (!isMailbox(to)) return { outcome: { kind: 'rejected', reason: 'the address is malformed', addressBad: true } };
  let email: ComposedEmail;
  try {
    email = await composeEmail(message, to, settings);
  } catch (error) {
    return outcomeOfComposing(error);
  }
  return await server.send(email);
}

/** A file that isn't there is the message's end; a key that signs nothing, everybody's, until it is set. */
function outcomeOfComposing(error: unknown): Tried {
  if (error instanceof AttachmentUnusable) {
    return { outcome: { kind: 'rejected', reason: error.message, addressBad: false } };
  }
  if (error instanceof DkimUnusable) {
    const outcome = { kind: 'retry', reason: error.message } as const;
    return { outcome, rest: outcome };
  }
  return { outcome: { kind: 'rejected', reason: 'the message cannot be composed', addressBad: false } };
}
