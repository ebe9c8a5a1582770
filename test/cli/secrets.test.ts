/**
 * Secrets are planted in every place that takes one; then the program is run through all that prints or writes, and every output, every
 * file it wrote and every row of every table is searched for their bytes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reply, startSmtpServer, type TestSmtpServer } from '../channels/smtp-server.ts';
import { databaseUrl } from '../examples/database-url.ts';
import { type CommandLine, commandLine, type Ran, shopFiles } from './command-line.ts';

const planted = {
  /** With characters that URLs and base64 spell in another way. */
  password: 'pl4nted/p+ss w0rd&%',
  user: 'pl4nted-user@shop',
  hook: 'https://hooks.example/pl4nted-h00k?key=pl4nted+key',
  store: 'pl4nted-st0re',
  /** Of databases that nobody listens for. */
  database: 'pl4nted-d4tabase',
};
const reference = (name: string): string => `"\${secret.${name}}"`;

function filesFor(port: number): Readonly<Record<string, string>> {
  const { 'channel.yaml': _diary, ...files } = shopFiles;
  return {
    ...files,
    'parcours.yaml': `${shopFiles['parcours.yaml']}environments:
  staging:
    channels: { mail: { smtp: { password: ${reference('MAIL_PASSWORD')} } } }
    store: { url: ${reference('STORE_URL')} }
`,
    'schema.yaml': shopFiles['schema.yaml'].replace('traits:\n', 'traits:\n  email: { type: text }\n'),
    'channel.yaml': `kind: channel
id: mail
type: email
smtp: { host: 127.0.0.1, port: ${port}, from: "Shop <shop@shop.example>", user: ${reference('MAIL_USER')}, password: ${reference('BASE_PASSWORD')} }
`,
    'consent.yaml': 'kind: consent\nid: marketing\nchannels: [email]\nbasis: contract\n',
    'template.yaml': 'kind: template\nid: thanks\nany:\n  en: { subject: "Thanks", text: "Thank you" }\n',
    'journey.yaml': shopFiles['journey.yaml'].replace('diary', 'mail'),
    'source.yaml': shopFiles['source.yaml'].replace('country: country', 'email: email'),
    'orders.csv': 'order,customer,at,total,email\n1,c1,2026-03-01T10:00:00Z,12.50,ana@shop.example\n',
  };
}

let server: TestSmtpServer;
let shop: CommandLine;
let logins: { readonly user: string; readonly password: string }[];
let isLoginRefused: boolean;
const outputs: Ran[] = [];

beforeEach(async () => {
  [logins, isLoginRefused] = [[], false];
  outputs.length = 0;
  server = await startSmtpServer({
    options: {
      authOptional: false,
      allowInsecureAuth: true,
      onAuth({ username, password }, _session, done) {
        logins.push({ user: username ?? '', password: password ?? '' });
        if (isLoginRefused) done(reply(535, '5.7.8 Authentication failed'));
        else done(null, { user: username });
      },
    },
  });
  shop = await commandLine(filesFor(server.port));
});
afterEach(async () => {
  await server.stop();
  await shop.drop();
});

/** The store's address with the planted word in it: as password, which the test's server doesn't ask for. */
function storeUrl(): string {
  const url = new URL(databaseUrl(shop.store.connection));
  url.password = planted.store;
  return url.href;
}

function environment(): Readonly<Record<string, string>> {
  return {
    PATH: process.env.PATH ?? '',
    PARCOURS_SECRET_MAIL_PASSWORD: planted.password,
    BASE_PASSWORD: planted.password,
    MAIL_USER: planted.user,
    HOOK_URL: planted.hook,
    STORE_URL: storeUrl(),
    OTHER_URL: `postgres://me:${planted.database}@127.0.0.1:1/other`,
  };
}

async function run(line: string, expected: number | null = 0): Promise<void> {
  const ran = await shop.run(line, { env: environment() });
  outputs.push(ran);
  if (expected !== null) expect(ran.code, `${line}\n${ran.out}\n${ran.err}`).toBe(expected);
}

/** Each secret as it is, as URLs and base64 spell it, and as bytes are shown. */
function needles(): readonly string[] {
  const secrets = [planted.password, planted.user, planted.hook, planted.store, planted.database, storeUrl()];
  return secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ x: secret }).toString().slice(2),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(secret).toString('hex'),
    JSON.stringify(secret).slice(1, -1),
  ]);
}

/** The needles that stand in the text. */
function foundIn(text: string): readonly string[] {
  return needles().filter((needle) => text.includes(needle));
}

function textsBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
}

