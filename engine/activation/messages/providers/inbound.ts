/**
 * What people answer: an event `message_received`, a reply to the last message that they had, and "no more" as a denied consent and an address
 * that gets nothing. Who it is is known by whom messages reached at that address, and by telephone numbers that identify people.
 */
import type { ChannelBody } from '../../../compiler/ir.ts';
import type { Program } from '../../../compiler/program.ts';
import type { Fact } from '../../../profiles/fact.ts';
import { findByIdentifier, notifyInbox, takeMessages } from '../../../profiles/queries.ts';
import type { OwnSession, Session } from '../../../store/session.ts';
import { insertSuppressions } from '../../dispatch/queries.ts';
import { unsubscribedReason } from '../../dispatch/settle.ts';
import { suppressionHash } from '../../dispatch/suppression-hash.ts';
import { ownSource } from '../../facts/own-events.ts';
import { appendInbox } from '../../lanes/queries.ts';
import { intentOf } from './intents.ts';
import { consentFact, refusablePurposes } from './opt-outs.ts';
import { deniedPurposes, findAddressees, lastMessageTo, liftSuppression } from './queries.ts';
import { tellFeedback } from './tell-feedback.ts';
import type { Meaning } from './words.ts';

export interface Inbound {
  /** Id of the channel and its type, by which it came. */
  readonly channel: string;
  readonly type: string;
  /** The address that it came from, as messages are sent to it. */
  readonly from: string;
  /** Its name at the provider; the second of one name changes nothing. */
  readonly providerId: string;
  readonly text: string;
  /** Pictures and the like that came along. */
  readonly media: number;
  readonly meaning: Meaning;
  readonly at: Date;
}

/** `again`: it was told before · `unknown`: nobody is known by the address, which may be opted out all the same. */
export type Received = 'taken' | 'again' | 'unknown';

/** How long after a message an answer is one to it. */
const replyMs = 7 * 86_400_000;
/** Of a text that is kept. */
const textCharsMax = 2_000;

interface Person {
  readonly lane: number;
  readonly profile_id: number;
}

/** Takes one message, in a transaction of its own. */
export async function receiveInbound(
  session: OwnSession,
  inbound: Inbound,
  program: Pick<Program, 'consents' | 'channels'>,
): Promise<Received> {
  const received = await session.transaction(async (tx) => {
    const source = `inbound/${inbound.channel}`;
    const taken = await takeMessages(tx, [source], [inbound.providerId], inbound.at);
    if (taken !== null && taken.length === 0) return 'again';
    return await take(tx, inbound, program);
  });
  if (received === 'taken') await notifyInbox(session);
  return received;
}

async function take(tx: Session, inbound: Inbound, program: Pick<Program, 'consents' | 'channels'>): Promise<Received> {
  const hash = suppressionHash(inbound.type, inbound.from);
  const people = await peopleAt(tx, hash, inbound.from);
  if (inbound.meaning === 'stop') await insertSuppressions(tx, [hash], unsubscribedReason, inbound.at);
  if (inbound.meaning === 'start') await liftSuppression(tx, hash, unsubscribedReason);
  const [first] = people;
  if (first === undefined) return 'unknown';
  if (inbound.meaning !== 'text') await tellConsents(tx, inbound, { people, program });
  await tellReceived(tx, first, inbound, program.channels.get(inbound.channel)?.intents);
  return 'taken';
}

/** Whom messages reached there, the last first; otherwise whom the number identifies. */
async function peopleAt(tx: Session, hash: Buffer, from: string): Promise<readonly Person[]> {
  const reached = await findAddressees(tx, hash);
  return reached.length > 0 ? reached : await findByIdentifier(tx, { type: 'phone', value: from });
}

/** An address is said no by whoever holds it, so it is said by all who are reached there. */
async function tellConsents(
  tx: Session,
  inbound: Inbound,
  { people, program }: { readonly people: readonly Person[]; readonly program: Pick<Program, 'consents' | 'channels'> },
): Promise<void> {
  const { type, at, text } = inbound;
  const refusable = refusablePurposes(program, type);
  const proof = `answered ${text.trim().slice(0, 100)}`;
  const denied =
    inbound.meaning === 'start'
      ? await deniedPurposes(
          tx,
          { lanes: people.map((one) => one.lane), profiles: people.map((one) => one.profile_id) },
          type,
        )
      : [];
  await appendFacts(
    tx,
    people.flatMap((person, i) => {
      // "Again" gives back what was taken: it agrees to nothing that he never agreed to.
      const taken = denied.filter((one) => one.i === i + 1).map(({ purpose }) => purpose);
      const purposes = inbound.meaning === 'stop' ? refusable : refusable.filter((one) => taken.includes(one));
      const state = inbound.meaning === 'stop' ? 'denied' : 'granted';
      if (purposes.length === 0) return [];
      return [{ person, fact: consentFact(purposes, { channel: type, state, proof, at: at.getTime() }, at.getTime()) }];
    }),
    at,
  );
}

async function tellReceived(
  tx: Session,
  person: Person,
  inbound: Inbound,
  intents: ChannelBody['intents'] = {},
): Promise<void> {
  const { channel, at, media, meaning } = inbound;
  const text = inbound.text.slice(0, textCharsMax);
  const last = await lastMessageTo(tx, person, channel, new Date(at.getTime() - replyMs));
  const intent = intentOf(text, intents);
  const properties = {
    ...{ channel, text, media },
    ...(last !== null && { message: String(last) }),
    ...(intent !== null && { intent }),
  };
  const fact: Fact = {
    ...{ at: at.getTime(), received: at.getTime(), source: ownSource, trigger: true },
    event: { type: 'message_received', value: null, unit: null, properties },
  };
  await appendFacts(tx, [{ person, fact }], at);
  // Who wants no more hasn't acted on a message.
  if (last === null || meaning !== 'text') return;
  const message = { lane: person.lane, profileId: person.profile_id, messageId: last, channel };
  await tellFeedback(tx, [{ token: '', state: 'replied', at, text, message }]);
}

async function appendFacts(
  tx: Session,
  facts: readonly { readonly person: Person; readonly fact: Fact }[],
  at: Date,
): Promise<void> {
  await appendInbox(
    tx,
    facts.map(({ person, fact }) => ({
      ...{ lane: person.lane, class: 1, visibleAt: at, profileId: person.profile_id, kind: 'fact', body: fact },
    })),
  );
}
