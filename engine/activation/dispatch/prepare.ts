/**
 * From claimed rows to messages that may leave: everything that could have changed since the decision is looked at again
 * (validity, consent, address, suppression), then the text is rendered. Whatever stops a message is a settlement with its reason.
 */
import type { OutgoingMessage } from '../../channels/adapter.ts';
import type { ChannelBody } from '../../compiler/ir.ts';
import { type Pauses, pausesOf } from '../messages/pauses.ts';
import type { DispatchCatalogue } from './catalogue.ts';
import type { AttemptRow, ClaimedMessage } from './claimed-message.ts';
import { consentObstacle } from './consent-rule.ts';
import { personUrls } from './links.ts';
import type { LookedUp } from './look-up.ts';
import { type ProviderLook, provide } from './providers/provide.ts';
import { type Rendered, renderMessage } from './render.ts';
import type { OutcomeState, ProviderFacts, Settlement } from './settle.ts';
import { suppressionHash } from './suppression-hash.ts';

export interface PreparedMessage {
  readonly row: AttemptRow;
  readonly message: OutgoingMessage;
  /** Of the address; undefined where the channel needs none. */
  readonly hash: Buffer | undefined;
  /** What is known of it before it leaves: what it costs, where an answer would come from. */
  readonly known?: ProviderFacts;
  /** When its lane let it go; null where that isn't known. */
  readonly queuedAt: Date | null;
}

export interface PreparedBatch {
  readonly ready: readonly PreparedMessage[];
  readonly stopped: readonly Settlement[];
}

/** Pure: checks and renders each message. */
export function prepareBatch(
  messages: readonly ClaimedMessage[],
  known: LookedUp,
  context: { readonly catalogue: DispatchCatalogue; readonly channel: ChannelBody; readonly t: Date },
): PreparedBatch {
  const ready: PreparedMessage[] = [];
  const stopped: Settlement[] = [];
  // All rows of a batch were read by one statement, and tell of the same pauses.
  const pauses = pausesOf(context.catalogue.isPaused, messages[0]?.pauses ?? []);
  const checking: Checking = { ...context, pauses };
  messages.forEach((message, i) => {
    const prepared = prepareOne(message, known, i, checking);
    if ('message' in prepared) ready.push(prepared);
    else stopped.push(prepared);
  });
  return { ready, stopped };
}

/** A settlement without an attempt at the provider. */
export function stop(row: AttemptRow, state: OutcomeState, reason: string): Settlement {
  return { row, kind: 'finish', state, reason };
}

interface Checking {
  readonly catalogue: DispatchCatalogue;
  readonly channel: ChannelBody;
  readonly t: Date;
  readonly pauses: Pauses;
}

/** Message i of its batch. */
function prepareOne(
  message: ClaimedMessage,
  known: LookedUp,
  i: number,
  context: Checking,
): PreparedMessage | Settlement {
  const { catalogue, channel, t } = context;
  const row = attemptOf(message);
  if (!message.is_there) return stop(row, 'failed', 'the message is no longer there');
  if (t >= message.valid_until) return stop(row, 'expired', 'its validity ended');
  if (t >= row.decided_until) return stop(row, 'returned', 'the decision no longer holds');
  const pause = context.pauses.over(message.journey, row.channel, t);
  if (pause !== null) return stop(row, 'returned', pause.rule);
  if (!message.traits) return stop(row, 'suppressed', 'the person was removed');
  const { purpose } = message;
  const obstacle = consentObstacle(purpose, catalogue.consent(purpose), channel.type, message, known.needsOf(message));
  if (obstacle) return stop(row, 'suppressed', obstacle);
  const { to, problem } = known.addressOf(i);
  if (channel.address !== null && !to && problem === null) {
    return stop(row, 'suppressed', `no address in trait ${message.address_trait ?? channel.address}`);
  }
  if (to && !catalogue.isAllowed(to)) return stop(row, 'suppressed', 'the address is not allowed in this environment');
  if (problem !== null) return stop(row, 'suppressed', problem);
  const texts = textsOf(message, context);
  if (typeof texts === 'string') return stop(row, 'failed', texts);
  return withProvider(row, message, { ...context, to, texts, look: known.provider });
}

