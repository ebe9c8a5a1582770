/** Starting a journey by hand: a command in the inbox of each person's lane. Who is let in is decided there, as for any trigger. */
import { notifyInbox, type Place } from '../../profiles/queries.ts';
import type { Session } from '../../store/session.ts';
import { appendInbox } from '../lanes/queries.ts';
import type { StartCommand } from './entries/start-command.ts';

/** The inbox class of commands: they go before all facts. */
const commandClass = 0;

export interface HandStart extends Pick<StartCommand, 'key' | 'entry'> {
  readonly place: Place;
}

/** Lets people apply to the journey; inside a transaction of the caller's. */
export async function startByHand(
  session: Session,
  journey: string,
  starts: readonly HandStart[],
  now: Date,
): Promise<void> {
  if (starts.length === 0) return;
  const rows = starts.map(({ place: { lane, profileId }, key, entry }) => {
    const body: StartCommand = { journey, key, entry, at: now.getTime(), because: 'by hand' };
    return { lane, class: commandClass, visibleAt: now, profileId, kind: 'start', body };
  });
  await appendInbox(session, rows);
  await notifyInbox(session);
}
