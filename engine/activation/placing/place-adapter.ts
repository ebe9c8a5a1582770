/**
 * The adapter of channels by which nothing is sent: content is kept in the store until a site asks for it or a batch takes it. A letter needs a
 * postal address at which it can arrive; without one it doesn't leave.
 */
import type { ChannelAdapter, OutgoingMessage, SendOutcome } from '../../channels/adapter.ts';
import type { ChannelBody, PrintBody } from '../../compiler/ir.ts';
import type { OwnSession } from '../../store/session.ts';
import { householdOf, readAddress } from './postal.ts';
import { insertPlacements, type NewPlacement, traitsOf } from './queries.ts';

export interface Placing {
  adapter(channelId: string, body: ChannelBody): ChannelAdapter;
  close(): Promise<void>;
}

/** Content of a message that says nothing of its end stands so long. */
const standsMs = 30 * 86_400_000;

/** Opens its session when something is placed. */
export function placing(open: () => Promise<OwnSession>): Placing {
  let session: OwnSession | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  /** One channel at a time: they share the session. */
  function inTurn<T>(work: (session: OwnSession) => Promise<T>): Promise<T> {
    const next = turn.then(async () => {
      session ??= await open();
      return await work(session);
    });
    turn = next.catch(() => {});
    return next;
  }

  return {
    adapter: (_channelId, body) => ({
      async send(messages) {
        if (messages.length === 0) return [];
        try {
          return await inTurn((own) => place(own, body, messages));
        } catch (error) {
          const lost = session;
          session = null;
          void lost?.close().catch(() => {});
          const code = (error as { readonly code?: unknown }).code;
          return messages.map(() => ({
            kind: 'retry',
            reason: `the store did not take it (${String(code ?? 'unknown')})`,
          }));
        }
      },
      close: async () => {},
    }),
    async close() {
      await turn;
      await session?.close().catch(() => {});
      session = null;
    },
  };
}

async function place(
  session: OwnSession,
  { print }: ChannelBody,
  messages: readonly OutgoingMessage[],
): Promise<readonly SendOutcome[]> {
  const addressed = print === undefined ? null : await addresses(session, print, messages);
  const rows: NewPlacement[] = [];
  const outcomes = messages.map((message, i): SendOutcome => {
    const { lane, messageId } = readToken(message.token);
    const to = addressed?.[i] ?? null;
    if (to !== null && !to.ok) return { kind: 'rejected', reason: to.reason, addressBad: false };
    const { locale, subject, title, text, html, about } = message;
    const household =
      to === null ? null : print?.oncePerHousehold === true ? householdOf(to.address) : String(messageId);
    rows.push({
      ...{ lane, messageId, profileId: about.profile, channel: message.channel, household },
      until: new Date(message.validUntil ?? message.at + standsMs),
      content: { locale, subject, title, text, html, template: about.template, ...(to !== null && { to: to.address }) },
    });
    return { kind: 'accepted' };
  });
  if (rows.length > 0) await insertPlacements(session, rows, new Date(messages[0]?.at ?? 0));
  return outcomes;
}

async function addresses(session: OwnSession, print: PrintBody, messages: readonly OutgoingMessage[]) {
  const traits = await traitsOf(
    session,
    messages.map(({ token }) => readToken(token).lane),
    messages.map(({ about }) => about.profile),
  );
  return traits.map((one) =>
    one === null ? ({ ok: false, reason: 'the person was removed' } as const) : readAddress(print.address, one),
  );
}

function readToken(token: string): { readonly lane: number; readonly messageId: number } {
  const [lane, messageId] = token.split('-').map(Number);
  return { lane: lane as number, messageId: messageId as number };
}
