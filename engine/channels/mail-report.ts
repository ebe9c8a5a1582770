/**
 * What mail servers return: delivery reports (RFC 3464) and complaints (ARF, RFC 5965), read to what they say of one message of ours. Pure
 * but for the parser's package, which is loaded with the first report. Whether a report may be believed is decided by who takes it.
 */
import type { Attachment } from 'postal-mime';

export interface MailReport {
  /** `delayed` says nothing yet. */
  readonly kind: 'bounced' | 'complained' | 'delivered' | 'delayed';
  /** `<lane>-<message id>`. */
  readonly token: string;
  /** Of the token; null: the message had none. */
  readonly proof: string | null;
  /** As the server names it, in lower case; null: it doesn't. */
  readonly recipient: string | null;
  /** In words of the server, without addresses. */
  readonly reason: string;
  /** Of a bounce: nobody is there. */
  readonly isAddressBad: boolean;
}

export type ReadReport =
  | { readonly ok: true; readonly report: MailReport }
  /** `no-report`: another mail, such as an answer from a person · `not-ours`: it names no message of ours. */
  | { readonly ok: false; readonly why: 'no-report' | 'not-ours' };

const reasonLengthMax = 200;
/** Complaints of people; the others tell of servers. */
const complaints: ReadonlySet<string> = new Set(['abuse', 'fraud', 'opt-out', 'opt-out-list', 'other', 'virus']);

/** Reads one mail as it came. Never throws for what is in it. */
export async function readMailReport(raw: Uint8Array): Promise<ReadReport> {
  const { default: PostalMime } = await import('postal-mime');
  let mail: Awaited<ReturnType<typeof PostalMime.parse>>;
  try {
    mail = await PostalMime.parse(raw, { forceRfc822Attachments: true });
  } catch {
    return { ok: false, why: 'no-report' };
  }
  const part = (type: string) => textOf(mail.attachments.find(({ mimeType }) => mimeType === type));
  const status = part('message/delivery-status');
  const feedback = part('message/feedback-report');
  if (status === null && feedback === null) return { ok: false, why: 'no-report' };
  const returned = [part('text/rfc822-headers'), part('message/rfc822'), part('message/rfc822-headers')];
  const envelope = mail.headers.filter(({ key }) => /^(to|delivered-to|x-original-to|envelope-to)$/.test(key));
  const about = messageIn(returned) ?? addressIn(envelope.map(({ value }) => value));
  if (about === null) return { ok: false, why: 'not-ours' };
  const said = feedback === null ? ofDelivery(status ?? '') : ofComplaint(feedback);
  return said === null ? { ok: false, why: 'no-report' } : { ok: true, report: { ...about, ...said } };
}

type About = Pick<MailReport, 'token' | 'proof'>;

const tokenPattern = /(\d{1,4}-[1-9]\d{0,14})(?:\.([0-9a-f]{16}))?/;

/** By the header that all of our mails have, in what the server returned of the mail. */
function messageIn(texts: readonly (string | null)[]): About | null {
  for (const text of texts) {
    const value = text === null ? undefined : /^X-Parcours-Message:[ \t]*(\S+)/im.exec(text)?.[1];
    const [whole, token, proof] = tokenPattern.exec(value ?? '') ?? [];
    if (token !== undefined && whole === value) return { token, proof: proof ?? null };
  }
  return null;
}

/** By the address that the report came to. */
function addressIn(values: readonly string[]): About | null {
  for (const value of values) {
    const [, token, proof] = new RegExp(`\\+${tokenPattern.source}@`).exec(value) ?? [];
    if (token !== undefined) return { token, proof: proof ?? null };
  }
  return null;
}

type Said = Omit<MailReport, 'token' | 'proof'>;

function ofDelivery(text: string): Said | null {
  const fields = fieldsOf(text);
  const action = fields.get('action')?.toLowerCase();
  const status = /\b([245]\.\d{1,3}\.\d{1,3})\b/.exec(fields.get('status') ?? '')?.[1] ?? '';
  const recipient = recipientOf(fields.get('original-recipient') ?? fields.get('final-recipient'));
  const words = (fields.get('diagnostic-code') ?? '').replace(/^[a-z-]+;\s*/i, '');
  const reason = withoutAddresses(`the mail came back (${[status, words].filter((one) => one !== '').join(' ')})`);
  switch (action) {
    case 'failed':
      return { kind: 'bounced', recipient, reason, isAddressBad: isAddressBad(status) };
    case 'delayed':
      return { kind: 'delayed', recipient, reason, isAddressBad: false };
    case 'delivered':
      return { kind: 'delivered', recipient, reason: '', isAddressBad: false };
    default:
      return null;
  }
}

/** No such mailbox or domain, or one that is closed; not full mailboxes, and not what is said of the sender. */
function isAddressBad(status: string): boolean {
  return /^5\.1\.(0|1|2|3|6|10)$/.test(status) || status === '5.2.1' || status === '5.4.4';
}

function ofComplaint(text: string): Said | null {
  const fields = fieldsOf(text);
  const type = fields.get('feedback-type')?.toLowerCase() ?? '';
  if (!complaints.has(type)) return null;
  const recipient = recipientOf(fields.get('original-rcpt-to') ?? fields.get('removal-recipient'));
  return { kind: 'complained', recipient, reason: `a complaint (${type})`, isAddressBad: false };
}

/** Fields of all groups, by lower-cased name; of one that stands twice the first. */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const [, name, value] = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && !fields.has(name.toLowerCase())) {
      fields.set(name.toLowerCase(), value.trim());
    }
  }
  return fields;
}

/** `rfc822; ana@shop.example`, or the address alone, in angle brackets or without. */
function recipientOf(field: string | undefined): string | null {
  const address = /([^\s;<>]+@[^\s;<>]+)/.exec(field ?? '')?.[1];
  return address === undefined ? null : address.toLowerCase();
}

function withoutAddresses(text: string): string {
  return text
    .replace(/[^\s<>@]{1,256}@[^\s<>@]{1,256}/g, '(address)')
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, reasonLengthMax);
}

function textOf(attachment: Attachment | undefined): string | null {
  if (attachment === undefined) return null;
  const { content } = attachment;
  return typeof content === 'string' ? content : new TextDecoder().decode(content);
}
