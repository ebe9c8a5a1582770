/**
 * One email as bytes: a MIME message with a stable Message-ID, safe headers and a text part for every HTML part.
 * Nothing here opens a connection.
 */
import type { OutgoingMessage } from './adapter.ts';
import { textOfHtml } from './text-of-html.ts';

export interface ComposedEmail {
  readonly from: string;
  readonly to: string;
  readonly content: Buffer;
}

const addressLengthMax = 254;

/**
 * Whether the text is one plain mailbox: one `@`, and nothing that a header or the protocol gives a meaning to. Comments,
 * quoted local parts and lists of addresses are refused, so that a trait's value can't add a recipient.
 */
export function isMailbox(address: string): boolean {
  return address.length <= addressLengthMax && /^[^\s\p{Cc}@<>()[\]\\,;:"]+@[^\s\p{Cc}@<>()[\]\\,;:"]+$/u.test(address);
}

/** Composes the message for a mailbox that `isMailbox` accepts. `from` is the sender as configured, `Name <address>`. */
export async function composeEmail(message: OutgoingMessage, to: string, from: string): Promise<ComposedEmail> {
  // Lazily: a workspace without email never loads it.
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const sender = senderAddress(from);
  const { html, about } = message;
  const text = message.text ?? (html === undefined ? undefined : textOfHtml(html));
  const node = new MailComposer({
    from: oneLine(from),
    to: { name: '', address: to },
    subject: oneLine(message.subject ?? message.title ?? ''),
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    messageId: messageIdOf(message.token, sender),
    date: new Date(message.at),
    headers: {
      'X-Parcours-Message': oneLine(message.token),
      'X-Parcours-Step': oneLine(`${about.journey}/${about.step}`),
      'X-Parcours-Template': oneLine(about.template),
    },
    // Templates are text: nothing in them may read a file or fetch an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  return { from: sender, to, content: await node.build() };
}

/** `<token@domain of the sender>`: the same at every attempt, so that mailboxes can drop a second copy. */
function messageIdOf(token: string, sender: string): string {
  const domain = sender.slice(sender.lastIndexOf('@') + 1) || 'localhost';
  return `<${token.replace(/[^A-Za-z0-9._-]/g, '-')}@${domain.replace(/[^A-Za-z0-9.-]/g, '-')}>`;
}

function senderAddress(from: string): string {
  return (/<([^<>]*)>\s*$/.exec(from)?.[1] ?? from).trim();
}

function oneLine(value: string): string {
  return value.replace(/\p{Cc}+/gu, ' ').trim();
}
