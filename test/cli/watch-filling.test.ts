/** The bar beside a run at a terminal. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillingLine } from '../../engine/cli/views/filling-view.ts';
import type { Output } from '../../engine/cli/views/output.ts';
import { watchFilling } from '../../engine/cli/watch-filling.ts';
import { type CommandLine, commandLine } from './command-line.ts';

function terminal(isNoteTerminal: boolean): Output & { readonly notes: string[] } {
  const notes: string[] = [];
  return {
    notes,
    write: () => {},
    note: (text) => void notes.push(text),
    isColoured: false,
    isNoteTerminal,
    ask: null,
  };
}

describe('the bar of a fill', () => {
  let shop: CommandLine;
  beforeAll(async () => {
    shop = await commandLine();
    await shop.run('apply --yes --now 2026-03-01');
  });
  afterAll(() => shop.drop());

  it('is shown at a terminal, and cleared at the end', async () => {
    const output = terminal(true);
    const watch = watchFilling(shop.store, output);
    while (output.notes.length === 0) await delay(20);
    await watch.stop();
    expect(output.notes[0]).toBe(
      '\r\u001b[K[------------------------] 0 of 1,024 lanes: filling segment buyers, segment locals',
    );
    expect(output.notes.at(-1)).toBe('\r\u001b[K');
  });

  it('is not shown elsewhere', async () => {
    const output = terminal(false);
    await watchFilling(shop.store, output).stop();
    expect(output.notes).toEqual([]);
  });

  it('says how far lanes are and what is filled, and nothing when all is', () => {
    const unfilled = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ kind: 'segment' as const, id, filled: 512 }));
    expect(fillingLine({ lanes: 1_024, behind: 512, unfilled })).toBe(
      '[############------------] 512 of 1,024 lanes: filling segment a, segment b, segment c and 2 more',
    );
    expect(fillingLine({ lanes: 1_024, behind: 0, unfilled: [] })).toBe('');
  });
});
