/** Writes that nobody waits for: which failure is told, and that none is lost. */
import { expect, it } from 'vitest';
import { writesOfBatch } from '../../engine/activation/writes.ts';
import { TransactionOverError } from '../../engine/store/session.ts';

const failed = (code: string) => Object.assign(new Error(code), { code });
const [cause, aborted, over] = [failed('22012'), failed('25P02'), new TransactionOverError()];

it('a failure that caused others is told, whichever of them is seen first', async () => {
  for (const [seen, written] of [
    [aborted, cause],
    [over, cause],
    [cause, over],
    [cause, aborted],
  ] as const) {
    const writes = writesOfBatch();
    writes.later(Promise.reject(over));
    writes.later(Promise.reject(written));
    await expect(writes.blame(seen)).rejects.toBe(cause);
  }
});

it('a write that was asked for behind the commit is told, since it is lost', async () => {
  const writes = writesOfBatch();
  writes.later(Promise.resolve());
  await writes.settled();
  writes.later(Promise.reject(over));
  await expect(writes.settled()).rejects.toBe(over);
});
