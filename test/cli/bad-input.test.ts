/**
 * What users do wrong, by the command line: broken files, a store that doesn't answer, options that can't be. Each ends with one
 * clear message, exit code 1 and nothing written. The diagnostics themselves are held in test/config and test/compiler.
 */
import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine, shopFiles } from './command-line.ts';

let shop: CommandLine;
const servers: Server[] = [];

beforeAll(async () => {
  shop = await commandLine();
});
afterEach(() => shop.write(shopFiles));
afterAll(async () => {
  for (const server of servers) server.close();
  await shop.drop();
});

async function revisions(): Promise<number> {
  return shop.store.withSession(async (session) => {
    const rows = await session.query<{ n: number }>('select count(*) as n from parcours.revision');
    return rows[0]?.n ?? -1;
  });
}

/** A port at which something listens, or (closed at once) nothing does. */
async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

/** Answers each start of a session as a PostgreSQL server does that got a wrong password. */
function refusingServer(): Server {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      const fields = 'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "ana"\0\0';
      const message = Buffer.alloc(5 + fields.length);
      message.write('E', 0, 'latin1');
      message.writeInt32BE(4 + fields.length, 1);
      message.write(fields, 5, 'latin1');
      socket.end(message);
    });
  });
  servers.push(server);
  return server;
}

const mistakes = {
  'broken YAML': { 'segments.yaml': 'kind: segment\nid: [unclosed\n' },
  'a wrong type': { 'pressure.yaml': shopFiles['pressure.yaml'].replace('max: 1', 'max: lots') },
  'an unknown key': { 'channel.yaml': `${shopFiles['channel.yaml']}colour: red\n` },
  'an unknown reference': { 'journey.yaml': shopFiles['journey.yaml'].replace('template: thanks', 'template: thank') },
  'a cycle': {
    'segments.yaml':
      'kind: segment\nid: a\nwhere: [ { segment: b } ]\n---\nkind: segment\nid: b\nwhere: [ { segment: a } ]\n',
  },
  'a template with an unknown variable': {
    'template.yaml': 'kind: template\nid: thanks\nany:\n  en: { text: "Thank you {{contry}}" }\n',
  },
} as const;

describe.each(Object.entries(mistakes))('%s', (_name, files) => {
  it('ends plan and apply with what is wrong where, exit 1, and nothing written', async () => {
    const [file] = Object.keys(files) as [string];
    shop.write(files);
    for (const command of ['validate', 'plan', 'apply --yes']) {
      const { code, out, err } = await shop.run(command);
      expect(code).toBe(1);
      expect(command === 'validate' ? out : err).toMatch(new RegExp(`error\\[[A-Z]+\\d+\\][\\s\\S]*${file}:\\d+:\\d+`));
      expect(`${out}${err}`).not.toMatch(/at .*\.ts:\d+/);
    }
    expect(await revisions()).toBe(0);
  });

  it('is JSON when JSON is asked for', async () => {
    shop.write(files);
    for (const command of ['validate --format json', 'plan --json', 'apply --yes --json']) {
      const { code, out, err } = await shop.run(command);
      expect({ code, err }).toEqual({ code: 1, err: '' });
      expect(JSON.parse(out)).toMatchObject({ diagnostics: [{ severity: 'error' }] });
    }
  });
});

describe('a store that does not answer', () => {
  it('is told where it was looked for, without a stack', async () => {
    const server = createServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    const env = { DATABASE_URL: `postgres://ana:s3cret@127.0.0.1:${port}/shop` };
    for (const command of ['plan', 'apply --yes', 'status', 'members buyers', 'store status']) {
      const { code, out, err } = await shop.run(command, { env });
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(new RegExp(`^error\\[STORE_UNREACHABLE\\]: .*127\\.0\\.0\\.1:${port}.*DATABASE_URL`));
      expect(err.trimEnd()).not.toContain('\n');
      expect(err).not.toContain('s3cret');
    }
  });

  it('is one JSON value with --json', async () => {
    const env = { DATABASE_URL: 'postgres://127.0.0.1:1/shop' };
    const { code, out, err } = await shop.run('plan --json', { env });
    expect({ code, err, error: JSON.parse(out).error.code }).toEqual({ code: 1, err: '', error: 'STORE_UNREACHABLE' });
  });

  it('a wrong password is told as such, and not repeated', async () => {
    const port = await portOf(refusingServer());
    const env = { DATABASE_URL: `postgres://ana:s3cret@127.0.0.1:${port}/shop` };
    const { code, err } = await shop.run('apply --yes', { env });
    expect(code).toBe(1);
    expect(err).toMatch(/^error\[STORE_REFUSED\]: .*refused the password of role ana/);
    expect(err).not.toContain('s3cret');
  });

  it('an address that is none is told as such', async () => {
    const { code, err } = await shop.run('plan', { env: { DATABASE_URL: 'mysql://somewhere' } });
    expect(code).toBe(1);
    expect(err).toMatch(/^error\[STORE_UNREACHABLE\]: DATABASE_URL is not a PostgreSQL address/);
  });

  it('shows the stack to who asks for it', async () => {
    const env = { DATABASE_URL: 'postgres://127.0.0.1:1/shop', PARCOURS_DEBUG: '1' };
    expect((await shop.run('plan', { env })).err).toMatch(/\n\s+at /);
  });
});

describe('a command line that is wrong', () => {
  it.each([
    ['plan --now yesterday', /CLI_BAD_OPTION.*--now can't be "yesterday"/],
    ['run --once --until 2026-03-01', /CLI_BAD_OPTION.*exclude each other/],
    ['run --until 2026-03-01 --now 2026-04-01', /CLI_BAD_OPTION.*before the clock/],
    ['members buyers', /CLI_NOT_APPLIED.*parcours apply/],
    ['import orders orders.csv', /CLI_NOT_APPLIED/],
    ['plan --workspace nowhere', /CLI_NO_WORKSPACE.*parcours\.yaml/],
    ['planned', /unknown command 'planned'/],
    ['plan --jsn', /unknown option '--jsn'/],
    ['members', /missing required argument 'segment'/],
  ])('%s', async (line, expected) => {
    const { code, out, err } = await shop.run(line);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(expected);
  });

  it('help is no error', async () => {
    for (const command of ['', 'plan', 'apply', 'import', 'run', 'members', 'explain', 'status', 'report', 'store']) {
      const { code, out } = await shop.run(`${command} --help`);
      expect(code).toBe(0);
      expect(out).toMatch(/\$ parcours/);
    }
  });
});
