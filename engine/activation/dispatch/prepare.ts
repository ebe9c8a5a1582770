/**
 * From claimed rows to messages that may leave: everything that could have changed since the decision is looked at again
 * (validity, consent, address, suppression), then the text is rendered. Whatever stops a message is a settlement with its reason.
 */
import type { OutgoingMessage } from '../../channels/adapter.ts';
import type { ChannelBody } from '../../compiler/ir.ts';
import { pausesOf } from '../messages/pauses.ts';
import type { DispatchCatalogue } from './catalogue.ts';
import { consentObstacle } from './consent-rule.ts';
import { personUrls } from './links.ts';
import type { LookedUp } from './look-up.ts';
import { type ProviderLook, provide } from './providers/provide.ts';
import type { AttemptRow, ClaimedMessage } from './queries.ts';
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
  for (const message of messages) {
    const prepared = prepareOne(message, known, context);
    if ('message' in prepared) ready.push(prepared);
    else stopped.push(prepared);
  }
  return { ready, stopped };
}

/** A settlement without an attempt at the provider. */
export function stop(row: AttemptRow, state: OutcomeState, reason: string): Settlement {
  return { row, kind: 'finish', state, reason };
}

function prepareOne(
  message: ClaimedMessage,
  known: LookedUp,
  context: { readonly catalogue: DispatchCatalogue; readonly channel: ChannelBody; readonly t: Date },
): PreparedMessage | Settlement {
  const { catalogue, channel, t } = context;
  const row = attemptOf(message);
  if (!message.is_there) return stop(row, 'failed', 'the message is no longer there');
  if (t >= message.valid_until) return stop(row, 'expired', 'its validity ended');
  if (t >= row.decided_until) return stop(row, 'returned', 'the decision no longer holds');
  const pause = pausesOf(catalogue.isPaused, message.pauses ?? []).over(message.journey, row.channel, t);
  if (pause !== null) return stop(row, 'returned', pause.rule);
  if (!message.traits) return stop(row, 'suppressed', 'the person was removed');
  const { purpose } = message;
  const obstacle = consentObstacle(purpose, catalogue.consent(purpose), channel.type, message, known.needsOf(message));
  if (obstacle) return stop(row, 'suppressed', obstacle);
  const { to, problem } = known.addressOf(message);
  if (channel.address !== null && !to && problem === null) {
    return stop(row, 'suppressed', `no address in trait ${message.address_trait ?? channel.address}`);
  }
  if (to && !catalogue.isAllowed(to)) return stop(row, 'suppressed', 'the address is not allowed in this environment');
  if (problem !== null) return stop(row, 'suppressed', problem);
  // A device that is no more is dropped, and another one takes its place: it isn't an address that nobody may use again.
  const hash = to && channel.via.kind !== 'firebase' ? suppressionHash(channel.type, to) : undefined;
  return renderOne(row, message, { catalogue, channel, t, to, hash, look: known.provider });
}

/** The mark alone, which is kept until the outcome is told: what the message says isn't. */
function attemptOf(message: ClaimedMessage): AttemptRow {
  const { lane, message_id, profile_id, channel, due_at, decided_until, attempt, dispatcher } = message;
  return { lane, message_id, profile_id, channel, class: message.class, due_at, decided_until, attempt, dispatcher };
}

/** The purpose that a journey is about which `consent_changed` opened. */
function purposeIn(entry: Readonly<Record<string, unknown>>): string | null {
  return Object.hasOwn(entry, 'purpose') && typeof entry.purpose === 'string' ? entry.purpose : null;
}

function renderOne(
  row: AttemptRow,
  message: ClaimedMessage,
  context: {
    readonly catalogue: DispatchCatalogue;
    readonly channel: ChannelBody;
    readonly t: Date;
    readonly to: string | null;
    readonly hash: Buffer | undefined;
    readonly look: ProviderLook;
  },
): PreparedMessage | Settlement {
  const { catalogue, channel, t, to, hash, look } = context;
  const ready = (texts: Omit<Extract<Rendered, { readonly ok: true }>, 'ok'>): PreparedMessage | Settlement => {
    const { journey, step, address_trait: trait, valid_until: validUntil } = message;
    const token = `${row.lane}-${row.message_id}`;
    const about = { profile: row.profile_id, journey, step, template: message.template };
    const provided = provide({
      ...{ channel, profileId: row.profile_id, to, trait, texts, validUntil, hash, look },
      about: {
        message: token,
        journey,
        step,
        template: message.template,
        at: (message.accepted_at ?? t).toISOString(),
      },
    });
    if ('reason' in provided) return stop(row, provided.state, provided.reason);
    const outgoing = { token, channel: row.channel, to, ...texts, about, at: t.getTime(), ...provided.more };
    return { row, hash, queuedAt: message.accepted_at, message: outgoing, known: provided.known };
  };
  // A desk knows its scripts.
  if (channel.desk !== undefined) return ready({ locale: message.locale ?? catalogue.locale });
  const template = catalogue.template(message.template);
  if (!template) return stop(row, 'failed', `template ${message.template} is not in the live revision`);
  const rendered = renderMessage({
    template,
    channelType: channel.type,
    locale: message.locale,
    fallbackLocale: catalogue.locale,
    zone: message.zone ?? catalogue.zone,
    traits: message.traits ?? {},
    traitType: catalogue.traitType,
    entry: message.entry ?? {},
    entryType: (property) => catalogue.entryPropertyType(message.journey, property),
    rows: message.rows,
    fieldType: catalogue.fieldType,
    with: message.with_values,
    links: personUrls(catalogue.links, {
      ...{ token: `${row.lane}-${row.message_id}`, profileId: row.profile_id, channelType: channel.type },
      ...{ purpose: message.purpose, at: (message.accepted_at ?? t).getTime() },
      confirms: purposeIn(message.entry ?? {}),
    }),
  });
  if (!rendered.ok) return stop(row, 'failed', `template ${message.template}: ${rendered.reason}`);
  const { ok: _ok, ...texts } = rendered;
  return ready(texts);
}
