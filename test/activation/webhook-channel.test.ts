/** Messages of a channel that are posted to a program of the shop's own: what it is told, and what its answers mean for the message. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createEngine } from '../../engine/activation/engine.ts';
import { systemClock } from '../../engine/clock/clock.ts';
import { scenario } from './scenario.ts';
import { way } from './steps-yaml.ts';

it('a message is posted, signed; a redirect is no success and is never followed, and the message leaves at the next try', async () => {
  const got: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  let isMoved = true;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      response.writeHead(isMoved ? 302 : 204, isMoved ? { location: '/elsewhere', 'retry-after': '0' } : {}).end();
      isMoved = false;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const key = `whsec_${Buffer.from('a key that nobody knows').toString('base64')}`;
  const { port } = server.address() as AddressInfo;
  const s = await scenario(
    {
      'letters.yaml': `kind: channel
id: letters
type: webhook
webhook: { url: "http://127.0.0.1:${port}/send", sign_with: "\${secret.KEY}", allow_private: true }
---
kind: consent
id: letters
channels: [webhook]
basis: legitimate-interest
`,
      'scenario.yaml': way('  - id: letter\n    send: { channel: letters, template: named }', 'purpose: letters\n'),
    },
    { start: new Date(systemClock.now().getTime() - 60_000).toISOString() },
  );
  await s.person({ external_id: 'ana', traits: { first_name: 'Ana' } });
  s.block('letters');
  await s.event('ana', 'signed_up');
  expect(await s.messages()).toMatchObject([{ state: 'queued' }]);
  // A simulation calls nobody: the rest is the engine's own doing, by the time of the host.
  await s.rows(`update parcours.outbox set due_at = now() - interval '1 second', attempt = 0`);
  const engine = createEngine({ store: s.store, clock: systemClock, root: s.root, env: { KEY: key } });
  await engine.runOnce();
  await s.rows(`update parcours.outbox set due_at = now() - interval '1 second'`);
  await engine.runOnce();
  expect(got).toHaveLength(2);
  const [{ headers, body }] = got.slice(-1) as [(typeof got)[number]];
  expect(JSON.parse(body)).toMatchObject({
    type: 'message',
    data: {
      journey: 'way',
      step: 'letter',
      template: 'named',
      person: { external_id: 'ana' },
      text: 'Hello Ana',
      locale: 'en',
    },
  });
  expect(headers['webhook-id']).toBe(got[0]?.headers['webhook-id']);
  const signed = createHmac('sha256', 'a key that nobody knows').update(
    `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`,
  );
  expect(headers['webhook-signature']).toBe(`v1,${signed.digest('base64')}`);
  expect(await s.messages()).toMatchObject([{ state: 'sent' }]);
});
