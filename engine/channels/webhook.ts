/**
 * The `webhook` adapter: one POST a message, signed by the Standard Webhooks specification (webhook-id, webhook-timestamp,
 * webhook-signature: `v1,` and the HMAC-SHA256 of `id.timestamp.body`). A name is resolved once, its address checked, and the request made to that
 * very address, so that a name can't lead inside between the check and the request. No redirect is followed. It decides no retries.
 */
import { createHmac } from 'node:crypto';
import { lookup as resolveName } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { ChannelAdapter, OutgoingMessage, SendOutcome } from './adapter.ts';
import { isLoopback, isPublic } from './public-address.ts';
import { resolveSecrets, type SecretLookup, SecretMissing } from './secrets.ts';
import { batchesAtOnce, sendQueue } from './send-queue.ts';

export interface WebhookConfig {
  /** An address or a `${secret.NAME}` reference. */
  readonly url: string;
  /** A `${secret.NAME}` reference to a key (`whsec_` and base64); null: requests aren't signed. */
  readonly signWith: string | null;
  /** Whether addresses inside (loopback, private networks) may be called. */
  readonly allowPrivate: boolean;
}

export interface WebhookLimits {
  readonly requestsAtOnce: number;
  /** From the first byte to the last of the answer. */
  readonly timeoutMs: number;
}

export const defaultWebhookLimits: WebhookLimits = { requestsAtOnce: 8, timeoutMs: 15_000 };

/** `text` of a message is its JSON body. */
export function createWebhookAdapter(
  config: WebhookConfig,
  secret: SecretLookup,
  limits: WebhookLimits = defaultWebhookLimits,
): ChannelAdapter {
  const queue = sendQueue(limits.requestsAtOnce, async (message, _: null) => ({
    outcome: await post(message, config, secret, limits),
  }));
  return { batchesAtOnce, send: (messages) => queue(messages, null), async close() {} };
}

async function post(
  message: OutgoingMessage,
  config: WebhookConfig,
  secret: SecretLookup,
  limits: WebhookLimits,
): Promise<SendOutcome> {
  let url: URL;
  let key: string | null;
  try {
    url = new URL(resolveSecrets(config.url, secret));
    key = config.signWith === null ? null : resolveSecrets(config.signWith, secret);
  } catch (error) {
    // The address may hold a token: it stands in no reason.
    const reason = error instanceof SecretMissing ? error.message : 'the address of the destination is none';
    return { kind: 'retry', reason };
  }
  const address = await addressOf(url, config.allowPrivate);
  if (typeof address !== 'string') return address;
  const body = message.text ?? '{}';
  return await call(url, address, { body, headers: headersOf(message, body, key) }, limits);
}

/** The headers of the specification; the id is the message's, the same at each attempt. */
export function headersOf(
  { token, at }: Pick<OutgoingMessage, 'token' | 'at'>,
  body: string,
  key: string | null,
): Readonly<Record<string, string>> {
  const id = `msg_${token}`;
  const timestamp = String(Math.floor(at / 1000));
  const signed = key === null ? {} : { 'webhook-signature': signatureOf({ id, timestamp, body }, key) };
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'parcours',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...signed,
  };
}

/** `v1,` and the HMAC of the specification. */
export function signatureOf(
  { id, timestamp, body }: { readonly id: string; readonly timestamp: string; readonly body: string },
  key: string,
): string {
  const bytes = key.startsWith('whsec_') ? Buffer.from(key.slice('whsec_'.length), 'base64') : Buffer.from(key, 'utf8');
  return `v1,${createHmac('sha256', bytes).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** The address to call, or why none is called. */
async function addressOf(url: URL, allowPrivate: boolean): Promise<string | SendOutcome> {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refused('the address of the destination is none');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  let addresses: readonly string[];
  try {
    addresses = isIP(host) ? [host] : (await resolveName(host, { all: true })).map(({ address }) => address);
  } catch {
    return { kind: 'retry', reason: 'the name of the destination is not known' };
  }
  const open = addresses.filter((address) => allowPrivate || isPublic(address));
  const found = url.protocol === 'https:' ? open[0] : open.find(isLoopback);
  if (found !== undefined) return found;
  return refused(
    open.length === 0
      ? 'the destination leads to a private address, which it does not allow'
      : 'the destination is called by http, and only this machine may be',
  );
}

function refused(reason: string): SendOutcome {
  return { kind: 'rejected', reason, addressBad: false };
}

function call(
  url: URL,
  address: string,
  { body, headers }: { readonly body: string; readonly headers: Readonly<Record<string, string>> },
  { timeoutMs }: WebhookLimits,
): Promise<SendOutcome> {
  return new Promise((resolve) => {
    let isSent = false;
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(
      url,
      {
        method: 'POST',
        headers,
        // A connection of its own: one that is kept could have been made to another address.
        agent: false,
        lookup: (_name, options, done) => {
          const family = isIP(address);
          if (options.all === true) done(null, [{ address, family }]);
          else done(null, address, family);
        },
      },
      (response) => {
        response.resume();
        const { 'retry-after': retryAfter, date } = response.headers;
        finish(outcomeOf(response.statusCode ?? 0, waitMs(retryAfter, date)));
        request.destroy();
      },
    );
    const timer = setTimeout(() => request.destroy(new Error('timeout')), timeoutMs);
    const finish = (outcome: SendOutcome): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    request.on('finish', () => {
      isSent = true;
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const reason = `no answer from the destination (${error.code ?? error.message})`;
      finish(isSent ? { kind: 'unknown', reason } : { kind: 'retry', reason });
    });
    request.end(body);
  });
}

/** 2xx is an answer, 410 says never again; everything else is tried again, as the specification asks. */
function outcomeOf(status: number, askedMs: number): SendOutcome {
  if (status >= 200 && status < 300) return { kind: 'accepted' };
  if (status === 410) return refused('the destination is gone (410)');
  return { kind: 'retry', reason: `the destination answered ${status}`, ...(askedMs > 0 ? { afterMs: askedMs } : {}) };
}

/** Retry-After (RFC 9110, 10.2.3): seconds, or a date, which is read by the clock of who says it. 0: it says none. */
function waitMs(retryAfter: string | undefined, date: string | undefined): number {
  if (retryAfter === undefined) return 0;
  const seconds = Number(retryAfter);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - Date.parse(date ?? '');
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
