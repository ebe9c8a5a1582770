/** A local server that answers as Twilio's documentation says: the Messages resource of the 2010 API, its errors, and signed callbacks. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import twilio from 'twilio';

export const account = 'AC0123456789abcdef0123456789abcdef';
export const authToken = 'a-token-that-nobody-knows-0001';

/** The form of a request, as it came. */
export type Form = Readonly<Record<string, string>>;

/** What a test lets the server do; null: as documented for a message that is taken. */
export type Answer =
  | null
  | { readonly status: number; readonly code?: number; readonly headers?: Readonly<Record<string, string>> }
  | 'silence'
  | 'cut';

export interface TwilioServer {
  readonly url: string;
  /** Messages that were taken, in order. */
  readonly taken: readonly (Form & { readonly sid: string })[];
  /** All requests, in order. */
  readonly requests: readonly { readonly headers: IncomingHttpHeaders; readonly form: Form }[];
  answer: (form: Form) => Answer;
  close(): Promise<void>;
}

export async function twilioServer(): Promise<TwilioServer> {
  const taken: (Form & { readonly sid: string })[] = [];
  const requests: { readonly headers: IncomingHttpHeaders; readonly form: Form }[] = [];
  const made: { answer: TwilioServer['answer'] } = { answer: () => null };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
      requests.push({ headers: request.headers, form });
      const answer =
        request.url === path ? (refusalOf(request.headers, form) ?? made.answer(form)) : { status: 404, code: 20404 };
      if (answer === 'silence') return;
      if (answer === 'cut') {
        request.socket.destroy();
        return;
      }
      const sid = `SM${String(taken.length + 1).padStart(32, '0')}`;
      if (answer === null) taken.push({ ...form, sid });
      const [status, body] = answer === null ? [201, resourceOf(sid, form)] : [answer.status, errorOf(answer)];
      response
        .writeHead(status, { 'content-type': 'application/json', ...(answer?.headers ?? {}) })
        .end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(made, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    requests,
    close: () => closed(server),
  });
}

/** Where messages are sent. */
export const path = `/2010-04-01/Accounts/${account}/Messages.json`;

/** What Twilio refuses by itself. */
function refusalOf({ authorization }: IncomingHttpHeaders, form: Form): Answer {
  if (authorization !== `Basic ${Buffer.from(`${account}:${authToken}`).toString('base64')}`)
    return { status: 401, code: 20003 };
  if (form.To === undefined) return { status: 400, code: 21604 };
  if (form.Body === undefined && form.ContentSid === undefined) return { status: 400, code: 21619 };
  if (form.From === undefined && form.MessagingServiceSid === undefined) return { status: 400, code: 21603 };
  return null;
}

function errorOf({ status, code }: { readonly status: number; readonly code?: number }): object {
  if (code === undefined) return {};
  const message = 'The number +33612345678 is told in the words of the provider';
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
}

/** What is said of a message that was taken. */
export function resourceOf(sid: string, form: Form): object {
  return {
    ...{
      account_sid: account,
      api_version: '2010-04-01',
      body: form.Body ?? '',
      date_created: 'Mon, 02 Mar 2026 10:00:00 +0000',
    },
    ...{
      date_sent: null,
      date_updated: 'Mon, 02 Mar 2026 10:00:00 +0000',
      direction: 'outbound-api',
      error_code: null,
    },
    ...{ error_message: null, from: form.From ?? null, messaging_service_sid: form.MessagingServiceSid ?? null },
    ...{ num_media: '0', num_segments: form.From === undefined ? '0' : '1', price: null, price_unit: 'USD', sid },
    ...{ status: form.From === undefined ? 'accepted' : 'queued', subresource_uris: {}, tags: {}, to: form.To },
    uri: `/2010-04-01/Accounts/${account}/Messages/${sid}.json`,
  };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** What Twilio sends to a callback: its parameters as a form, signed over the address as it knows it. */
export function signedCall(url: string, form: Form, token = authToken) {
  return {
    method: 'POST',
    url: url.replace(/^https?:\/\/[^/]+/, ''),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': twilio.getExpectedTwilioSignature(token, url, form),
    },
    payload: new URLSearchParams(form).toString(),
  } as const;
}
