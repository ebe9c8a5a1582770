/**
 * The `twilio` adapter: SMS and WhatsApp by Twilio's own SDK, one request a message, several at once. The SDK is loaded with the first
 * batch. It decides no retries, and what becomes of a message later comes in through `server/routes/twilio.ts`.
 */
import type { ChannelAdapter, OutgoingMessage, SendOutcome } from './adapter.ts';
import { resolveSecrets, type SecretLookup, SecretMissing } from './secrets.ts';
import { batchesAtOnce, sendQueue, type Tried } from './send-queue.ts';
import { isAboutUs, outcomeOfRefusal, outcomeOfSilence, type Refusal } from './twilio-outcome.ts';

export interface TwilioConfig {
  readonly type: 'sms' | 'whatsapp';
  /** `${secret.NAME}` references or plain text. */
  readonly accountSid: string;
  readonly authToken: string;
  readonly messagingService?: string;
  readonly from?: string;
  /** The public address of `parcours serve`; absent: nobody is told what becomes of messages. */
  readonly callbackUrl?: string;
  /** Of the API, instead of Twilio's own. */
  readonly baseUrl?: string;
}

export interface TwilioLimits {
  readonly requestsAtOnce: number;
  /** Until an answer is there. */
  readonly timeoutMs: number;
}

export const defaultTwilioLimits: TwilioLimits = { requestsAtOnce: 20, timeoutMs: 20_000 };

/** The longest that a message may wait in Twilio's queues, in seconds, as its API says. */
const validityMaxS = 36_000;

type Sdk = typeof import('twilio');
type Client = import('twilio').Twilio;
type RequestOptions = Parameters<InstanceType<Sdk['RequestClient']>['request']>[0];

/** Where Twilio calls back about the messages of a channel. */
export function callbackAddress(callbackUrl: string, channel: string, token: string): string {
  return `${callbackUrl}/v1/twilio/${encodeURIComponent(channel)}/status?m=${encodeURIComponent(token)}`;
}

/** Makes no connection and reads no secret before the first batch. */
export function createTwilioAdapter(
  config: TwilioConfig,
  secret: SecretLookup,
  limits: TwilioLimits = defaultTwilioLimits,
): ChannelAdapter {
  let open: { readonly client: Client; readonly made: string } | null = null;
  const queue = sendQueue(limits.requestsAtOnce, (message, client: Client) => sendOne(client, message, config));

  /** Made anew when a secret is another. */
  async function connect(): Promise<Client> {
    const account = resolveSecrets(config.accountSid, secret);
    const token = resolveSecrets(config.authToken, secret);
    const made = `${account}\n${token}`;
    if (open?.made !== made) open = { client: clientOf(await sdk(), { account, token, config, limits }), made };
    return open.client;
  }

  return {
    batchesAtOnce,
    async send(messages) {
      let client: Client;
      try {
        client = await connect();
      } catch (error) {
        const reason = error instanceof SecretMissing ? error.message : 'the account of Twilio is none';
        return messages.map(() => ({ kind: 'retry', reason }));
      }
      return await queue(messages, client);
    },
    async close() {
      open = null;
    },
  };
}

/** What those get that weren't tried any more. */
function restOf(outcome: SendOutcome): SendOutcome {
  return outcome.kind === 'unknown' ? { kind: 'retry', reason: 'Twilio does not answer' } : outcome;
}

let loaded: Promise<Sdk> | undefined;

/** Lazily: it is large, and most commands send nothing. */
function sdk(): Promise<Sdk> {
  loaded ??= import('twilio').then((module) => module.default);
  return loaded;
}

function clientOf(
  twilio: Sdk,
  {
    account,
    token,
    config,
    limits,
  }: { readonly account: string; readonly token: string; readonly config: TwilioConfig; readonly limits: TwilioLimits },
): Client {
  /** The SDK's own client, which says how long to wait as the SDK's errors don't, and may call another address. */
  class Requests extends twilio.RequestClient {
    override async request<T>(options: RequestOptions) {
      const uri = config.baseUrl === undefined ? options.uri : options.uri.replace(/^https:\/\/[^/]+/, config.baseUrl);
      // Its types say nothing of options that are undefined.
      const answer = await super.request<T>({ ...options, uri } as never);
      if (answer.statusCode >= 200 && answer.statusCode < 300) return answer;
      throw new Refused(refusalOf(answer.statusCode, answer.body, answer.headers));
    }
  }
  const { timeoutMs: timeout, requestsAtOnce: maxSockets } = limits;
  return twilio(account, token, { httpClient: new Requests({ timeout, maxSockets, keepAlive: true }) });
}

/** An answer that is no success; caught in `sendOne`. */
class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super('refused');
    this.refusal = refusal;
  }
}

function refusalOf(status: number, body: unknown, headers: unknown): Refusal {
  const { code } = (typeof body === 'object' && body !== null ? body : {}) as { readonly code?: unknown };
  const seconds = Number((headers as Readonly<Record<string, unknown>> | undefined)?.['retry-after'] ?? Number.NaN);
  return {
    status,
    code: typeof code === 'number' ? code : null,
    ...(Number.isFinite(seconds) && seconds >= 0 && { afterMs: seconds * 1000 }),
  };
}

async function sendOne(client: Client, message: OutgoingMessage, config: TwilioConfig): Promise<Tried> {
  const to = numberOf(message.to ?? '');
  if (to === null) {
    const reason = 'the address is no telephone number in international form';
    return { outcome: { kind: 'rejected', reason, addressBad: true } };
  }
  try {
    const { sid } = await client.messages.create(requestOf(message, to, config));
    return { outcome: { kind: 'accepted', ...(sid && { providerId: sid }) } };
  } catch (error) {
    if (error instanceof Refused) {
      const outcome = outcomeOfRefusal(error.refusal);
      // Whoever is refused as a whole asks once, not a thousand times.
      return { outcome, ...(isAboutUs(error.refusal) && { rest: restOf(outcome) }) };
    }
    const code = (error as { readonly code?: unknown }).code;
    const outcome = outcomeOfSilence(typeof code === 'string' ? code : 'unknown error');
    return { outcome, rest: restOf(outcome) };
  }
}

/** Spaces, dots, dashes and brackets are how people write numbers. Null: it is none that could be called from everywhere. */
function numberOf(address: string): string | null {
  const number = address.replace(/[\s().-]/g, '');
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : null;
}

function requestOf(message: OutgoingMessage, to: string, config: TwilioConfig) {
  const { type, messagingService, from, callbackUrl } = config;
  const named = (number: string) => (type === 'whatsapp' ? `whatsapp:${number}` : number);
  const { text = '', validUntil, at } = message;
  const content = message.isSession ? undefined : message.content;
  const seconds = validUntil === undefined ? validityMaxS : Math.floor((validUntil - at) / 1000);
  return {
    to: named(to),
    ...(messagingService === undefined ? { from: named(from ?? '') } : { messagingServiceSid: messagingService }),
    ...(content === undefined
      ? { body: text }
      : { contentSid: content.sid, contentVariables: JSON.stringify(content.variables) }),
    ...(callbackUrl === undefined
      ? {}
      : { statusCallback: callbackAddress(callbackUrl, message.channel, message.token) }),
    ...(seconds < validityMaxS && { validityPeriod: Math.max(1, seconds) }),
  };
}
