/**
 * What an SMTP failure means for a message: try again, rejected, or unknown. Pure; the connection itself is in `smtp.ts`.
 * Codes: RFC 5321 section 4.2 (reply codes), RFC 3463 (enhanced status codes).
 */
import type { SendOutcome } from './adapter.ts';

/** What is read of the errors that nodemailer's connection reports. */
export interface SmtpFailure {
  readonly code?: string | undefined;
  readonly originalCode?: string | undefined;
  readonly command?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
}

const reasonLengthMax = 200;

/**
 * The outcome of one message. `dataStarted`: the server had said that it waits for the message's content, so from then on a
 * lost connection leaves open whether it took the message.
 */
export function outcomeOfFailure(failure: SmtpFailure, dataStarted: boolean): SendOutcome {
  const code = failure.responseCode;
  if (!code) return outcomeWithoutAnswer(failure, dataStarted);
  const reason = `SMTP ${answerOf(failure)}`;
  // 503 says that the session was in the wrong state, not that the message was refused.
  if (code < 500 || code === 503) return { kind: 'retry', reason };
  const enhanced = enhancedCodeOf(failure);
  if (failure.command === 'RCPT TO') return { kind: 'rejected', reason, addressBad: isAddressBad(code, enhanced) };
  if (failure.command === 'DATA') return { kind: 'rejected', reason, addressBad: isAddressBad(0, enhanced) };
  // Too large is about the message. Whatever else is refused before a recipient is named is about us: it can be mended.
  if (code === 552 || enhanced?.startsWith('5.3.4')) return { kind: 'rejected', reason, addressBad: false };
  return { kind: 'retry', reason };
}

/** The outcome of all messages that waited for a connection which could not be made. */
export function outcomeOfNoConnection(failure: SmtpFailure): SendOutcome {
  if (failure.code === 'EAUTH') {
    // The answer's text is left out: servers may repeat what they were given.
    const codes = [failure.responseCode, enhancedCodeOf(failure)].filter(Boolean).join(' ');
    return { kind: 'retry', reason: codes ? `SMTP login refused (${codes})` : 'SMTP login is not possible' };
  }
  if (failure.code === 'ETLS') {
    return { kind: 'retry', reason: `no TLS with the SMTP server (${failure.originalCode ?? answerOf(failure)})` };
  }
  if (failure.responseCode) return { kind: 'retry', reason: `SMTP ${answerOf(failure)}` };
  return { kind: 'retry', reason: `no SMTP connection (${systemCodeOf(failure)})` };
}

function outcomeWithoutAnswer(failure: SmtpFailure, dataStarted: boolean): SendOutcome {
  // Found before anything was sent: no usable recipient, or larger than the server announced to take.
  if (failure.code === 'EENVELOPE') return { kind: 'rejected', reason: 'the address is malformed', addressBad: true };
  if (failure.code === 'EMESSAGE') {
    return { kind: 'rejected', reason: 'the message is larger than the server takes', addressBad: false };
  }
  if (dataStarted) return { kind: 'unknown', reason: `SMTP connection lost after DATA (${systemCodeOf(failure)})` };
  return { kind: 'retry', reason: `SMTP connection lost (${systemCodeOf(failure)})` };
}

/** 5.1.x is the address, but 5.1.7 and 5.1.8 are the sender's; without an enhanced code, 550 is the address too. */
function isAddressBad(code: number, enhanced: string | undefined): boolean {
  if (enhanced === undefined) return code === 550;
  return enhanced.startsWith('5.1.') && enhanced !== '5.1.7' && enhanced !== '5.1.8';
}

function enhancedCodeOf(failure: SmtpFailure): string | undefined {
  return /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(failure.response ?? '')?.[1];
}

function systemCodeOf(failure: SmtpFailure): string {
  return failure.originalCode ?? failure.code ?? 'unknown error';
}

/** The server's answer on one line, without addresses (they are personal data) and not longer than a reason should be. */
function answerOf(failure: SmtpFailure): string {
  const [first = ''] = (failure.response ?? String(failure.responseCode)).split(/\r?\n/);
  return first
    .replace(/[^\s<>@]{1,256}@[^\s<>@]{1,256}/g, '(address)')
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, reasonLengthMax);
}
