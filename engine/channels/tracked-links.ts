/**
 * Opens and clicks of mails: links of an HTML lead over `parcours serve`, and a picture that nobody sees is loaded from there. What stands in
 * them is sealed (`signed-link.ts`), so nobody can be led elsewhere by a link of ours and none tells of a person. Pure.
 */
import { type LinkMaker, linkEnd } from './person-links.ts';
import { type LinkBody, type LinkKeys, readLink, signLink } from './signed-link.ts';
import { decodeEntities } from './text-of-html.ts';

/** Paths of `parcours serve`, before the word of the link. */
export const trackingPaths = { open: '/o/', click: '/c/' } as const;

export interface Tracked {
  readonly opens: boolean;
  readonly clicks: boolean;
  /** `<lane>-<message id>`. */
  readonly token: string;
  /** When the message leaves; milliseconds since the epoch. */
  readonly at: number;
}

/** The HTML with its links and its picture. Links to ourselves and those with `data-no-track` stay as they are. */
export function trackedHtml(html: string, maker: LinkMaker, tracked: Tracked): string {
  const { opens, clicks, token, at } = tracked;
  const expiresAt = linkEnd(maker, at);
  const followed = clicks
    ? html.replace(
        /(<a\b[^>]*?\bhref\s*=\s*)(?:"([^"]*)"|'([^']*)')([^>]*>)/gi,
        (whole, before: string, double: string | undefined, single: string | undefined, after: string) => {
          const url = decodeEntities(double ?? single ?? '').trim();
          const isLeft = !/^https?:\/\//i.test(url) || url.startsWith(`${maker.baseUrl}/`);
          if (isLeft || url.length > urlLengthMax || /\bdata-no-track\b/i.test(before + after)) return whole;
          const word = signLink(maker.keys, { use: 'click', expiresAt, body: [token, at, url] });
          return `${before}"${maker.baseUrl}${trackingPaths.click}${word}"${after}`;
        },
      )
    : html;
  if (!opens) return followed;
  const word = signLink(maker.keys, { use: 'open', expiresAt, body: [token, at] });
  const picture = `<img src="${maker.baseUrl}${trackingPaths.open}${word}" width="1" height="1" alt="" style="display:block;border:0">`;
  const end = followed.toLowerCase().lastIndexOf('</body>');
  return end === -1 ? `${followed}${picture}` : `${followed.slice(0, end)}${picture}${followed.slice(end)}`;
}

/** Longer addresses stay as they are: mail programs cut off what is longer still. */
const urlLengthMax = 2_000;

export interface TrackingLink {
  readonly token: string;
  /** When the message left; milliseconds since the epoch. */
  readonly sentAt: number;
  /** Where a click leads; null of an open. */
  readonly url: string | null;
  readonly isOver: boolean;
}

/** Null: it is none of ours. Never throws. */
export function readTrackingLink(
  keys: LinkKeys,
  use: 'open' | 'click',
  word: string,
  now: number,
): TrackingLink | null {
  const read = readLink(keys, use, word, now);
  if (read.kind === 'forged') return null;
  const [token, sentAt, url] = (Array.isArray(read.body) ? read.body : []) as readonly LinkBody[];
  if (typeof token !== 'string' || typeof sentAt !== 'number') return null;
  if (use === 'click' && (typeof url !== 'string' || !/^https?:\/\//i.test(url))) return null;
  return { token, sentAt, url: use === 'click' ? (url as string) : null, isOver: read.kind === 'expired' };
}

/** Of a request for a picture or a link. */
export interface Visit {
  readonly method: string;
  readonly userAgent: string;
  /** `Purpose` or `Sec-Purpose`. */
  readonly purpose: string;
  readonly sinceSentMs: number;
}

/** Faster than anybody reads: what looks at mails on their way. */
const scannedWithinMs = 2_000;
const scanners =
  /bot\b|crawl|spider|preview|scan|barracuda|proofpoint|mimecast|safelinks|fireeye|headless|python-|curl\/|wget|go-http-client|java\/|okhttp|libwww|axios/i;

/** Whether a program came by itself. Apple's mail programs load all pictures beforehand, and name themselves by the bare `Mozilla/5.0`. */
export function isMachine({ method, userAgent, purpose, sinceSentMs }: Visit): boolean {
  if (method !== 'GET' || /prefetch|prerender/i.test(purpose) || sinceSentMs < scannedWithinMs) return true;
  return userAgent.trim() === '' || userAgent.trim() === 'Mozilla/5.0' || scanners.test(userAgent);
}
