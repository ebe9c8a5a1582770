/** docs/operation.md can't drift from the engine: its commands take what it gives them, and its metrics and log events are all there are. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../engine/cli/catalogue.ts';
import { systemClock } from '../../engine/clock/clock.ts';
import { createMetrics } from '../../engine/server/metrics.ts';

const text = readFileSync(fileURLToPath(new URL('../../docs/operation.md', import.meta.url)), 'utf8');
const source = (path: string) => readFileSync(fileURLToPath(new URL(`../../engine/${path}`, import.meta.url)), 'utf8');

/** The words of each command line, without quotes and remarks. */
const lines = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .flatMap((match) => (match[1] as string).split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').replace(/"[^"]*"/g, 'text'))
  .filter((line) => line !== '')
  .map((line) => line.split(/\s+/));

async function commandOf(name: string): Promise<Command | null> {
  const entry = catalogue.find(({ usage }) => usage.split(' ')[0] === name);
  return entry === undefined ? null : (await entry.load())(async () => {});
}

describe('docs/operation.md', () => {
  it.each(lines.map((words) => [words.join(' '), words] as const))('`%s` is understood', async (_, words) => {
    const [npx, parcours, name = '', ...rest] = words;
    expect([npx, parcours]).toEqual(['npx', 'parcours']);
    const command = await commandOf(name);
    if (command === null) throw new Error(`there is no command ${name}`);
    for (const one of [command, ...command.commands]) one.exitOverride().action(() => {});
    await expect(command.parseAsync(rest, { from: 'user' })).resolves.toBeDefined();
  });

  it('names every metric, and none that is not there', async () => {
    const reader = { read: () => Promise.reject(new Error('no store')), close: async () => {} };
    const scraped = await createMetrics(reader, systemClock).text();
    const made = [...scraped.matchAll(/^# TYPE (parcours_\w+) /gm)].map((match) => match[1]);
    const named = [...text.matchAll(/`(parcours_\w+)(?:\{[^}]*\})?`/g)].map((match) => match[1]);
    expect([...new Set(named)].sort()).toEqual([...made].sort());
  });

  it('names every event of the log', () => {
    const events = [...source('server/run-log.ts').matchAll(/event: '(\w+)'/g)].map((match) => match[1] as string);
    expect(events.length).toBeGreaterThan(5);
    expect([...new Set(events)].filter((event) => !text.includes(`\`${event}\``))).toEqual([]);
  });
});
