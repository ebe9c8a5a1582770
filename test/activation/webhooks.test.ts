/** `webhook` steps: requests through the outbox, and where people go on when they are answered or given up. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