/** All rows of all tables and views, each as one text; bytes are hex there. */
async function rowsOfAllTables(): Promise<readonly string[]> {
  return shop.store.withSession(async (session) => {
    const tables = await session.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_schema not in ('pg_catalog', 'information_schema')`,
    );
    const rows: string[] = [];
    for (const { name } of tables) {
      for (const { row } of await session.query<{ row: string }>(`select t::text as row from ${name} t`))
        rows.push(row);
    }
    return rows;
  });
}

const formats = ['pretty', 'concise', 'json', 'github', 'sarif', 'junit'];

/** All that shows the files, with a webhook whose address is a secret. */
async function showFiles(): Promise<void> {
  shop.write({
    'hook.yaml': `kind: destination\nid: hook\ntype: webhook\nurl: ${reference('HOOK_URL')}\n`,
    'elsewhere.yaml': `kind: destination
id: warehouse
type: postgres
connection: ${reference('OTHER_URL')}
table: customer
---
kind: source
id: crm
type: postgres
connection: ${reference('OTHER_URL')}
query: select id from customer
cursor: id
identifiers: [{ type: external_id, column: id }]
`,
  });
  for (const format of formats) await run(`validate --env staging --format ${format}`);
  await run('validate --no-cache');
  await run('plan --env staging --json');
  await run('plan --env staging');
  for (const name of ['channel/mail', 'destination/hook', 'workspace/shop']) {
    await run(`show --env staging ${name}`);
    await run(`show --env staging ${name} --json`);
  }
  await run('list --env staging');
  await run('graph --env staging');
}

/** All that reads the store. */
async function showStore(): Promise<void> {
  for (const json of ['', ' --json']) {
    await run(`status --env staging${json}`);
    await run(`explain external_id:c1 --env staging${json}`);
    await run(`members buyers --env staging${json}`, null);
    await run(`report --env staging${json}`, null);
    await run(`store status --env staging${json}`);
  }
}

test('no secret is in any output, file or table after everything was run', async () => {
  await showFiles();
  await run('apply --env staging --yes --json');
  await run('import orders orders.csv --trigger --env staging --now 2026-03-01T11:00Z');
  await run('run --once --env staging --now 2026-03-01T11:00Z');
  expect(server.received.map(({ recipients }) => recipients)).toEqual([['ana@shop.example']]);
  expect(logins[0]).toEqual({ user: planted.user, password: planted.password });
  await showStore();
  await run('plan --env staging --detailed-exitcode');

  // A second person, to whom nothing gets out: the refusal of the login is kept and shown.
  isLoginRefused = true;
  shop.write({ 'more.csv': 'order,customer,at,total,email\n2,c2,2026-03-01T11:30:00Z,9.50,bea@shop.example\n' });
  await run('import orders more.csv --trigger --env staging --now 2026-03-01T12:00Z');
  await run('run --once --env staging --now 2026-03-01T12:00Z', null);
  await run('explain external_id:c2 --env staging', null);
  // Databases of others that can't be reached; why is kept with the delivery and the source.
  for (const json of ['', ' --json']) {
    await run(`destination run warehouse --env staging${json}`, 1);
    await run(`import crm --env staging${json}`, 1);
    await run(`quality crm --env staging${json}`, 1);
    await run(`destination log --env staging${json}`);
  }
  await showStore();

  // A store that can't be reached is told without its address's password.
  const lost = { ...environment(), STORE_URL: `postgres://me:${planted.store}@127.0.0.1:1/shop` };
  outputs.push(
    await shop.run('status --env staging', { env: lost }),
    await shop.run('status --env staging --json', { env: lost }),
  );
  expect(outputs.at(-1)?.code).toBe(1);

  expect(outputs.length).toBeGreaterThan(40);
  for (const { out, err } of outputs) expect(foundIn(out + err), out + err).toEqual([]);
  const files = textsBelow(join(shop.root, '.parcours'));
  expect(files.length).toBeGreaterThan(0);
  for (const text of files) expect(foundIn(text), text.slice(0, 2000)).toEqual([]);
  const rows = await rowsOfAllTables();
  expect(rows.some((row) => row.includes('ana@shop.example'))).toBe(true);
  for (const row of rows) expect(foundIn(row), row).toEqual([]);
});

test('the search finds what is there: the names of the secrets are in files and tables', async () => {
  await run('apply --env staging --yes');
  const rows = await rowsOfAllTables();
  expect(rows.some((row) => row.includes('secret.MAIL_PASSWORD'))).toBe(true);
  expect(foundIn(`x ${Buffer.from(planted.password).toString('base64')} y`)).not.toEqual([]);
});

test('an environment that is unknown, or whose secret is missing, is refused in words', async () => {
  const unknown = await shop.run('status --env stagin', { env: environment() });
  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('CMP260') });
  expect(unknown.err).toContain('staging');
  const { STORE_URL: _gone, ...without } = environment();
  const missing = await shop.run('status --env staging', { env: without });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the language's own form.
  expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('${secret.STORE_URL}') });
  expect((await shop.run('validate --env staging', { env: without })).code).toBe(0);
});
