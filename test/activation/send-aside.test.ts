/** An adapter in a thread of its own: the same outcomes, and a clear state when the thread dies. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendAside } from '../../engine/activation/dispatch/send-aside.ts';
import type { OutgoingMessage } from '../../engine/channels/adapter.ts';
import type { AdapterConfig } from '../../engine/channels/create-adapter.ts';
import { outgoing } from '../channels/messages.ts';
import { certificates, fcmServer, serviceAccount } from '../support/fcm-server.ts';

function root(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parcours-aside-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const log: AdapterConfig = { kind: 'log', path: 'sent.jsonl' };
const broken = outgoing({ about: null as never });

function aside(config: AdapterConfig, options: Partial<Parameters<typeof sendAside>[1]> = {}, program?: URL) {
  const adapter = sendAside(config, { root: root(), secret: () => undefined, ...options }, program);
  onTestFinished(() => adapter.close());
  return adapter;
}

const push = (i: number, change: Partial<OutgoingMessage> = {}) =>
  outgoing({ token: `${i % 1024}-${i}`, channel: 'push', to: `device-${i}`, title: 'Hola', text: 'Hoy', ...change });

/** Firebase's server, and an adapter of it whose account is what `account` says. */
async function firebase(account: () => string | undefined) {
  const server = await fcmServer();
  onTestFinished(() => server.close());
  const adapter = aside(
    { kind: 'firebase', serviceAccount: `\${secret.FIREBASE}`, baseUrl: server.url, caFile: 'localhost.pem' },
    { root: certificates, secret: account },
  );
  return { adapter, server };
}

describe('a batch', () => {
  it('leaves by the SDK, and each message has its own outcome', async () => {
    const { adapter, server } = await firebase(serviceAccount);
    server.answer = ({ token }) => (token === 'device-2' ? { status: 404, error: 'UNREGISTERED' } : null);
    expect(adapter.batchesAtOnce).toBeGreaterThan(1);
    const [first, second] = await Promise.all([adapter.send([push(1), push(2)]), adapter.send([push(3)])]);
    expect(first.map(({ kind }) => kind)).toEqual(['accepted', 'rejected']);
    expect(second.map(({ kind }) => kind)).toEqual(['accepted']);
    expect(server.taken.map(({ token }) => token).toSorted()).toEqual(['device-1', 'device-3']);
  });

  it('is waited for before it is closed', async () => {
    const folder = root();
    const adapter = aside(log, { root: folder });
    const sent = adapter.send([outgoing({ token: '1-1' }), outgoing({ token: '1-2' })]);
    await adapter.close();
    expect(await sent).toEqual([{ kind: 'accepted' }, { kind: 'accepted' }]);
    expect(readFileSync(join(folder, 'sent.jsonl'), 'utf8').match(/1-[12]/g)).toEqual(['1-1', '1-2']);
  });

  it('is sent with the secrets as they are then', async () => {
    let account: string | undefined;
    const { adapter } = await firebase(() => account);
    expect(await adapter.send([push(1)])).toEqual([{ kind: 'retry', reason: 'secret FIREBASE is not set' }]);
    account = serviceAccount();
    expect(await adapter.send([push(1)])).toMatchObject([{ kind: 'accepted' }]);
  });
});

describe('a fault', () => {
  it('of the adapter is told to who sends, without the words of the error, and the thread goes on', async () => {
    const adapter = aside(log);
    const [good, bad] = await Promise.allSettled([adapter.send([outgoing()]), adapter.send([outgoing(), broken])]);
    expect(good).toMatchObject({ value: [{ kind: 'accepted' }] });
    expect(bad).toMatchObject({ reason: { message: 'the adapter failed in its thread (TypeError)' } });
    expect(await adapter.send([outgoing()])).toEqual([{ kind: 'accepted' }]);
  });

  it('that ends the thread is told to who sends, and the next batch has a new one', async () => {
    const adapter = aside(
      log,
      {},
      program(
        'parentPort.on("message", ({ batch }) => batch === 1 ? parentPort.postMessage({ batch, outcomes: [] }) : process.exit(3))',
      ),
    );
    expect(await adapter.send([])).toEqual([]);
    await expect(adapter.send([outgoing()])).rejects.toThrow('the thread that sends died (it ended)');
    await expect(adapter.send([outgoing()])).rejects.toThrow('the thread that sends died (it ended)');
  });

  it('before the thread began has sent nothing', async () => {
    const adapter = aside(log, {}, program('throw new RangeError("of whom it was about")', ''));
    expect(await adapter.send([outgoing()])).toEqual([
      { kind: 'retry', reason: "the thread that sends can't start (RangeError)" },
    ]);
  });

  it('of handing a message over leaves nothing waiting', async () => {
    const adapter = aside(log);
    await expect(adapter.send([outgoing({ text: (() => 'no text') as never })])).rejects.toThrow('could not be cloned');
    expect(await adapter.send([outgoing()])).toEqual([{ kind: 'accepted' }]);
  });
});

/** A thread's program of its own, which says that it is there. */
function program(text: string, there = 'parentPort.postMessage("there");'): URL {
  const file = join(root(), 'program.mjs');
  writeFileSync(file, `import { parentPort } from 'node:worker_threads'; ${there} ${text}`);
  return pathToFileURL(file);
}
