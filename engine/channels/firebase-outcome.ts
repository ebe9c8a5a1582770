/** What Firebase's answers mean for a message to one device, and for one to all devices of a person. Pure. Codes: those of `firebase-admin`. */
import type { SendOutcome } from './adapter.ts';
import { unanswered } from './firebase-agent.ts';

/** Of an error of the SDK. Its words are left out: they may repeat a token. */
export interface FirebaseFailure {
  readonly code: string;
  readonly message: string;
}

export type DeviceOutcome = SendOutcome | { readonly kind: 'dead' };

/** What the documentation says to wait when a quota is used up and no time is named. */
const quotaWaitMs = 60_000;

export function outcomeOfDevice({ code, message }: FirebaseFailure, askedMs: number | undefined): DeviceOutcome {
  const asked = askedMs === undefined ? {} : { afterMs: askedMs };
  switch (code) {
    case 'messaging/registration-token-not-registered':
    case 'messaging/invalid-registration-token':
      return { kind: 'dead' };
    case 'messaging/message-rate-exceeded':
    case 'messaging/device-message-rate-exceeded':
      return { kind: 'retry', reason: 'Firebase takes no more for now', afterMs: askedMs ?? quotaWaitMs };
    case 'messaging/server-unavailable':
    case 'messaging/internal-error':
      return { kind: 'retry', reason: `Firebase cannot answer now (${nameOf(code)})`, ...asked };
    case 'messaging/mismatched-credential':
    case 'messaging/third-party-auth-error':
    case 'messaging/authentication-error':
    case 'app/invalid-credential':
      return { kind: 'retry', reason: `Firebase refused the account (${nameOf(code)})` };
    case 'messaging/invalid-argument':
    case 'messaging/invalid-payload':
    case 'messaging/invalid-data-payload-key':
    case 'messaging/payload-size-limit-exceeded':
    case 'messaging/invalid-options':
    case 'messaging/invalid-package-name':
      return { kind: 'rejected', reason: `Firebase refused it (${nameOf(code)})`, addressBad: false };
    case 'app/network-timeout':
      return { kind: 'unknown', reason: 'no answer from Firebase' };
    case 'app/network-error':
      return outcomeOfConnection(message);
    default:
      return { kind: 'retry', reason: `Firebase refused it (${nameOf(code)})`, ...asked };
  }
}

/** The SDK tells the system's code only in its words. */
function outcomeOfConnection(message: string): SendOutcome {
  if (message.includes(unanswered) || message.includes('socket hang up')) {
    return { kind: 'unknown', reason: 'no answer from Firebase' };
  }
  const [code = 'network error'] = /\b(E[A-Z]{4,}|[A-Z]+_[A-Z_]{4,})\b/.exec(message) ?? [];
  return { kind: 'retry', reason: `no connection to Firebase (${code})` };
}

function nameOf(code: string): string {
  return code.split('/').at(-1) ?? code;
}

/** One of a person's devices is enough; nothing is sent again to those that have it. */
export function outcomeOfPerson(
  devices: readonly { readonly device: string; readonly outcome: DeviceOutcome }[],
): SendOutcome {
  const gone = devices.filter(({ outcome }) => outcome.kind === 'dead').map(({ device }) => device);
  const dead = gone.length === 0 ? {} : { dead: gone };
  const outcomes = devices.map(({ outcome }) => outcome).filter((one) => one.kind !== 'dead');
  const accepted = outcomes.find((one) => one.kind === 'accepted');
  if (accepted !== undefined) return { ...accepted, ...dead };
  const unknown = outcomes.find((one) => one.kind === 'unknown');
  if (unknown !== undefined) return unknown;
  const retried = outcomes.find((one) => one.kind === 'retry');
  if (retried !== undefined) return retried;
  const rejected = outcomes.find((one) => one.kind === 'rejected');
  if (rejected !== undefined) return { ...rejected, ...dead };
  return { kind: 'rejected', reason: 'no device of the person is registered any more', addressBad: true, ...dead };
}
