/** What the ingestion API refuses: each with a reason, and nothing of it is left anywhere. */
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { badRequests } from './bad-calls.ts';
import { basic, type IngestShop, ingestShop, webKey } from './ingest-shop.ts';

let shop: IngestShop;

beforeAll(async () => {
  shop = await ingestShop();
});
afterAll(() => shop.drop());

/** Rows of all tables that ingestion writes. */
const left = () =>
  shop.fault.rows(
    `select (select count(*) from parcours.profile) as people, (select count(*) from parcours.identifier) as identifiers,
       (select count(*) from parcours.inbox) as inbox, (select count(*) from parcours.seen_message) as seen,
       (select count(*) from parcours.entity) as rows, (select count(*) from parcours.rejected_call) as rejected`,
  );

it('refuses two hundred bad requests with a reason that quotes nothing, and keeps nothing', async () => {
  expect(badRequests.length).toBeGreaterThanOrEqual(200);
  expect(new Set(badRequests.map(({ name }) => name)).size).toBe(badRequests.length - 1);
  const before = await left();
  const wrong: unknown[] = [];
  for (const { name, path, body, status, headers, key } of badRequests) {
    const answer = await shop.post(path, body, { ...(key !== undefined && { key }), ...(headers && { headers }) });
    const text = JSON.stringify(answer.body);
    const isReason = answer.body.error !== undefined && answer.body.error.message.length > 10;
    if (answer.status !== status || !isReason || /bad"|flown|many"|Olympus/.test(text))
      wrong.push([name, answer.status, text]);
  }
  expect(wrong).toEqual([]);
  expect(await left()).toEqual(before);
});

it('refuses a body that arrives drop by drop', async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(shop.at.port, '127.0.0.1');
    const drops = setInterval(() => socket.write(' '), 20);
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(drops);
      resolve(text);
    });
    setTimeout(reject, 20_000, new Error('no answer')).unref();
    socket.write(
      `POST /v1/track HTTP/1.1\r\nhost: x\r\nauthorization: ${basic(webKey)}\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n{`,
    );
  });
  expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*"too_slow"/);
});
