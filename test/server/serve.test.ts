/** The HTTP server of `parcours serve` without any room's routes: health, errors, limits, documents, and its end. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../engine/clock/clock.ts';
import { createServe, type ServeServer } from '../../engine/server/serve.ts';
import type { AddRoutes } from '../../engine/server/serve-context.ts';
import { ServeError } from '../../engine/server/serve-error.ts';
import { type FaultStore, faultStore } from '../faults/fault-store.ts';

let fault: FaultStore;
let server: ServeServer;
const failures: string[] = [];

const odd: AddRoutes = (app, { live, sessions }) => {
  app.get('/odd/secret', async () => {
    throw new Error('ana@shop.example broke it');
  });
  app.get('/odd/refused', async () => {
    throw new ServeError(429, 'too_much', 'Too much at once.', { retryAfter: 3, details: ['/a: why'] });
  });
  app.post('/odd/body', { bodyLimit: 100 }, async (request) => ({ got: request.body }));
  app.get('/odd/live', async () => ({
    revision: (await live.read())?.revision,
    journeys: (await live.read())?.program.journeys.size,
    rows: await sessions.run((session) => session.query('select 1 as one')),
  }));
  app.get('/odd/lost', async () =>
    sessions.run((session) => session.query('select pg_terminate_backend(pg_backend_pid())')),
  );
  app.get('/odd/wrong', async () => sessions.run((session) => session.query('select 1 / 0')));
};

beforeAll(async () => {
  fault = await faultStore();
  const { allRoutes } = await import('../../engine/server/routes/all.ts');
  server = await createServe({
    ...{ store: fault.store, clock: systemClock, root: fault.root, env: {}, sessionsMax: 2, requestTimeoutMs: 300 },
    onFailure: ({ code, route }) => failures.push(`${code} ${route}`),
    routes: [...allRoutes, odd],
  });
});
afterAll(async () => {
  await server.close();
  await fault.drop();
});

const ask = (url: string, options: object = {}) => server.app.inject({ url, ...options });

describe('health', () => {
  it('says that the process lives and that a revision is live', async () => {
    expect((await ask('/healthz')).json()).toEqual({ status: 'ok' });
    const ready = await ask('/readyz');
    expect([ready.statusCode, ready.json()]).toEqual([200, { status: 'ready', revision: 1 }]);
  });
});

describe('what is refused', () => {
  it('is JSON with a code and words, also of an address that is nowhere', async () => {
    const { statusCode, body } = await ask('/nowhere?email=ana@shop.example');
    expect(statusCode).toBe(404);
    expect(JSON.parse(body)).toEqual({
      error: { code: 'not_found', message: 'There is nothing here. /docs tells what there is.' },
    });
  });

  it('keeps the words of a fault to itself', async () => {
    const { statusCode, body } = await ask('/odd/secret');
    expect([statusCode, JSON.parse(body).error.code]).toEqual([500, 'internal']);
    expect(body).not.toContain('ana');
    expect(failures).toContain('internal /odd/secret');
  });

  it('says when to come again, and details', async () => {
    const { statusCode, headers, body } = await ask('/odd/refused');
    expect([statusCode, headers['retry-after']]).toEqual([429, '3']);
    expect(JSON.parse(body)).toEqual({
      error: { code: 'too_much', message: 'Too much at once.', details: ['/a: why'] },
    });
  });

  it.each([
    ['{"a":', 400, 'invalid_json'],
    ['', 400, 'empty_body'],
    ['{"__proto__": {"a": 1}}', 400, 'invalid_json'],
    [JSON.stringify('x'.repeat(200)), 413, 'body_too_large'],
  ])('%# never quotes the body', async (payload, status, code) => {
    const headers = { 'content-type': 'application/json' };
    const { statusCode, body } = await ask('/odd/body', { method: 'POST', payload, headers });
    expect([statusCode, JSON.parse(body).error.code]).toEqual([status, code]);
  });

  it('is a body of another type', async () => {
    const headers = { 'content-type': 'application/xml' };
    const { statusCode, body } = await ask('/odd/body', { method: 'POST', payload: '<a/>', headers });
    expect([statusCode, JSON.parse(body).error.code]).toEqual([415, 'unsupported_media_type']);
  });

  it('is a request that takes too long', async () => {
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(port, '127.0.0.1');
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      socket.write(
        'POST /odd/body HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"a"',
      );
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*"too_slow"/);
  });
});

describe('what routes are given', () => {
  it('is the live revision, linked, and sessions', async () => {
    expect((await ask('/odd/live')).json()).toEqual({ revision: 1, journeys: 6, rows: [{ one: 1 }] });
  });

  it('is a pool that outlives lost sessions and wrong statements', async () => {
    const lost = await ask('/odd/lost');
    expect([lost.statusCode, lost.headers['retry-after'], lost.json().error.code]).toEqual([
      503,
      '5',
      'store_unavailable',
    ]);
    expect((await ask('/odd/wrong')).statusCode).toBe(500);
    const all = await Promise.all(Array.from({ length: 12 }, () => ask('/odd/live')));
    expect(all.map(({ statusCode }) => statusCode)).toEqual(Array(12).fill(200));
  });
});

interface Operation {
  readonly summary: string;
  readonly tags?: readonly string[];
  readonly responses: Readonly<Record<string, unknown>>;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
}

describe('/docs', () => {
  it('is a page and an OpenAPI document of the routes', async () => {
    const page = await ask('/docs');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toContain('<code>GET /healthz</code>');
    const { openapi, paths } = (await ask('/docs/openapi.json')).json();
    expect(openapi).toBe('3.1.0');
    expect(paths['/readyz'].get.summary).toBe('Whether the store answers and a revision is live.');
    expect(paths['/docs']).toBeUndefined();
  });

  it('says of every route what it is for, how it is opened and what it answers', async () => {
    const { paths, tags, components } = (await ask('/docs/openapi.json')).json();
    const known = new Set(tags.map(({ name }: { name: string }) => name));
    const operations = Object.entries(paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
    );
    expect(operations.length).toBeGreaterThan(20);
    // The others are of this test.
    const ours = operations.filter(({ tags: own }) => own !== undefined);
    expect(operations.filter((one) => !ours.includes(one)).map(({ name }) => name)).toEqual(
      operations.map(({ name }) => name).filter((name) => name.includes('/odd')),
    );
    for (const { name, summary, tags: own, responses, security, parameters = [] } of ours) {
      expect([name, summary]).toEqual([name, expect.stringMatching(/^[A-Z].*[.,]?/)]);
      expect([name, own?.filter((tag) => known.has(tag))]).toEqual([name, own]);
      expect([name, Object.keys(responses).some((status) => /^(4|5|default)/.test(status))]).toEqual([name, true]);
      const named = [...name.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const part of named) expect([name, parameters.some((one) => one.name === part)]).toEqual([name, true]);
      for (const scheme of (security ?? []).flatMap((one) => Object.keys(one))) {
        expect(Object.keys(components.securitySchemes)).toContain(scheme);
      }
      if (own?.some((tag) => ['ingestion', 'calls', 'loyalty', 'site'].includes(tag))) {
        expect([name, security?.length]).toEqual([name, 1]);
      }
    }
  });
});
