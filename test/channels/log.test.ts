import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdapter } from '../../engine/channels/create-adapter.ts';
import { outgoing } from './messages.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'parcours-log-'));
});
afterAll(() => rm(root, { recursive: true }));

function logAdapter(path: string) {
  return createAdapter({ kind: 'log', path }, { root, secret: () => undefined });
}

async function linesOf(path: string): Promise<unknown[]> {
  const text = await readFile(join(root, path), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('each message is one line of JSON, in a file that is made with its folders', async () => {
  const path = '.parcours/outbox/push.jsonl';
  const outcomes = await logAdapter(path).send([
    outgoing({ token: '1-1', channel: 'push', title: 'Falta\nun paso', to: null }),
    outgoing({ token: '1-2' }),
  ]);
  expect(outcomes).toEqual([{ kind: 'accepted' }, { kind: 'accepted' }]);
  expect(await linesOf(path)).toEqual([
    {
      token: '1-1',
      channel: 'push',
      at: '2026-03-01T10:00:00.000Z',
      to: null,
      locale: 'es',
      subject: 'Hola Ana',
      title: 'Falta\nun paso',
      text: 'Tu primer pedido',
      journey: 'welcome',
      step: 'hello',
      template: 'first-order',
      profile: 9,
    },
    expect.objectContaining({ token: '1-2', to: 'ana@shop.example' }),
  ]);
});

test('batches are appended in their order, also by a second adapter', async () => {
  const first = logAdapter('a.jsonl');
  await first.send([outgoing({ token: '1-1' })]);
  await logAdapter('a.jsonl').send([outgoing({ token: '1-2' })]);
  await first.send([outgoing({ token: '1-3' })]);
  expect(await linesOf('a.jsonl')).toMatchObject([{ token: '1-1' }, { token: '1-2' }, { token: '1-3' }]);
});

test('half a line that a killed process left spoils no other', async () => {
  await appendFile(join(root, 'torn.jsonl'), '{"token":"0-0"}\n{"tok');
  await logAdapter('torn.jsonl').send([outgoing({ token: '1-1' })]);
  const lines = (await readFile(join(root, 'torn.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[2]!)).toMatchObject({ token: '1-1' });
});

test('a file that cannot be opened is a reason to try again', async () => {
  await writeFile(join(root, 'plain'), '');
  const outcomes = await logAdapter('plain/inside.jsonl').send([outgoing()]);
  expect(outcomes).toEqual([{ kind: 'retry', reason: expect.stringContaining('ENOTDIR') }]);
});
