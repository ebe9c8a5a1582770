/**
 * The `firebase` adapter: push messages by Firebase's own SDK (FCM HTTP v1, `sendEach`), to each device of a person. The SDK is loaded with
 * the first batch. Whether a message was delivered or opened only the app knows, and tells the ingestion API.
 */
import type { Messaging, SendResponse, TokenMessage } from 'firebase-admin/messaging';
import type { ChannelAdapter, OutgoingMessage, SendOutcome } from './adapter.ts';
import { type OpenAccount, openAccounts, type UsedAccount } from './firebase-account.ts';
import { defaultFirebaseLimits, type FirebaseConfig, type FirebaseLimits } from './firebase-config.ts';
import { type DeviceOutcome, outcomeOfDevice, outcomeOfPerson } from './firebase-outcome.ts';
import { messageKey, withProofs } from './push-proof.ts';
import { resolveSecrets, type SecretLookup, SecretMissing } from './secrets.ts';
import { batchesAtOnce, type CallQueue, callQueue } from './send-queue.ts';

/** What Firebase keeps a message for at most. */
const ttlMaxMs = 28 * 86_400_000;
/**
 * The SDK makes a request of each message of a call at once, some ten kilobytes that wait for a connection. So calls are small, and together
 * they have four times as many messages as there are connections: none is idle, and little is kept.
 */
const callsAtOnce = 2;
const queued = 4;
interface FirebaseContext {
  readonly root: string;
  readonly secret: SecretLookup;
  readonly limits?: FirebaseLimits;
}

/** Makes no connection and reads no secret before the first batch. */
export function createFirebaseAdapter(
  config: FirebaseConfig,
  { root, secret, limits = defaultFirebaseLimits }: FirebaseContext,
): ChannelAdapter {
  const accounts = openAccounts({ config, root, limits });
  const callMax = Math.max(1, Math.ceil((limits.connectionsMax * queued) / callsAtOnce));
  const calls = callQueue(callsAtOnce);
  return {
    // What it has in hand is bounded by its connections.
    batchesAtOnce,
    async send(messages) {
      let used: UsedAccount;
      try {
        used = await accounts.use(resolveSecrets(config.serviceAccount, secret));
      } catch (error) {
        const reason = error instanceof SecretMissing ? error.message : 'the service account of Firebase is none';
        return messages.map(() => ({ kind: 'retry', reason }));
      }
      try {
        return await sendAll(used.open, messages, { config, calls, callMax });
      } finally {
        await used.leave();
      }
    },
    close: () => accounts.close(),
  };
}

interface Sending {
  readonly config: FirebaseConfig;
  readonly calls: CallQueue;
  readonly callMax: number;
}

/** A message to one device. */
interface Device {
  /** Of the message in its batch. */
  readonly index: number;
  readonly device: string;
  readonly message: OutgoingMessage;
}

async function sendAll(
  account: OpenAccount,
  messages: readonly OutgoingMessage[],
  { config, calls, callMax }: Sending,
): Promise<readonly SendOutcome[]> {
  const each: Device[] = [];
  messages.forEach((message, index) => {
    for (const device of devicesOf(message)) each.push({ index, device, message });
  });
  const parts: Promise<readonly DeviceOutcome[]>[] = [];
  for (let from = 0; from < each.length; from += callMax) {
    const part = each.slice(from, from + callMax);
    parts.push(calls(() => sendPart(account, part, config)));
  }
  return outcomesOfPeople(messages.length, each, (await Promise.all(parts)).flat());
}

/** Devices of a person follow one another. */
function outcomesOfPeople(
  count: number,
  each: readonly Device[],
  outcomes: readonly DeviceOutcome[],
): readonly SendOutcome[] {
  let next = 0;
  return Array.from({ length: count }, (_, index) => {
    const from = next;
    while (each[next]?.index === index) next += 1;
    if (next === from) return { kind: 'rejected', reason: 'the person has no device', addressBad: false };
    const first = outcomes[from]!;
    // Most people have one, and most messages are taken.
    if (next === from + 1 && first.kind === 'accepted') return first;
    return outcomeOfPerson(each.slice(from, next).map(({ device }, i) => ({ device, outcome: outcomes[from + i]! })));
  });
}

/** One call of the SDK. */
async function sendPart(
  { messaging, agent, made }: OpenAccount,
  part: readonly Device[],
  config: FirebaseConfig,
): Promise<readonly DeviceOutcome[]> {
  const begun = agent.answers();
  const tokens = withProofs(
    part.map(({ message }) => message.token),
    made,
  );
  const requests = part.map(({ message, device }, i) => requestOf(message, { device, token: tokens[i]!, config }));
  const responses = await sendBatch(messaging, requests, config);
  const askedMs = agent.askedMsSince(begun);
  return part.map((_, i) => outcomeOf(responses[i], askedMs));
}

async function sendBatch(
  messaging: Messaging,
  batch: TokenMessage[],
  { dryRun }: FirebaseConfig,
): Promise<readonly SendResponse[]> {
  try {
    return (await messaging.sendEach(batch, dryRun ?? false)).responses;
  } catch (error) {
    return batch.map(() => ({ success: false, error: error as NonNullable<SendResponse['error']> }));
  }
}

function outcomeOf(response: SendResponse | undefined, askedMs: number | undefined): DeviceOutcome {
  const { success = false, messageId, error } = response ?? {};
  if (success) return messageId ? { kind: 'accepted', providerId: messageId } : { kind: 'accepted' };
  return outcomeOfDevice({ code: error?.code ?? 'unknown-error', message: error?.message ?? '' }, askedMs);
}

function devicesOf({ devices = [], to }: OutgoingMessage): readonly string[] {
  if (devices.length > 0) return devices;
  return to === null ? [] : [to];
}

function requestOf(
  message: OutgoingMessage,
  { device, token, config }: { readonly device: string; readonly token: string; readonly config: FirebaseConfig },
): TokenMessage {
  const { title = message.subject ?? '', text = '', at, about } = message;
  const ttl = ttlOf(message, config);
  const collapse = config.collapse === undefined ? undefined : collapseOf(message, config.collapse);
  const expiration = String(Math.floor((at + ttl) / 1000));
  return {
    token: device,
    notification: { title, body: text },
    data: { ...config.data, [messageKey]: token },
    android: { ttl, ...(collapse !== undefined && { collapseKey: collapse }) },
    apns: {
      headers: { 'apns-expiration': expiration, ...(collapse !== undefined && { 'apns-collapse-id': collapse }) },
    },
    webpush: { headers: { TTL: String(Math.floor(ttl / 1000)) } },
    fcmOptions: labelOf(about.template),
  };
}

/** Milliseconds: as long as it is valid, and as the channel says; a month has 30 days. */
function ttlOf({ at, validUntil = Number.POSITIVE_INFINITY }: OutgoingMessage, { ttl }: FirebaseConfig): number {
  const said = ttl === undefined ? ttlMaxMs : (ttl.months * 30 + ttl.days) * 86_400_000 + ttl.ms;
  return Math.max(0, Math.min(said, ttlMaxMs, validUntil - at));
}

/** Of at most 64 bytes, which is what Apple takes. */
function collapseOf({ about, channel }: OutgoingMessage, by: NonNullable<FirebaseConfig['collapse']>): string {
  const name = { journey: about.journey, template: about.template, channel }[by];
  return name.slice(0, 64);
}

/** Counted by in Firebase's own reports. */
function labelOf(template: string): { readonly analyticsLabel?: string } {
  return /^[a-zA-Z0-9-_.~%]{1,50}$/.test(template) ? { analyticsLabel: template } : {};
}
