/**
 * What Twilio's answers and callbacks mean for a message. Pure; requests are in `twilio.ts`. Twilio's own words may repeat numbers, so
 * reasons are ours. Codes: https://www.twilio.com/docs/api/errors
 */
import type { SendOutcome } from './adapter.ts';

/** What is known of a code. `address`: the number can't get such messages at all · `optedOut`: its owner wants none. */
interface Known {
  readonly words: string;
  readonly means?: 'address' | 'optedOut' | 'later';
}

const known: Readonly<Record<number, Known>> = {
  // Refused at once.
  21211: { words: 'the number is none', means: 'address' },
  21217: { words: 'the number is none', means: 'address' },
  21265: { words: 'a short code gets no messages', means: 'address' },
  21266: { words: 'sender and recipient are one', means: 'address' },
  21408: { words: 'the account may not write to this country' },
  21601: { words: 'the sender can send no SMS' },
  21602: { words: 'the message is empty' },
  21603: { words: 'no sender is named' },
  21606: { words: 'the sender is not of this account' },
  21610: { words: 'the person has unsubscribed', means: 'optedOut' },
  21611: { words: "the sender's queue is full", means: 'later' },
  21612: { words: 'this sender cannot reach this number' },
  21614: { words: 'the number is no mobile one', means: 'address' },
  21617: { words: 'the message is longer than 1,600 characters' },
  21619: { words: 'the message is empty' },
  21635: { words: 'the number is a land line', means: 'address' },
  21654: { words: 'the content template is not known' },
  21655: { words: 'the content template is not known' },
  21656: { words: 'the variables do not fit the content template' },
  21703: { words: 'the messaging service has no sender' },
  21705: { words: 'the messaging service is not known' },
  // Told later, by callbacks.
  30001: { words: 'the queue overflowed' },
  30002: { words: 'the account is suspended' },
  30003: { words: 'the handset cannot be reached' },
  30004: { words: 'the message was blocked' },
  30005: { words: 'the handset is unknown', means: 'address' },
  30006: { words: 'a land line, or a carrier that cannot be reached', means: 'address' },
  30007: { words: 'the carrier filtered the message' },
  30008: { words: 'the carrier gives no reason' },
  30022: { words: 'the carrier takes no more for now', means: 'later' },
  30034: { words: 'the sender is not registered with the carrier' },
  30410: { words: 'the carrier did not answer' },
  30450: { words: 'the message was blocked' },
  30036: { words: 'its validity ended at the provider' },
  // WhatsApp.
  63003: { words: 'the number is not on WhatsApp', means: 'address' },
  63007: { words: 'the sender is not on WhatsApp' },
  63013: { words: 'WhatsApp refused it by its policy' },
  63014: { words: 'the person has blocked the sender' },
  63016: { words: 'the 24 hours since his last message are over, and only an approved template may be sent' },
  63018: { words: 'WhatsApp takes no more for now', means: 'later' },
  63024: { words: 'the number is not on WhatsApp', means: 'address' },
  63032: { words: 'WhatsApp may not reach this person now' },
  63038: { words: 'the account has sent as much as it may today', means: 'later' },
  63049: { words: 'WhatsApp held it back so as not to write to the person too often' },
  63050: { words: 'the person wants no marketing on WhatsApp', means: 'optedOut' },
};

/** An answer that is no success. */
export interface Refusal {
  readonly status: number;
  /** Of Twilio; null: the answer had none. */
  readonly code: number | null;
  /** What it asked for; undefined: nothing. */
  readonly afterMs?: number;
}

/** Whether the refusal is of the account or the service, so that the next message would fare no better. */
export function isAboutUs({ status }: Refusal): boolean {
  return status === 401 || status === 403 || status === 404 || status === 429 || status >= 500;
}

export function outcomeOfRefusal(refusal: Refusal): SendOutcome {
  const { status, code, afterMs } = refusal;
  const asked = afterMs === undefined ? {} : { afterMs };
  if (status === 401 || code === 20003)
    return { kind: 'retry', reason: `Twilio refused the account (${code ?? status})` };
  if (status === 429) return { kind: 'retry', reason: `Twilio takes no more for now (${code ?? 429})`, ...asked };
  const about = code === null ? undefined : known[code];
  if (about?.means === 'later') return { kind: 'retry', reason: reasonOf(code, status), ...asked };
  // 403 and 404 without a code that speaks of the message are about the account, which can be mended.
  if (about === undefined && isAboutUs(refusal)) return { kind: 'retry', reason: reasonOf(code, status), ...asked };
  return {
    ...{ kind: 'rejected', reason: reasonOf(code, status), addressBad: about?.means === 'address' },
    ...(about?.means === 'optedOut' && { optedOut: true as const }),
  };
}

function reasonOf(code: number | null, status: number): string {
  const about = code === null ? undefined : known[code];
  return about === undefined ? `Twilio refused it (${code ?? status})` : `Twilio ${code}: ${about.words}`;
}

/** Never left this machine, or never reached a server that could take a message. */
const unsent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ETIMEDOUT|EPROTO|ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

/** No answer at all. `code`: of the system or of the HTTP client. */
export function outcomeOfSilence(code: string): SendOutcome {
  if (unsent.test(code)) return { kind: 'retry', reason: `no connection to Twilio (${code})` };
  return { kind: 'unknown', reason: `no answer from Twilio (${code})` };
}

/** What a callback says of a message; null: nothing that counts. */
export type CallbackMeaning =
  | { readonly state: 'sent' | 'delivered' | 'seen' }
  | { readonly state: 'bounced'; readonly reason: string; readonly addressBad: boolean; readonly optedOut: boolean };

/** `status`: `MessageStatus` of the callback. `code`: its `ErrorCode`, where there is one. */
export function meaningOf(status: string, code: number | null): CallbackMeaning | null {
  switch (status) {
    case 'sent':
    case 'delivered':
      return { state: status };
    case 'read':
      return { state: 'seen' };
    case 'failed':
    case 'undelivered':
    case 'canceled': {
      const about = code === null ? undefined : known[code];
      const words =
        about === undefined ? `Twilio says ${status}${code === null ? '' : ` (${code})`}` : reasonOf(code, 0);
      return {
        ...{ state: 'bounced', reason: words },
        ...{ addressBad: about?.means === 'address', optedOut: about?.means === 'optedOut' },
      };
    }
    default:
      return null;
  }
}
