/** What mails need beside their words before they leave: links, headers, leave of their domain. Only channels of e-mail come by here. */
import type { ChannelBody } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import type { DispatchCatalogue } from './catalogue.ts';
import type { ClaimedMessage } from './claimed-message.ts';
import { holdByDomain } from './domain-rate.ts';
import { completedMail } from './links.ts';
import { lookUpMail } from './mail-look.ts';
import type { PreparedBatch } from './prepare.ts';

export interface MailContext {
  readonly catalogue: DispatchCatalogue;
  readonly channel: ChannelBody;
  readonly t: Date;
}

/** How long mails wait for a key of links that isn't set. */
const unreadyMs = 60_000;

export async function completeMail(
  session: Session,
  batch: PreparedBatch,
  rows: readonly ClaimedMessage[],
  context: MailContext,
): Promise<PreparedBatch> {
  const { catalogue, channel, t } = context;
  const { links } = catalogue;
  // In the sandbox nobody needs to unsubscribe.
  if (links.kind === 'unready' && channel.via.kind === 'log') return batch;
  if (links.kind === 'unready') return allHeld(batch, links.reason, t);
  const look = await lookUpMail(session, rows, context);
  const byId = new Map(rows.map((row) => [row.message_id, row]));
  const ready = batch.ready.map((one) => {
    const row = byId.get(one.row.message_id);
    if (row === undefined) return one;
    const { purpose, accepted_at: accepted, profile_id: profileId } = row;
    const at = (accepted ?? t).getTime();
    const linked = { token: one.message.token, profileId, channelType: channel.type, purpose, at };
    const isLeft = catalogue.consent(purpose)?.basis !== 'contract';
    const asked = { isLeft, opens: look.opensOf(row), clicks: look.clicksOf(row) };
    return { ...one, message: completedMail(one.message, links, linked, asked) };
  });
  const rates = channel.via.kind === 'smtp' ? channel.via.domainRates : undefined;
  const made = { ...batch, ready };
  if (rates === undefined) return made;
  return await holdByDomain(session, made, { channel: rows[0]?.channel ?? '', rates, t });
}

/** Without its key a mail would have no way to unsubscribe, so none leaves until it is set. */
function allHeld({ ready, stopped }: PreparedBatch, reason: string, t: Date): PreparedBatch {
  const dueAt = new Date(t.getTime() + unreadyMs);
  const held = ready.map(({ row }) => ({ row, kind: 'retry', dueAt, reason, isUnsent: true, isHeld: true }) as const);
  return { ready: [], stopped: [...stopped, ...held] };
}
