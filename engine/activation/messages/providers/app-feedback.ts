/**
 * What an app tells of push messages through the ingestion API: that one came, was seen, was opened. The names are those of the Segment
 * specification; which message it was stands in the data that came with it. Pure, but for the one function that tells.
 */
import { messageKey, provenToken } from '../../../channels/push-proof.ts';
import { resolveSecrets, type SecretLookup, SecretMissing } from '../../../channels/secrets.ts';
import type { Program } from '../../../compiler/program.ts';
import { takeMessages } from '../../../profiles/queries.ts';
import type { Session } from '../../../store/session.ts';
import { type FoundMessage, findMessages, type ToldOfMessage, tellFeedback } from './tell-feedback.ts';

/** Opening is an act: there is nothing else to do with a notification. */
const stateByEvent: Readonly<Record<string, 'delivered' | 'seen' | 'clicked'>> = {
  push_notification_received: 'delivered',
  push_notification_displayed: 'seen',
  push_notification_opened: 'clicked',
  push_notification_tapped: 'clicked',
};

export interface AppFeedback {
  readonly token: string;
  readonly state: 'delivered' | 'seen' | 'clicked';
  /** Push channels by whose account it was proven. */
  readonly channels: readonly string[];
  readonly at: Date;
}

/** `event` in words joined by underscores. `none`: it is about none of our messages · `forged`: it says so, and proves nothing. */
export function readAppFeedback(
  event: unknown,
  properties: unknown,
  { program, secrets, at }: { readonly program: Program; readonly secrets: SecretLookup; readonly at: Date },
): AppFeedback | 'none' | 'forged' {
  const state = typeof event === 'string' && Object.hasOwn(stateByEvent, event) ? stateByEvent[event] : undefined;
  const written = (properties as Readonly<Record<string, unknown>> | null | undefined)?.[messageKey];
  if (state === undefined || written === undefined) return 'none';
  if (typeof written !== 'string') return 'forged';
  const channels: string[] = [];
  let token: string | null = null;
  for (const [id, { via }] of program.channels) {
    const account = via.kind === 'firebase' ? secretOrNothing(via.serviceAccount, secrets) : undefined;
    const proven = account === undefined ? null : provenToken(written, account);
    if (proven === null) continue;
    token = proven;
    channels.push(id);
  }
  return token === null ? 'forged' : { token, state, channels, at };
}

function secretOrNothing(reference: string, secrets: SecretLookup): string | undefined {
  try {
    return resolveSecrets(reference, secrets);
  } catch (error) {
    if (error instanceof SecretMissing) return undefined;
    throw error;
  }
}

/** Tells the lanes what is new of it; each status of a message once. In the transaction of whoever calls. */
export async function tellAppFeedback(session: Session, told: readonly AppFeedback[], now: Date): Promise<void> {
  if (told.length === 0) return;
  const found = await findMessages(
    session,
    told.map(({ token }) => token),
  );
  const known = new Map<string, ToldOfMessage & { readonly message: FoundMessage }>();
  for (const [i, { token, state, channels, at }] of told.entries()) {
    const message = found[i] ?? null;
    if (message === null || !channels.includes(message.channel ?? '')) continue;
    known.set(`${token} ${state}`, { token, state, at: at < now ? at : now, message });
  }
  const ids = [...known.keys()];
  if (ids.length === 0) return;
  const taken = await takeMessages(
    session,
    ids.map(() => 'app'),
    ids,
    now,
  );
  const fresh = taken === null ? ids : taken.map((row) => row.message_id);
  await tellFeedback(
    session,
    fresh.flatMap((id) => known.get(id) ?? []),
  );
}
