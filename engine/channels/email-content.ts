/**
 * One email as bytes: a MIME message with a stable Message-ID, safe headers, a text part for every HTML part, its attachments and its
 * signature. Nothing here opens a connection.
 */
import type { OutgoingMessage } from './adapter.ts';
import { type Attachments, AttachmentUnusable, attachmentBytesMax } from './attachments.ts';
import { textOfHtml } from './text-of-html.ts';

export interface ComposedEmail {
  /** Of the envelope: where it is returned to when it can't be delivered. */
  readonly from: string;
  readonly to: string;
  readonly content: Buffer;
}

/** How mails of a channel are made. */
export interface MailSettings {
  /** The sender as configured, `Name <address>`. */
  readonly from: string;
  readonly replyTo?: string | undefined;
  /** Where bounces go, each message to an address of its own. */
  readonly bounces?: string | undefined;
  readonly attachments: Attachments;
  /** Signs for a domain; absent: nobody signs. */
  readonly dkim?: { readonly domain: string; readonly selector: string; readonly privateKey: string } | undefined;
}

const addressLengthMax = 254;

/**
 * Whether the text is one plain mailbox: one `@`, and nothing that a header or the protocol gives a meaning to. Comments,
 * quoted local parts and lists of addresses are refused, so that a trait's value can't add a recipient.
 */
export function isMailbox(address: string): boolean {
  return address.length <= addressLengthMax && /^[^\s\p{Cc}@<>()[\]\\,;:"]+@[^\s\p{Cc}@<>()[\]\\,;:"]+$/u.test(address);
}

/**
 * Composes the message for a mailbox that `isMailbox` accepts. Errors: `AttachmentUnusable`; `DkimUnusable` where the key signs nothing:
 * a mail that should be signed doesn't leave without.
 */
export async function composeEmail(
  message: OutgoingMessage,
  to: string,
  settings: MailSettings,
): Promise<ComposedEmail> {
  const MailComposer = await composer();
  const sender = senderAddress(settings.from);
  const { html, replyTo } = { html: message.html, replyTo: settings.replyTo };
  const text = message.text ?? (html === undefined ? undefined : textOfHtml(html));
  const subject = oneLine(message.subject ?? message.title ?? '');
  const node = new MailComposer({
    from: oneLine(settings.from),
    to: { name: '', address: to },
    ...(replyTo === undefined ? {} : { replyTo: oneLine(replyTo) }),
    subject: message.isTest ? `[Test] ${subject}` : subject,
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    attachments: await attachmentsOf(message, settings.attachments),
    messageId: messageIdOf(message.token, sender),
    date: new Date(message.at),
    headers: headersOf(message, sender),
    // Templates are text: nothing in them may read a file or fetch an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const plain = await node.build();
  const content = settings.dkim === undefined ? plain : await signed(plain, settings.dkim);
  return { from: returnAddress(message, settings.bounces) ?? sender, to, content };
}

type Composer = typeof import('nodemailer/lib/mail-composer')['default'];
let loaded: Composer | undefined;

/** Lazily, since a workspace without email never loads it; and once, since finding a module takes a while each time. */
async function composer(): Promise<Composer> {
  loaded ??= (await import('nodemailer/lib/mail-composer')).default;
  return loaded;
}

/** Why a message can't be signed. Holds nothing of the key. */
export class DkimUnusable extends Error {
  override readonly name = 'DkimUnusable';
  readonly code = 'DKIM_UNUSABLE';
}

/** `Feedback-ID` is what Gmail tells complaints by: up to four words, the last being ours. */
function headersOf({ token, about, headers, proof, isTest }: OutgoingMessage, sender: string): Record<string, string> {
  const words = [about.step, about.journey, about.template, domainOf(sender)].map((word) =>
    word.replace(/[\s:]+/g, '-'),
  );
  return {
    ...(isTest ? { 'X-Parcours-Test': 'yes' } : { 'Feedback-ID': oneLine(words.join(':')) }),
    ...Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, oneLine(value)])),
    'X-Parcours-Message': oneLine(proof === undefined ? token : `${token}.${proof}`),
    'X-Parcours-Step': oneLine(`${about.journey}/${about.step}`),
    'X-Parcours-Template': oneLine(about.template),
  };
}

async function attachmentsOf({ attachments = [] }: OutgoingMessage, files: Attachments) {
  const read = await Promise.all(
    attachments.map(async ({ file, name, type }) => ({
      filename: oneLine(name),
      content: await files.read(file),
      ...(type === undefined ? {} : { contentType: oneLine(type) }),
    })),
  );
  const bytes = read.reduce((sum, { content }) => sum + content.length, 0);
  if (bytes <= attachmentBytesMax) return read;
  throw new AttachmentUnusable(`the attachments have more than ${attachmentBytesMax / 1_000_000} MB together`);
}

/** What a signature covers beside what is usual: RFC 8058 asks for the header of one click. */
const signedHeaders =
  'From:Reply-To:Subject:Date:Message-ID:To:MIME-Version:Content-Type:Content-Transfer-Encoding:List-Unsubscribe:List-Unsubscribe-Post:Feedback-ID';

async function signed(
  content: Buffer,
  { domain, selector, privateKey }: NonNullable<MailSettings['dkim']>,
): Promise<Buffer> {
  const { default: Dkim } = await import('nodemailer/lib/dkim');
  const signer = new Dkim({ domainName: domain, keySelector: selector, privateKey, headerFieldNames: signedHeaders });
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of signer.sign(content)) chunks.push(Buffer.from(chunk as Uint8Array));
  } catch {
    throw new DkimUnusable('the DKIM key cannot sign');
  }
  const made = Buffer.concat(chunks);
  // The package leaves a message unsigned where its key is none.
  if (!/^DKIM-Signature:/im.test(made.subarray(0, 4_096).toString('latin1')))
    throw new DkimUnusable('the DKIM key cannot sign');
  return made;
}

/** `bounces+17-4211.proof@shop.example`: servers return to it what they can't deliver, whatever of the message they return. */
function returnAddress({ token, proof }: OutgoingMessage, bounces: string | undefined): string | undefined {
  if (bounces === undefined) return undefined;
  const at = bounces.lastIndexOf('@');
  const tag = (proof === undefined ? token : `${token}.${proof}`).replace(/[^A-Za-z0-9.-]/g, '-');
  return `${bounces.slice(0, at)}+${tag}${bounces.slice(at)}`;
}

/** `<token@domain of the sender>`: the same at every attempt, so that mailboxes can drop a second copy. */
function messageIdOf(token: string, sender: string): string {
  return `<${token.replace(/[^A-Za-z0-9._-]/g, '-')}@${domainOf(sender)}>`;
}

function domainOf(sender: string): string {
  return (sender.slice(sender.lastIndexOf('@') + 1) || 'localhost').replace(/[^A-Za-z0-9.-]/g, '-');
}

function senderAddress(from: string): string {
  return (/<([^<>]*)>\s*$/.exec(from)?.[1] ?? from).trim();
}

function oneLine(value: string): string {
  return value.replace(/\p{Cc}+/gu, ' ').trim();
}
