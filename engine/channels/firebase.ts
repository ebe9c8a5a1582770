/**
 * The `firebase` adapter: push messages by Firebase's own SDK (FCM HTTP v1, `sendEach`), to each device of a person. The SDK is loaded with
 * the first batch. Whether a message was delivered or opened only the app knows, and tells the ingestion API.
 */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App, Credential } from 'firebase-admin/app';
import type { Messaging, SendResponse, TokenMessage } from 'firebase-admin/messaging';
import type { JWT } from 'google-auth-library';
import type { ChannelAdapter, OutgoingMessage, SendOutcome } from './adapter.ts';
import { type FirebaseAgent, firebaseAgent } from './firebase-agent.ts';
import { type DeviceOutcome, outcomeOfDevice, outcomeOfPerson } from './firebase-outcome.ts';
import { messageKey, withProof } from './push-proof.ts';
import { resolveSecrets, type SecretLookup, SecretMissing } from './secrets.ts';

export interface FirebaseConfig {
  /** A `${secret.NAME}` reference to the JSON of a service account. */
  readonly serviceAccount: string;
  readonly ttl?: { readonly months: number; readonly days: number; readonly ms: number };
  readonly collapse?: 'journey' | 'template' | 'channel';
  readonly data?: Readonly<Record<string, string>>;
  readonly dryRun?: true;
  readonly baseUrl?: string;
  /** Relative to the root. */
  readonly caFile?: string;
}

export interface FirebaseLimits {
  readonly connectionsMax: number;
  /** Until a request is answered; under the SDK's own 15 s, after which it would repeat it. */
  readonly timeoutMs: number;
}

export const defaultFirebaseLimits: FirebaseLimits = { connectionsMax: 50, timeoutMs: 12_000 };

/** What Firebase keeps a message for at most, and takes in one call. */
const ttlMaxMs = 28 * 86_400_000;
const batchMax = 500;
/** For how long the SDK keeps a token before it asks for it again. */
const tokenKeptS = 600;

interface Open {
  readonly app: App;
  readonly messaging: Messaging;
  readonly agent: FirebaseAgent;
  /** By which account it was made. */
  readonly made: string;
}

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
  let open: Open | null = null;

  async function close(): Promise<void> {
    const last = open;
    open = null;
    if (last === null) return;
    const { deleteApp } = await import('firebase-admin/app');
    await deleteApp(last.app);
    last.agent.destroy();
  }

  /** Made anew when the account is another. */
  async function connect(): Promise<Open> {
    const made = resolveSecrets(config.serviceAccount, secret);
    if (open?.made === made) return open;
    await close();
    open = await openApp(made, { config, root, limits });
    return open;
  }

  return {
    async send(messages) {
      let connected: Open;
      try {
        connected = await connect();
      } catch (error) {
        const reason = error instanceof SecretMissing ? error.message : 'the service account of Firebase is none';
        return messages.map(() => ({ kind: 'retry', reason }));
      }
      return await sendAll(connected, messages, config);
    },
    close,
  };
}

/** Apps of the SDK have names, one a process. */
let apps = 0;

async function openApp(
  made: string,
  { config, root, limits }: { readonly config: FirebaseConfig; readonly root: string; readonly limits: FirebaseLimits },
): Promise<Open> {
  const [{ initializeApp }, { getMessaging }, { JWT }] = await Promise.all([
    // Lazily: they are large, and most commands send nothing.
    import('firebase-admin/app'),
    import('firebase-admin/messaging'),
    import('google-auth-library'),
  ]);
  const { baseUrl, caFile } = config;
  const agent = firebaseAgent({
    ...limits,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(caFile !== undefined && { ca: readFileSync(join(root, caFile), 'utf8') }),
  });
  const account = readAccount(made);
  // What the SDK makes of an account by itself signs in past the agent.
  const signedIn = new JWT({
    ...{ email: account.client_email, key: account.private_key },
    ...{ scopes: ['https://www.googleapis.com/auth/firebase.messaging'], transporterOptions: { agent } },
  });
  const credential = askingOnce(signedIn);
  apps += 1;
  const app = initializeApp({ credential, projectId: account.project_id, httpAgent: agent }, `parcours-${apps}`);
  const messaging = getMessaging(app);
  // HTTP/2 opens a connection a batch and knows no agent; over HTTP/1.1 connections are kept.
  messaging.enableLegacyHttpTransport();
  return { app, messaging, agent, made };
}

interface Account {
  readonly project_id: string;
  readonly client_email: string;
  readonly private_key: string;
}

/** Throws when the text is no service account. */
function readAccount(text: string): Account {
  const account = JSON.parse(text) as Partial<Account>;
  createPrivateKey(account.private_key ?? '');
  return account as Account;
}

/** A batch that finds no token asks for one, not for hundreds. */
function askingOnce(account: JWT): Credential {
  let asked: ReturnType<Credential['getAccessToken']> | undefined;
  const ask = async () => {
    const { token } = await account.getAccessToken();
    // The account itself knows when it must be asked for anew.
    return { access_token: token ?? '', expires_in: tokenKeptS };
  };
  return {
    getAccessToken() {
      asked ??= ask().finally(() => {
        asked = undefined;
      });
      return asked;
    },
  };
}

async function sendAll(
  { messaging, agent, made }: Open,
  messages: readonly OutgoingMessage[],
  config: FirebaseConfig,
): Promise<readonly SendOutcome[]> {
  const each = messages.flatMap((message, index) => devicesOf(message).map((device) => ({ index, device, message })));
  const found = messages.map((): { readonly device: string; readonly outcome: DeviceOutcome }[] => []);
  for (let from = 0; from < each.length; from += batchMax) {
    const batch = each.slice(from, from + batchMax);
    const responses = await sendBatch(
      messaging,
      batch.map(({ message, device }) => requestOf(message, device, { config, account: made })),
      config,
    );
    const askedMs = agent.takeAskedMs();
    for (const [i, { index, device }] of batch.entries()) {
      found[index]?.push({ device, outcome: outcomeOf(responses[i], askedMs) });
    }
  }
  return found.map((devices) =>
    devices.length === 0
      ? { kind: 'rejected', reason: 'the person has no device', addressBad: false }
      : outcomeOfPerson(devices),
  );
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
  if (response?.success) return { kind: 'accepted', ...(response.messageId && { providerId: response.messageId }) };
  const { code = 'unknown-error', message = '' } = response?.error ?? {};
  return outcomeOfDevice({ code, message }, askedMs);
}

function devicesOf({ devices = [], to }: OutgoingMessage): readonly string[] {
  if (devices.length > 0) return devices;
  return to === null ? [] : [to];
}

function requestOf(
  message: OutgoingMessage,
  token: string,
  { config, account }: { readonly config: FirebaseConfig; readonly account: string },
): TokenMessage {
  const { title = message.subject ?? '', text = '', at, about } = message;
  const ttl = ttlOf(message, config);
  const collapse = config.collapse === undefined ? undefined : collapseOf(message, config.collapse);
  const expiration = String(Math.floor((at + ttl) / 1000));
  return {
    token,
    notification: { title, body: text },
    data: { ...config.data, [messageKey]: withProof(message.token, account) },
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
