/**
 * From claimed rows to messages that may leave: everything that could have changed since the decision is looked at again
 * (validity, consent, address, suppression), then the text is rendered. Whatever stops a message is a settlement with its reason.
 */
import type { OutgoingMessage } from '../../channels/adapter.ts';
import type { ChannelBody } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import { pausesOf } from '../messages/pauses.ts';
import type { DispatchCatalogue } from './catalogue.ts';
import { consentObstacle } from './consent-rule.ts';
import { type AttemptRow, findSuppressed, loadMessages, type MessageRow } from './queries.ts';
import { type Rendered, renderMessage } from './render.ts';
import type { OutcomeState, Settlement } from './settle.ts';
import { suppressionHash } from './suppression-hash.ts';

export interface PreparedMessage {
  readonly row: AttemptRow;
  readonly message: OutgoingMessage;
  /** Of the address; undefined where the channel needs none. */
  readonly hash: Buffer | undefined;
  /** When its lane let it go; null where that isn't known. */
  readonly queuedAt: Date | null;
}

export interface PreparedBatch {
  readonly ready: readonly PreparedMessage[];
  readonly stopped: readonly Settlement[];
}

/** What the batch is loaded with. */
export interface LoadedBatch {
  readonly messages: ReadonlyMap<number, MessageRow>;
  /** Hashes on the suppression list, hex. */
  readonly suppressed: ReadonlySet<string>;
}

/** At most two statements a batch. */
export async function loadBatch(
  session: Session,
  rows: readonly AttemptRow[],
  channel: ChannelBody,
): Promise<LoadedBatch> {
  const messages = await loadMessages(session, rows, channel.type);
  const hashes = messages.flatMap((message) => {
    const address = message.is_listed ? addressOf(message, channel) : null;
    return address ? [suppressionHash(channel.type, address)] : [];
  });
  const suppressed = await findSuppressed(session, hashes);
  return { messages: new Map(messages.map((message) => [message.message_id, message])), suppressed };
}

/** Pure: checks and renders each row. */
export function prepareBatch(
  rows: readonly AttemptRow[],
  loaded: LoadedBatch,
  context: { readonly catalogue: DispatchCatalogue; readonly channel: ChannelBody; readonly t: Date },
): PreparedBatch {
  const ready: PreparedMessage[] = [];
  const stopped: Settlement[] = [];
  for (const row of rows) {
    const message = loaded.messages.get(row.message_id);
    if (!message) {
      stopped.push(stop(row, 'failed', 'the message is no longer there'));
      continue;
    }
    const prepared = prepareOne(row, message, loaded.suppressed, context);
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
  row: AttemptRow,
  message: MessageRow,
  suppressed: ReadonlySet<string>,
  context: { readonly catalogue: DispatchCatalogue; readonly channel: ChannelBody; readonly t: Date },
): PreparedMessage | Settlement {
  const { catalogue, channel, t } = context;
  if (t >= message.valid_until) return stop(row, 'expired', 'its validity ended');
  if (t >= row.decided_until) return stop(row, 'returned', 'the decision no longer holds');
  const pause = pausesOf(catalogue.isPaused, message.pauses ?? []).over(message.journey, row.channel, t);
  if (pause !== null) return stop(row, 'returned', pause.rule);
  if (!message.traits) return stop(row, 'suppressed', 'the person was removed');
  const obstacle = consentObstacle(message.purpose, catalogue.consent(message.purpose), channel.type, message);
  if (obstacle) return stop(row, 'suppressed', obstacle);
  const to = addressOf(message, channel);
  if (channel.address !== null && !to) {
    return stop(row, 'suppressed', `no address in trait ${message.address_trait ?? channel.address}`);
  }
  if (to && !catalogue.isAllowed(to)) return stop(row, 'suppressed', 'the address is not allowed in this environment');
  const hash = to ? suppressionHash(channel.type, to) : undefined;
  if (hash && suppressed.has(hash.toString('hex'))) {
    return stop(row, 'suppressed', 'the address is on the suppression list');
  }
  return renderOne(row, message, { catalogue, channel, t, to, hash });
}

function renderOne(
  row: AttemptRow,
  message: MessageRow,
  context: {
    readonly catalogue: DispatchCatalogue;
    readonly channel: ChannelBody;
    readonly t: Date;
    readonly to: string | null;
    readonly hash: Buffer | undefined;
  },
): PreparedMessage | Settlement {
  const { catalogue, channel, t, to, hash } = context;
  const ready = (texts: Omit<Extract<Rendered, { readonly ok: true }>, 'ok'>): PreparedMessage => {
    const { journey, step } = message;
    const about = { profile: row.profile_id, journey, step, template: message.template };
    const token = `${row.lane}-${row.message_id}`;
    const outgoing = { token, channel: row.channel, to, ...texts, about, at: t.getTime() };
    return { row, hash, queuedAt: message.accepted_at, message: outgoing };
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
  });
  if (!rendered.ok) return stop(row, 'failed', `template ${message.template}: ${rendered.reason}`);
  const { ok: _ok, ...texts } = rendered;
  return ready(texts);
}

/** The person's address for the channel, null when there is none or the channel needs none. */
function addressOf(message: MessageRow, channel: ChannelBody): string | null {
  const trait = channel.address === null ? null : (message.address_trait ?? channel.address);
  if (trait === null || !message.traits || !Object.hasOwn(message.traits, trait)) return null;
  const value = message.traits[trait];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
