/**
 * Environments and parameters: what is laid over documents, and from where. Each file of `test/fixtures/config/environments` gives
 * exactly the diagnostics that its markers say; its first line may name the environment.
 */
import { describe, expect, test } from 'vitest';
import { compile } from '../../engine/compiler/compile.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import type { Project } from '../../engine/config/project.ts';
import { renderPretty } from '../../engine/diagnostics/render-pretty.ts';
import { foundIn, markerFixtures } from '../support/marker-fixtures.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';

const fixtures = markerFixtures('config/environments');

test.each(fixtures)('$name is told where it was made', async ({ text, expected }) => {
  const environment = /^# --env (\S+)/.exec(text)?.[1] ?? null;
  const { project, diagnostics } = await loadProject(writeWorkspace({ 'parcours.yaml': text }), { environment });
  expect(expected.length).toBeGreaterThan(0);
  expect(foundIn(diagnostics, 'parcours.yaml'), renderPretty(diagnostics, project.files)).toEqual(expected);
});

const secret = (name: string): string => `"\${secret.${name}}"`;
const param = (name: string): string => `"\${param.${name}}"`;
const workspace = `kind: workspace
id: shop
zone: UTC
currency: EUR
locale: en
parameters:
  patience: { type: duration, default: 3d }
  most: { type: integer, default: 3 }
  word: { type: text, default: 01 }
environments:
  staging:
    channels:
      email: { smtp: { host: mail.staging.example, password: ${secret('STAGING_PASSWORD')} } }
      text: sandbox
    parameters: { patience: 1h, most: 9 }
    allow: [Tester@shop.example]
  sandbox:
    channels: { email: sandbox }
  closed: { channels: sandbox }
`;
const rest = `kind: channel
id: email
type: email
smtp: { host: mail.example, port: 587, from: "Shop <shop@shop.example>", user: ${secret('USER')} }
---
kind: channel
id: text
type: sms
via: log
log: { path: outbox/text.jsonl }
---
kind: pressure
id: house
caps: [ { id: weekly, max: ${param('most')}, rolling: 7d } ]
valid_for: ${param('patience')}
---
kind: segment
id: named
where: { trait: locale, is: ${param('word')} }
`;

async function load(environment: string | null, more = ''): Promise<Project> {
  const root = writeWorkspace({ 'parcours.yaml': workspace, 'rest.yaml': rest + more });
  const { project, diagnostics } = await loadProject(root, { environment });
  expect(renderPretty(diagnostics, project.files)).toBe('');
  return project;
}

function bodyOf(project: Project, name: string): unknown {
  return compile(project).bundle?.resources.find(({ kind, id }) => `${kind}/${id}` === name)?.body;
}

