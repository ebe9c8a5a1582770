/** Call lists over HTTP: who may read and work them off, what is said of whom, and what is refused. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { createServe } from '../../engine/server/serve.ts';
import { type Scenario, scenario } from '../activation/scenario.ts';
import { way } from '../activation/steps-yaml.ts';

const key = 'a-key-of-the-desk-0001';
const files = {
  'desk.yaml': `kind: channel
id: desk
type: call-list
capacity: { max: 3, calendar: day }
api_keys: ["\${secret.DESK_KEY}", "\${secret.NEXT_KEY}"]
---
kind: channel
id: quiet-desk
type: call-list
---
kind: channel
id: weak-desk
type: call-list
api_keys: ["\${secret.WEAK_KEY}"]
---
kind: consent
id: calls
channels: [call]
basis: legitimate-interest
`,
  'scenario.yaml': way(
    `  - id: ring
    call: { list: desk, script: first-order, within: 3d }
    then: [ { exit: spoken-to } ]
    otherwise: [ { exit: not-reached } ]`,
    'purpose: calls\n',
  ),
};

interface Answer {
  readonly status: number;
  readonly text: string;
  /** What the answers hold, each of them some of it. */
  readonly body: {
    readonly calls: readonly { readonly id: string; readonly identifiers: object }[];
    readonly left: number;
    readonly state: string;
    readonly error: { readonly code: string };
  };
}

interface Desk {
  readonly s: Scenario;
  ask(method: 'GET' | 'POST', url: string, body?: object, authorization?: string): Promise<Answer>;
}

/** Four people stand on the list of a server that runs. */
async function openDesk(): Promise<Desk> {
  const s = await scenario(files);
  const env = { DESK_KEY: key, WEAK_KEY: 'short' };
  const server = await createServe({ store: s.store, clock: s.clock, root: s.root, env });
  onTestFinished(() => server.close());
  const people = ['ana', 'ben', 'cat', 'dan'];
  await s.tell(people.map((who) => ({ who, traits: { phone: '+33612345678', first_name: 'Zelda' } })));
  await s.settle();
  await s.tell(people.map((who) => ({ who, type: 'signed_up' })));
  await s.settle();
  return {
    s,
    async ask(method, url, body, authorization = `Bearer ${key}`) {
      const payload = body === undefined ? {} : { payload: body };
      const answer = await server.app.inject({ method, url, headers: { authorization }, ...payload });
      const isJson = String(answer.headers['content-type']).includes('json');
      return { status: answer.statusCode, text: answer.body, body: (isJson ? answer.json() : {}) as Answer['body'] };
    },
  };
}

describe('the API of call lists', () => {
  it('opens a list to its own keys alone', async () => {
    const { ask } = await openDesk();
    expect((await ask('GET', '/v1/calls/desk')).status).toBe(200);
    for (const [url, header] of [
      ['/v1/calls/desk', 'Bearer another-key-of-a-desk'],
      ['/v1/calls/desk', ''],
      ['/v1/calls/quiet-desk', `Bearer ${key}`],
      ['/v1/calls/weak-desk', 'Bearer short'],
      ['/v1/calls/nowhere', `Bearer ${key}`],
    ] as const) {
      const { status, body } = await ask('GET', url, undefined, header);
      expect([status, body.error.code]).toEqual([401, 'unauthorized']);
    }
    expect((await ask('POST', '/v1/calls/desk/take', { agent: 'ida' }, 'Basic x')).status).toBe(401);
  });

  it('lists calls and names nobody', async () => {
    const { ask } = await openDesk();
    const { body, text } = await ask('GET', '/v1/calls/desk?limit=2');
    expect(body).toMatchObject({
      list: 'desk',
      waiting: 4,
      in_hand: 0,
      left: 3,
      capacity: { max: 3, calendar: 'day' },
    });
    expect(body.calls).toHaveLength(2);
    expect(body.calls[0]).toMatchObject({ journey: 'way', step: 'ring', script: 'first-order', hindered: null });
    expect(text).not.toMatch(/336|ana|Zelda/);
  });

  it('gives calls out once, as JSON or CSV, and hears how they went', async () => {
    const { s, ask } = await openDesk();
    const taken = (await ask('POST', '/v1/calls/desk/take', { agent: 'ida', limit: 2 })).body;
    expect(taken.calls.map(({ identifiers }) => identifiers)).toEqual([{ external_id: 'ana' }, { external_id: 'ben' }]);
    expect(taken.calls[0]).toMatchObject({ phone: '+33612345678' });
    expect(taken.left).toBe(1);
    const csv = await ask('POST', '/v1/calls/desk/take', { agent: 'leo', limit: 9, format: 'csv' });
    expect(csv.text.split('\r\n')).toHaveLength(3);
    expect(csv.text).toContain('+33612345678,cat');
    const [ana, ben] = taken.calls.map(({ id }) => id) as [string, string];
    expect((await ask('POST', `/v1/calls/desk/${ana}/close`, { outcome: 'yes', agent: 'leo' })).body.error.code).toBe(
      'in_other_hands',
    );
    expect((await ask('POST', `/v1/calls/desk/${ana}/close`, { outcome: 'yes', agent: 'ida' })).body).toEqual({
      ...{ id: ana, list: 'desk', journey: 'way', step: 'ring', state: 'closed' },
    });
    expect((await ask('POST', `/v1/calls/desk/${ana}/close`, { outcome: 'yes' })).body.error.code).toBe(
      'closed_before',
    );
    expect((await ask('POST', `/v1/calls/desk/${ben}/release`, { again: '2h' })).body.state).toBe('again');
    expect((await ask('POST', `/v1/calls/desk/${ben}/close`, { outcome: 'yes' })).body.error.code).toBe('not_in_hand');
    await s.advance('1min');
    expect((await s.ways())[0]).toBe('ana way spoken-to');
  });

  it('refuses what it does not know, and repeats nothing of it', async () => {
    const { ask } = await openDesk();
    const refused = [
      await ask('POST', '/v1/calls/desk/take', {}),
      await ask('POST', '/v1/calls/desk/take', { agent: '   ' }),
      await ask('POST', '/v1/calls/desk/take', { agent: 'ida', limit: 100_000 }),
      await ask('POST', '/v1/calls/desk/1-2/close', { outcome: 'Zelda' }),
      await ask('POST', '/v1/calls/desk/1-2/release', { again: 'soon' }),
      await ask('POST', '/v1/calls/desk/1-2/close', { outcome: 'yes' }),
      await ask('POST', '/v1/calls/desk/zelda/close', { outcome: 'yes' }),
    ];
    expect(refused.map(({ status, body }) => `${status} ${body.error.code}`)).toEqual([
      ...Array.from({ length: 5 }, () => '400 invalid_request'),
      ...['404 unknown_call', '404 unknown_call'],
    ]);
    expect(refused.map(({ text }) => text).join()).not.toMatch(/zelda/i);
  });
});
