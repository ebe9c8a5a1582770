/**
 * The links of messages: to leave and to choose, for templates and for the headers of mails; and what is added to a mail before it leaves.
 * What stands in links is said in `channels/`; who is told what of opens and clicks in `mail-look.ts`.
 */
import type { OutgoingMessage } from '../../channels/adapter.ts';
import { proofOf } from '../../channels/message-proof.ts';
import { type LinkMaker, linkMakerOf, personUrl } from '../../channels/person-links.ts';
import { type SecretLookup, SecretMissing } from '../../channels/secrets.ts';
import { trackedHtml } from '../../channels/tracked-links.ts';
import type { LinksBody } from '../../compiler/ir.ts';

/** What makes links of a revision. */
export type Links =
  /** The workspace has none. */
  | { readonly kind: 'none' }
  | { readonly kind: 'ready'; readonly maker: LinkMaker }
  /** A key isn't set, so no message may leave that should have one. */
  | { readonly kind: 'unready'; readonly reason: string };

export function linksOf(config: LinksBody | undefined, secret: SecretLookup): Links {
  if (config === undefined) return { kind: 'none' };
  try {
    return { kind: 'ready', maker: linkMakerOf(config, secret) };
  } catch (error) {
    if (error instanceof SecretMissing || error instanceof RangeError)
      return { kind: 'unready', reason: error.message };
    throw error;
  }
}

/** Of a message that links are made for. */
export interface Linked {
  readonly token: string;
  readonly profileId: number;
  readonly channelType: string;
  readonly purpose: string;
  /** Which the message asks to confirm, where the fact that opened its journey says it. */
  readonly confirms?: string | null;
  /** From when the time of links is counted; milliseconds since the epoch. */
  readonly at: number;
}

/** What templates know by these names. */
export interface PersonUrls {
  readonly unsubscribe_url: string;
  readonly preferences_url: string;
  readonly confirm_url: string;
}

const noUrls: PersonUrls = { unsubscribe_url: '', preferences_url: '', confirm_url: '' };

/** Empty texts where the workspace signs no links. */
export function personUrls(links: Links, linked: Linked): PersonUrls {
  if (links.kind !== 'ready') return noUrls;
  const { token, profileId, channelType, purpose, confirms, at } = linked;
  const link = { profileId, via: channelType, purpose, message: token };
  return {
    get unsubscribe_url() {
      return personUrl(links.maker, 'unsubscribe', link, at);
    },
    get confirm_url() {
      return personUrl(links.maker, 'confirm', { ...link, purpose: confirms ?? purpose }, at);
    },
    get preferences_url() {
      return personUrl(links.maker, 'preferences', { ...link, purpose: null }, at);
    },
  };
}

export interface MailAsked {
  /** Whether people can leave its purpose: not of messages of a contract. */
  readonly isLeft: boolean;
  readonly opens: boolean;
  readonly clicks: boolean;
}

/** The mail with its headers, its proof and what tells of opens and clicks. */
export function completedMail(
  message: OutgoingMessage,
  links: Links,
  linked: Linked,
  asked: MailAsked,
): OutgoingMessage {
  if (links.kind !== 'ready') return message;
  const { maker } = links;
  const { html, token, at } = message;
  const isTracked = html !== undefined && (asked.opens || asked.clicks);
  const headers = {
    'List-Unsubscribe': `<${personUrls(links, linked).unsubscribe_url}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  };
  return {
    ...message,
    proof: proofOf(maker.keys, token),
    ...(asked.isLeft && { headers }),
    ...(isTracked && { html: trackedHtml(html, maker, { ...asked, token, at }) }),
  };
}
