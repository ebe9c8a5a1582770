/**
 * The end of a pause by hand: what it held in these lanes is looked at again within the next hour, each message at an instant of its own.
 */
import type { Session } from '../../store/session.ts';
import type { Batch } from '../batch.ts';
import type { InboxRow } from '../lanes/queries.ts';
import { hastenAlone, hastenHeld } from './queries.ts';

/** Reads `resumed` rows; writes after what the transaction writes of enrollments. */
export async function lookAgainAfterPauses(batch: Batch, inbox: readonly InboxRow[]): Promise<void> {
  const resumed = inbox.filter(({ kind }) => kind === 'resumed');
  const byRule = new Map<string, number[]>();
  for (const { lane, body } of resumed) {
    const { rule } = body as { readonly rule: string };
    byRule.set(rule, [...(byRule.get(rule) ?? []), lane]);
  }
  await Promise.all([...byRule].map(([rule, lanes]) => hasten(batch.session, lanes, rule, batch.t)));
}

async function hasten(session: Session, lanes: readonly number[], rule: string, t: Date): Promise<void> {
  await Promise.all([hastenHeld(session, lanes, rule, t), hastenAlone(session, lanes, rule, t)]);
}
