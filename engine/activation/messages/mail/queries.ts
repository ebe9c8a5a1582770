/** The statement of mail reports: the address that a message's person has now. */
import type { Session } from '../../../store/session.ts';

/** By message; null where the person has none, or is no longer there. `address`: the trait of the channel, unless the message says another. */
export async function addressOfMessage(
  session: Session,
  { lane, messageId, address }: { readonly lane: number; readonly messageId: number; readonly address: string },
): Promise<string | null> {
  const rows = await session.query<{ address: string | null }>(
    `select p.traits ->> coalesce(m.address_trait, $3) as address
     from parcours.message m join parcours.profile p on p.lane = m.lane and p.profile_id = m.profile_id
     where m.lane = $1 and m.message_id = $2`,
    [lane, messageId, address],
  );
  return rows[0]?.address ?? null;
}
