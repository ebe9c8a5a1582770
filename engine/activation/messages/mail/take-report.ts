/**
 * What a bounce or a complaint does: the message is told of it, and who isn't there or complained gets no more mail. A report is believed
 * when it names a message of ours by its proof, and taken once. Where reports come from is `parcours bounces` and `parcours serve`.
 */
import type { MailReport } from '../../../channels/mail-report.ts';
import { isProven } from '../../../channels/message-proof.ts';
import type { LinkKeys } from '../../../channels/signed-link.ts';
import type { Program } from '../../../compiler/program.ts';
import { takeMessages } from '../../../profiles/queries.ts';
import type { Session } from '../../../store/session.ts';
import { insertSuppressions } from '../../dispatch/queries.ts';
import { suppressionHash } from '../../dispatch/suppression-hash.ts';
import { findMessages, tellFeedback } from '../providers/tell-feedback.ts';
import { addressOfMessage } from './queries.ts';

export type ReportTaken =
  | 'bounced'
  | 'complained'
  | 'delivered'
  /** It says nothing yet. */
  | 'delayed'
  /** It was taken before. */
  | 'repeated'
  /** Its proof is wrong or missing, so anybody may have written it. */
  | 'unproven'
  | 'unknown_message';

export interface TakeOptions {
  readonly program: Program;
  /** Keys of links, which proofs are made by; null: none, and every report is believed. */
  readonly keys: LinkKeys | null;
  readonly at: Date;
}

/** Takes one report in the transaction that is given. */
export async function takeReport(session: Session, report: MailReport, options: TakeOptions): Promise<ReportTaken> {
  const { program, keys, at } = options;
  const { kind, token, proof, reason } = report;
  if (keys !== null && (proof === null || !isProven(keys, token, proof))) return 'unproven';
  if (kind === 'delayed') return 'delayed';
  const [message] = await findMessages(session, [token]);
  const channel = program.channels.get(message?.channel ?? '');
  if (message == null || channel?.type !== 'email') return 'unknown_message';
  const taken = await takeMessages(session, ['mail'], [`${kind} ${token}`], at);
  if (taken !== null && taken.length === 0) return 'repeated';
  const isUnwanted = kind === 'complained';
  await tellFeedback(session, [{ token, state: kind, at, reason, ...(isUnwanted && { optedOut: true }), message }]);
  if (!isUnwanted && !report.isAddressBad) return kind;
  const now = await addressOfMessage(session, { ...message, address: channel.address ?? '' });
  // Whoever got a mail has its proof, so another address than his own isn't suppressed by it.
  const isHis = now !== null && (report.recipient === null || report.recipient === now.trim().toLowerCase());
  if (isHis) {
    const why = isUnwanted ? 'the person complained' : 'mail to the address came back';
    await insertSuppressions(session, [suppressionHash('email', now)], why, at);
  }
  return kind;
}
