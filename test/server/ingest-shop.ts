/** A small shop that is told of over HTTP, and the server that listens for it. */
import { systemClock } from '../../engine/clock/clock.ts';
import { createServe, type ServeServer } from '../../engine/server/serve.ts';
import type { ListenAddress } from '../../engine/server/watch-server.ts';
import { type FaultStore, faultJourneys, faultStore } from '../faults/fault-store.ts';

export const webKey = 'web-key-0123456789abcdef';
export const posKey = 'pos-key-0123456789abcdef';

const sources = `kind: schema
id: web
events:
  page_viewed: { name: text, path: text, url: text }
  cart_filled: { items: integer, at: datetime, gift: boolean, tags: list, weight: number }
traits:
  age: { type: integer }
  vip: { type: boolean }
  born_on: { type: date }
  credit: { type: money }
  grade: { type: enum, values: [a, b] }
entities:
  company:
    key: company_id
    fields: { name: { type: text }, seats: { type: integer } }
    people: { member: { max: 100 } }
---
kind: source
id: web
type: api
write_keys: ["\${secret.WEB_KEY}"]
group: { entity: company, role: member }
consents: [{ purpose: newsletter, channel: email, column: context.consent.categoryPreferences.news }]
---
kind: source
id: pos
type: api
write_keys: ["\${secret.POS_KEY}"]
on_error: null
`;

export const ingestEnv = { WEB_KEY: webKey, POS_KEY: posKey };

export interface IngestShop {
  readonly fault: FaultStore;
  readonly server: ServeServer;
  readonly at: ListenAddress;
  /** Posts JSON with a write key; `body` a text is sent as it is. */
  post(path: string, body: unknown, options?: PostOptions): Promise<Posted>;
  drop(): Promise<void>;
}

export interface PostOptions {
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Posted {
  readonly status: number;
  readonly body: {
    readonly [key: string]: unknown;
    readonly error?: { readonly code: string; readonly message: string; readonly details?: readonly string[] };
  };
  readonly headers: Readonly<Record<string, unknown>>;
}

export async function ingestShop(): Promise<IngestShop> {
  const fault = await faultStore(faultJourneys, { 'web.yaml': sources });
  const server = await createServe({
    ...{
      store: fault.store,
      clock: systemClock,
      root: fault.root,
      env: ingestEnv,
      sessionsMax: 3,
      requestTimeoutMs: 400,
    },
  });
  const at = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...{ fault, server, at },
    async post(path, body, { key = webKey, headers = {} } = {}) {
      const response = await server.app.inject({
        ...{ method: 'POST', url: path },
        headers: { 'content-type': 'application/json', ...(key !== null && { authorization: basic(key) }), ...headers },
        payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      });
      return { status: response.statusCode, body: JSON.parse(response.body), headers: response.headers };
    },
    async drop() {
      await server.close();
      await fault.drop();
    },
  };
}

export function basic(key: string): string {
  return `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
}
