/** The queue that adapters send by: how many are on their way, in which order, and who is told what when the provider is down. */
import { describe, expect, it } from 'vitest';
import type { OutgoingMessage, SendOutcome } from '../../engine/channels/adapter.ts';
import { sendQueue, type Tried } from '../../engine/channels/send-queue.ts';
import { outgoing } from './messages.ts';

const accepted: SendOutcome = { kind: 'accepted' };
const down: SendOutcome = { kind: 'retry', reason: 'down' };

function batch(name: string, count: number): readonly OutgoingMessage[] {
  return Array.from({ length: count }, (_, i) => outgoing({ token: `${name}${i}` }));
}

/** A provider that answers when it is told to. */
function provider() {
  const begun: string[] = [];
  const open: ((tried: Tried) => void)[] = [];
  const sendOne = ({ token }: OutgoingMessage) =>
    new Promise<Tried>((resolve) => {
      begun.push(token);
      open.push(resolve);
    });
  const answer = async (tried: Tried = { outcome: accepted }) => {
    open.shift()?.(tried);
    await new Promise(setImmediate);
  };
  return { begun, answer, sendOne };
}

describe('a queue of messages', () => {
  it('has no more on their way than it is wide, whatever the number of batches', async () => {
    const { begun, answer, sendOne } = provider();
    const send = sendQueue(3, sendOne);
    const sent = Promise.all([send(batch('a', 2), null), send(batch('b', 4), null)]);
    expect(begun).toEqual(['a0', 'a1', 'b0']);
    await answer();
    expect(begun).toEqual(['a0', 'a1', 'b0', 'b1']);
    for (let i = 0; i < 5; i += 1) await answer();
    expect((await sent).map((outcomes) => outcomes.length)).toEqual([2, 4]);
  });

  it('begins the next batch while the last message of one before it is on its way', async () => {
    const { begun, answer, sendOne } = provider();
    const send = sendQueue(2, sendOne);
    const [first, second] = [send(batch('a', 1), null), send(batch('b', 2), null)];
    expect(begun).toEqual(['a0', 'b0']);
    for (let i = 0; i < 3; i += 1) await answer();
    expect([await first, await second]).toEqual([[accepted], [accepted, accepted]]);
  });

  it('tries nothing more of a batch whose provider is down, and asks again with the next', async () => {
    const { begun, answer, sendOne } = provider();
    const send = sendQueue(1, sendOne);
    const [first, second] = [send(batch('a', 3), null), send(batch('b', 1), null)];
    await answer({ outcome: down, rest: down });
    await answer();
    expect(begun).toEqual(['a0', 'b0']);
    expect([await first, await second]).toEqual([[down, down, down], [accepted]]);
  });

  it('hands on what is thrown, for the batch alone', async () => {
    const send = sendQueue(2, async ({ token }: OutgoingMessage) => {
      if (token.startsWith('a')) throw new Error('bug');
      return { outcome: accepted };
    });
    const [first, second] = [send(batch('a', 3), null), send(batch('b', 2), null)];
    await expect(first).rejects.toThrow('bug');
    expect(await second).toEqual([accepted, accepted]);
    expect(await send([], null)).toEqual([]);
  });
});
