/** Of whose opens and clicks anything is told: by the channel, the person's countries and his consent. At most two statements, mostly none. */
import type { ChannelBody } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import { aboutWhom } from '../messages/situations/laws.ts';
import type { DispatchCatalogue } from './catalogue.ts';
import type { ClaimedMessage } from './claimed-message.ts';
import { whoGranted } from './queries.ts';

export interface MailLook {
  opensOf(message: ClaimedMessage): boolean;
  clicksOf(message: ClaimedMessage): boolean;
}

const nobody: MailLook = { opensOf: () => false, clicksOf: () => false };

export async function lookUpMail(
  session: Session,
  messages: readonly ClaimedMessage[],
  { catalogue, channel, t }: { readonly catalogue: DispatchCatalogue; readonly channel: ChannelBody; readonly t: Date },
): Promise<MailLook> {
  const { tracking } = channel;
  if (tracking === undefined || messages.length === 0) return nobody;
  const people = [...new Map(messages.map((one) => [one.profile_id, one])).values()];
  const who = { lanes: people.map((one) => one.lane), profiles: people.map((one) => one.profile_id) };
  const left = new Set<number>();
  const { consent, notIn = [] } = tracking;
  if (consent !== undefined) {
    const granted = new Set(await whoGranted(session, who, consent, channel.type));
    for (const id of who.profiles) if (!granted.has(id)) left.add(id);
  }
  const { laws } = catalogue;
  if (laws !== null && notIn.length > 0) {
    const asked = laws.rules.laws.filter(({ name }) => notIn.some((id) => name === `country ${id}`));
    const about = await aboutWhom(
      { session, statements: laws.statements, t },
      `tracking ${notIn.join(' ')}`,
      asked,
      who,
    );
    for (const [id, names] of about) if (names.size > 0) left.add(id);
  }
  return {
    opensOf: ({ profile_id: id }) => tracking.opens && !left.has(id),
    clicksOf: ({ profile_id: id }) => tracking.clicks && !left.has(id),
  };
}
