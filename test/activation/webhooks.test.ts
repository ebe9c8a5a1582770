/** `webhook` steps: requests through the outbox, and where people go on when they are answered or given up. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginPause, endPause, type PauseRow } from '../../engine/store/pauses.ts';
import { type Scenario, scenario } from './scenario.ts';
import { logOf, signUp, way } from './steps-yaml.ts';

const files = (steps: string) => ({
  'crm.yaml': `kind: destination
id: crm
type: webhook
url: https://crm.shop.example/alerts
sign_with: \${secret.CRM_KEY}
`,
  'scenario.yaml': way(steps),
});

const tell = `  - id: alert
    webhook: { destination: crm, body: { alert: missed } }
    then: [ { exit: told } ]
    otherwise: [ { exit: untold } ]`;

const fileOf = (s: Scenario) => join(s.root, '.parcours/outbox/destination-crm.jsonl');

function requests(s: Scenario): readonly { readonly token: string; readonly data: unknown; readonly type: string }[] {
  if (!existsSync(fileOf(s))) return [];
  const lines = readFileSync(fileOf(s), 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const { token, text } = JSON.parse(line) as { readonly token: string; readonly text: string };
    return { token, ...(JSON.parse(text) as { readonly data: unknown; readonly type: string }) };
  });
}

describe('a webhook', () => {
  it('b3: holds the person until it is answered, and says who and where beside its body', async () => {
    const s = await scenario(files(tell));
    await signUp(s, 'ana');
    expect(requests(s)).toEqual([
      {
        token: expect.any(String),
        type: 'journey.webhook',
        timestamp: '2026-03-02T10:00:00.000Z',
        data: { alert: 'missed', person: { external_id: 'ana' }, journey: 'way', step: 'alert' },
      },
    ]);
    expect(await s.ways()).toEqual(['ana way told']);
    expect(await logOf(s)).toEqual(['alert answered']);
    // It is no message to the person.
    expect(await s.messages()).toEqual([]);
  });

  it('b2: is tried again, and takes the other way when it is given up', async () => {
    const s = await scenario(files(tell));
    mkdirSync(fileOf(s), { recursive: true });
    await signUp(s, 'ana');
    await signUp(s, 'ben');
    expect(await s.ways()).toEqual(['ana way at alert', 'ben way at alert']);
    await s.advance('2min');
    rmSync(fileOf(s), { recursive: true });
    await s.advance('10min');
    expect(await s.ways()).toEqual(['ana way told', 'ben way told']);
    expect(new Set(requests(s).map(({ token }) => token)).size).toBe(2);
    rmSync(fileOf(s));
    mkdirSync(fileOf(s), { recursive: true });
    await signUp(s, 'cat');
    await s.advance('2d');
    expect(await s.ways()).toContain('cat way untold');
    const [row] = await s.rows<{ state: string; reason: string }>(
      `select state, reason from parcours.webhook where state <> 'sent'`,
    );
    expect(row).toEqual({ state: 'failed', reason: expect.stringContaining('given up after 8 attempts') });
    expect(await logOf(s, 'cat')).toEqual(['alert given up']);
  });

  it('that is answered after the person left moves nobody; each round of a repeat makes its own', async () => {
    const s = await scenario(
      files(`  - id: life
    repeat: { every: 1d, max: 2 }
    steps:
      - id: alert
        webhook: { destination: crm }`),
    );
    await signUp(s, 'ana');
    await s.advance('3d');
    expect(requests(s).length).toBe(2);
    expect(await s.ways()).toEqual(['ana way completed']);
    const left = await scenario({
      ...files(tell),
      'scenario.yaml': way(tell, 'exit: [ { event: order_placed, as: bought } ]'),
    });
    mkdirSync(fileOf(left), { recursive: true });
    await signUp(left, 'ana');
    await left.advance('1min');
    await left.event('ana', 'order_placed', {});
    rmSync(fileOf(left), { recursive: true });
    await left.advance('1h');
    expect(requests(left).length).toBe(1);
    expect(await left.ways()).toEqual(['ana way bought']);
  });
});

describe('a pause', () => {
  const pause = (s: Scenario, resource: string, more: Partial<PauseRow> = {}) => {
    const row = {
      resource,
      since: s.clock.now(),
      until: null,
      on_resume: 'spread',
      why: 'a test',
      author: 'ops',
      ...more,
    };
    return s.store.withSession((session) => session.transaction((tx) => beginPause(tx, row as PauseRow)));
  };
  const resume = (s: Scenario, resource: string) =>
    s.store.withSession((session) =>
      session.transaction((tx) => endPause(tx, resource, { at: s.clock.now(), by: 'ops' })),
    );

  it('of a destination, a journey or the workspace holds requests, which leave within the hour after its end', async () => {
    const s = await scenario(files(tell));
    for (const resource of ['destination/crm', 'journey/way', 'workspace']) {
      mkdirSync(fileOf(s), { recursive: true });
      await signUp(s, `of ${resource}`);
      await pause(s, resource);
      rmSync(fileOf(s), { recursive: true });
      await s.advance('9h');
      expect(requests(s)).toEqual([]);
      await resume(s, resource);
      await s.advance('61min');
      expect(requests(s)).toHaveLength(1);
      expect(await s.ways()).toContain(`of ${resource} way told`);
      rmSync(fileOf(s));
    }
    // Held is no attempt: of those that there were, two at most were made before each pause began.
    expect(await s.rows(`select from parcours.outbox`)).toEqual([]);
  });

  it('that ends by itself lets them go then; with skip_late they are given up at once', async () => {
    const s = await scenario(files(tell));
    await pause(s, 'destination/crm', { until: new Date('2026-03-02T14:00:00Z') });
    await signUp(s, 'ana');
    await s.runUntil('2026-03-02T13:59:00Z');
    expect(await s.ways()).toEqual(['ana way at alert']);
    const [held] = await s.rows<{ attempt: number }>('select attempt from parcours.outbox');
    expect(held?.attempt).toBe(0);
    await s.runUntil('2026-03-02T15:01:00Z');
    expect(await s.ways()).toEqual(['ana way told']);
    await pause(s, 'destination/crm', { on_resume: 'skip_late' });
    await signUp(s, 'ben');
    expect(await s.ways()).toContain('ben way untold');
    const [given] = await s.rows<{ state: string; reason: string }>(
      `select state, reason from parcours.webhook where state <> 'sent'`,
    );
    expect(given).toEqual({ state: 'suppressed', reason: 'paused destination/crm' });
  });
});
