/** What is true of messages, by when each thing happened to them. Each status means "at least". */
import type { Condition, Duration, MessageStatus } from '../../engine/compiler/ir.ts';
import type { OracleMessage } from './oracle.ts';
import { addDuration } from './oracle-clock.ts';

/** The instants that speak for a status; a click tells that a message was seen and delivered, too. */
function instantsOf(message: OracleMessage, status: MessageStatus): readonly number[] {
  const { accepted, sent, delivered, seen, acted, replied, bounced, created } = message;
  const told = (...all: readonly (number | null)[]) => all.filter((at) => at !== null);
  switch (status) {
    case 'queued':
      return told(accepted);
    case 'sent':
      return told(sent);
    case 'delivered':
      return told(delivered, seen, acted, replied);
    case 'seen':
      return told(seen, acted, replied);
    case 'acted':
      return told(acted, replied);
    case 'replied':
      return told(replied);
    case 'bounced':
      return told(bounced);
    case 'unseen':
      return told(seen, acted, replied).length === 0 ? told(sent) : [];
    case 'unacted':
      return told(acted, replied).length === 0 ? told(sent) : [];
    case 'not_sent':
      return message.isEnded ? [created] : [];
    case 'may_leave':
      return message.isEnded ? [] : [created];
  }
}

/** As it stands. */
export function messageHolds(message: OracleMessage, status: MessageStatus): boolean {
  return instantsOf(message, status).length > 0;
}

/** How many of the messages have the status at t, told within the window. A message counts once. */
export function messagesCount(
  messages: readonly OracleMessage[],
  { status, inLast }: Extract<Condition, { readonly kind: 'messages' }>,
  t: number,
): number {
  return messages.filter((one) => instantsOf(one, status).some((at) => at <= t && isIn(at, inLast, t))).length;
}

function isIn(at: number, inLast: Duration | null, t: number): boolean {
  return inLast === null || t < addDuration(at, inLast);
}