describe('an environment', () => {
  test('that nobody names changes nothing: parameters have their defaults, as they are spelled', async () => {
    const project = await load(null);
    expect(bodyOf(project, 'pressure/house')).toMatchObject({
      caps: [{ max: 3 }],
      validFor: { months: 0, days: 3, ms: 0 },
    });
    expect(bodyOf(project, 'channel/email')).toMatchObject({ via: { host: 'mail.example', port: 587 } });
    expect(bodyOf(project, 'segment/named')).toMatchObject({ where: { test: { op: 'is', value: '01' } } });
    expect(bodyOf(project, 'workspace/shop')).not.toHaveProperty('allow');
  });

  test('patches channels key by key, parameters, and whom messages may reach', async () => {
    const project = await load('staging');
    expect(bodyOf(project, 'channel/email')).toMatchObject({
      via: { kind: 'smtp', host: 'mail.staging.example', port: 587, user: secret('USER').slice(1, -1) },
    });
    expect(bodyOf(project, 'pressure/house')).toMatchObject({ caps: [{ max: 9 }], validFor: { ms: 3_600_000 } });
    expect(bodyOf(project, 'workspace/shop')).toMatchObject({ allow: ['tester@shop.example'] });
  });

  test('makes a sandbox of a channel: its messages go to a file', async () => {
    const project = await load('sandbox');
    expect(bodyOf(project, 'channel/email')).toMatchObject({
      via: { kind: 'log', path: '.parcours/outbox/email.jsonl' },
    });
  });

  test('makes a sandbox of all channels at once', async () => {
    const project = await load('closed');
    const paths = ['email', 'text'].map((id) => (bodyOf(project, `channel/${id}`) as { via: object }).via);
    expect(paths).toEqual([
      { kind: 'log', path: '.parcours/outbox/email.jsonl' },
      { kind: 'log', path: 'outbox/text.jsonl' },
    ]);
  });

  test('leaves no way out of the sandbox, whatever carries a channel', async () => {
    const channels = `kind: channel
id: mail
type: email
smtp: { host: mail.example, port: 587, from: a@shop.example, tls: required }
tracking: { clicks: false }
rate: { per_second: 5 }
---
kind: channel
id: text
type: sms
twilio: { account_sid: ${secret('SID')}, auth_token: ${secret('TOKEN')}, from: "+33755530000" }
intents: { human: [agent] }
---
kind: channel
id: chat
type: whatsapp
twilio: { account_sid: ${secret('SID')}, auth_token: ${secret('TOKEN')}, from: "+33755530000" }
cost: { default: 0.08 EUR }
---
kind: channel
id: app
type: push
firebase: { service_account: ${secret('FIREBASE')} }
---
kind: channel
id: hook
type: webhook
webhook: { url: https://hook.example/x }
---
kind: channel
id: post
type: print
print:
  every: week
  at: "06:00"
  path: "post/{date}.csv"
  address: { name: first_name, street: street, postcode: postcode, city: city, country: country }
---
kind: channel
id: ads
type: audience
audience: { platform: google, path: "ads/{date}-{time}-{change}.csv", every: hour }
---
kind: channel
id: desk
type: call-list
---
kind: channel
id: site
type: on-site
`;
    const closed =
      'kind: workspace\nid: shop\nzone: UTC\ncurrency: EUR\nlocale: en\nenvironments: { closed: { channels: sandbox } }\n';
    const traits = ['email', 'phone', 'push_token', 'first_name', 'country', 'street', 'postcode', 'city'];
    const schema = `kind: schema\nid: shop\ntraits: { ${traits.map((name) => `${name}: { type: text }`).join(', ')} }\n`;
    const root = writeWorkspace({ 'parcours.yaml': closed, 'channels.yaml': channels, 'schema.yaml': schema });
    const { project, diagnostics } = await loadProject(root, { environment: 'closed' });
    expect(diagnostics.map(({ code, detail }) => `${code} ${detail}`)).toEqual([]);
    const ways = project.resources.flatMap(({ kind, id, body }) =>
      kind === 'channel' ? [`${id} ${body.via ?? ''}`] : [],
    );
    const [, ...others] = ['all', 'mail', 'text', 'chat', 'app', 'hook', 'post', 'ads'].map((id) => `${id} log`);
    expect(ways.sort()).toEqual([...others, 'desk ', 'site '].sort());
    const compiled = compile(project).bundle?.resources.flatMap((one) => (one.kind === 'channel' ? [one] : [])) ?? [];
    const caught = compiled.filter(({ body }) => body.via.kind === 'log').map(({ id }) => `${id} log`);
    expect(caught.sort()).toEqual([...others].sort());
  });

  test('gives the digest of its values, however they are said', async () => {
    const written = rest.replace(param('most'), '3').replace(param('patience'), '3d').replace(param('word'), '"01"');
    const root = writeWorkspace({ 'parcours.yaml': workspace, 'rest.yaml': written });
    const plain = compile((await loadProject(root)).project).bundle;
    expect(compile(await load(null)).bundle?.digest).toBe(plain?.digest);
    expect(compile(await load('staging')).bundle?.digest).not.toBe(plain?.digest);
  });

  test('shows what it patched at its own place', async () => {
    const email = (await load('staging')).resources.find(({ id }) => id === 'email');
    expect(email?.locate(['smtp', 'host'])).toMatchObject({ file: 'parcours.yaml', line: 13 });
    expect(email?.locate(['smtp', 'port'])).toMatchObject({ file: 'rest.yaml', line: 4 });
    expect(email?.sourceText(['smtp', 'host'])).toBe('mail.staging.example');
  });

  test('is refused by the compiler where its values have no meaning', async () => {
    const project = await load(
      'staging',
      `---\nkind: segment\nid: late\nwhere: { trait: zone, gte: ${param('most')} }\n`,
    );
    expect(compile(project).diagnostics.map(({ code, range }) => [code, range?.file])).toContainEqual([
      'CMP021',
      'rest.yaml',
    ]);
  });
});