/** The mark alone, which is kept until the outcome is told: what the message says isn't. */
function attemptOf(message: ClaimedMessage): AttemptRow {
  const { lane, message_id, profile_id, channel, decided_until, attempt, dispatcher } = message;
  return { lane, message_id, profile_id, channel, class: message.class, decided_until, attempt, dispatcher };
}

/** The purpose that a journey is about which `consent_changed` opened. */
function purposeIn(entry: Readonly<Record<string, unknown>>): string | null {
  return Object.hasOwn(entry, 'purpose') && typeof entry.purpose === 'string' ? entry.purpose : null;
}

type Texts = Omit<Extract<Rendered, { readonly ok: true }>, 'ok'>;

/** What it says, or why nobody can say it. */
function textsOf(message: ClaimedMessage, { catalogue, channel, t }: Checking): Texts | string {
  // A desk knows its scripts.
  if (channel.desk !== undefined) return { locale: message.locale ?? catalogue.locale };
  const template = catalogue.template(message.template);
  if (!template) return `template ${message.template} is not in the live revision`;
  const entry = message.entry ?? {};
  const rendered = renderMessage({
    template,
    channelType: channel.type,
    locale: message.locale,
    fallbackLocale: catalogue.locale,
    zone: message.zone ?? catalogue.zone,
    traits: message.traits ?? {},
    traitType: catalogue.traitType,
    entry,
    entryType: (property) => catalogue.entryPropertyType(message.journey, property),
    rows: message.rows,
    fieldType: catalogue.fieldType,
    with: message.with_values,
    links: personUrls(catalogue.links, {
      token: tokenOf(message),
      profileId: message.profile_id,
      channelType: channel.type,
      purpose: message.purpose,
      at: (message.accepted_at ?? t).getTime(),
      confirms: purposeIn(entry),
    }),
  });
  return rendered.ok ? rendered : `template ${message.template}: ${rendered.reason}`;
}

function tokenOf({ lane, message_id: id }: AttemptRow): string {
  return `${lane}-${id}`;
}

/** The message as its adapter takes it, or what keeps it. */
function withProvider(
  row: AttemptRow,
  message: ClaimedMessage,
  {
    channel,
    t,
    to,
    texts,
    look,
  }: Checking & { readonly to: string | null; readonly texts: Texts; readonly look: ProviderLook },
): PreparedMessage | Settlement {
  const { journey, step, template, accepted_at: queuedAt } = message;
  const token = tokenOf(row);
  // A device that is no more is dropped, and another one takes its place: it isn't an address that nobody may use again.
  const hash = to && channel.via.kind !== 'firebase' ? suppressionHash(channel.type, to) : undefined;
  const provided = provide({
    channel,
    profileId: row.profile_id,
    to,
    trait: message.address_trait,
    devices: message.devices,
    texts,
    about: { message: token, journey, step, template, at: queuedAt ?? t },
    validUntil: message.valid_until,
    hash,
    look,
  });
  if ('reason' in provided) return stop(row, provided.state, provided.reason);
  const about = { profile: row.profile_id, journey, step, template };
  const outgoing = outgoingOf({ token, channel: row.channel, to, locale: texts.locale, about, at: t.getTime() }, texts);
  return { row, hash, queuedAt, message: Object.assign(outgoing, provided.more), known: provided.known };
}

/** What of it has words, one by one: a spread for each is a good part of what preparing a message takes. */
function outgoingOf(message: Outgoing, { subject, title, text, html, content, attachments }: Texts): Outgoing {
  if (subject !== undefined) message.subject = subject;
  if (title !== undefined) message.title = title;
  if (text !== undefined) message.text = text;
  if (html !== undefined) message.html = html;
  if (content !== undefined) message.content = content;
  if (attachments !== undefined) message.attachments = attachments;
  return message;
}

/** While it is made. */
type Outgoing = { -readonly [P in keyof OutgoingMessage]: OutgoingMessage[P] };
