/**
 * `npm run demo`: the root workspace on made-up people, from files to a report. It runs the same commands that a user would type
 * and prints each of them; only the data and the first revision are made by the files beside it.
 */

import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '#engine/cli/run-cli';
import { optimizeLate } from '#engine/cli/v8-settings';
import { processOutput } from '#engine/cli/views/output';
import { elapsedMs, jumpingClock } from '#engine/clock/clock';
import type { Store } from '#engine/store/store';
import { StoreError } from '#engine/store/store-error';
import { applyGround } from './apply-ground.ts';
import { dayMs } from './behaviour.ts';
import { type DemoData, historyDays, liveDays, writeDemo } from './generate.ts';
import { dataAside } from './make-data.ts';
import { findTellingPerson } from './queries.ts';
import { claimStore } from './store-of-demo.ts';

const seed = 1;
const profiles = 5000;
const events = 60_000;
const start = new Date('2026-03-02T00:00:00Z');
const end = new Date(start.getTime() + liveDays * dayMs);

/** Built, the demo lies in `dist/demo`. */
const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const directory = join(root, '.parcours/demo');
const streams = processOutput(process.env);
/** How fast the machine is stays out of what is printed, so that the same seed prints the same text. Nothing asks. */
const output = {
  ...streams,
  ask: null,
  write: (text: string) => streams.write(text.replace(/, [\d,]+ rows a second/, '')),
};

optimizeLate();
process.exitCode = await demo().catch((error: unknown) => {
  if (!(error instanceof StoreError)) throw error;
  output.note(`${error.message}\n`);
  return 1;
});

async function demo(): Promise<number> {
  const began = elapsedMs();
  // Nothing is written before the store is known to be the demo's.
  const [store, data] = await Promise.all([
    claimStore({ root, directory, env: process.env }),
    dataAside({ seed, profiles, events, start }),
  ]);
  if (store === null) {
    output.note(
      "The store of this workspace holds something that is not the demo's, and the demo would empty it. Nothing was touched.\n" +
        'Run `npx parcours store reset` if it may go, or give the demo a database of its own by DATABASE_URL.\n',
    );
    return 1;
  }
  for (const step of steps(store, data)) {
    const code = await step();
    if (code !== 0) return code;
  }
  await tellWhatNext(store);
  output.note(`\n(${((elapsedMs() - began) / 1000).toFixed(0)} s)\n`);
  return 0;
}

/** One after the other; each gives an exit code. */
function steps(store: Store, data: DemoData): readonly (() => Promise<number>)[] {
  const at = ['--now', start.toISOString()];
  const file = (name: string) => relative(root, join(directory, name));
  return [
    async () => tellOfData(data),
    () => parcours('Are the files right?', 'validate'),
    async () => {
      heading('Lay the ground: everything but the journeys, so that history finds its place and starts nothing');
      const count = await applyGround(store, root, jumpingClock(start));
      output.write(`Revision 1: ${count} resources, no journey.\n`);
      return 0;
    },
    () => parcours('Who is there: the accounts', 'import', 'retailers', file('retailers.csv'), ...at),
    () => parcours('What they did so far', 'import', 'activity', file('history.jsonl'), ...at),
    () => parcours('What would the journeys do to these people?', 'plan', ...at),
    () => parcours('Do it', 'apply', '--yes', '--no-impact', ...at),
    () =>
      parcours(
        'What is to come: each line waits for its time',
        'import',
        'activity',
        file('live.jsonl'),
        '--trigger',
        ...at,
      ),
    () => parcours(`${liveDays} days pass`, 'run', '--until', end.toISOString(), '--tick', '15min', ...at),
    () => parcours('What came of it', 'report'),
    () =>
      parcours(
        'The points: what was given, spent, lost, and what is owed',
        'loyalty',
        'red-points',
        '--now',
        end.toISOString(),
      ),
    () => parcours('The same of the brand that pays for its own', 'loyalty', 'cola-brand', '--now', end.toISOString()),
  ];
}

function tellOfData(data: DemoData): number {
  heading(`Make ${profiles} retailers and ${events} events (seed ${seed})`);
  writeDemo(data, directory);
  const { counts } = data;
  output.write(
    `${counts.retailers} retailers known on ${day(start)} with ${counts.history} events of the ${historyDays} days before;\n` +
      `${counts.registeredLater} more register in the ${liveDays} days after, which hold ${counts.live} events.\n` +
      'People do here what they do whether we write to them or not: the demo shows what the engine does, not what messages achieve.\n',
  );
  return 0;
}

function parcours(title: string, ...args: readonly string[]): Promise<number> {
  heading(title, `parcours ${args.join(' ')}`);
  return runCli(args, { output, env: process.env, cwd: root, stopSignal: () => new AbortController().signal });
}

function heading(title: string, command?: string): void {
  const strong = (text: string) => (output.isColoured ? `\u001b[1m${text}\u001b[0m` : text);
  output.write(`\n${strong(`== ${title}`)}\n${command === undefined ? '' : `$ npx ${command}\n`}`);
}

async function tellWhatNext(store: Store): Promise<void> {
  const person = (await store.withSession(findTellingPerson)) ?? 'R00001';
  const then = `--now ${day(end)}`;
  heading('What to try next');
  output.write(
    [
      `npx parcours plan                                     nothing to do: the store is as the files say`,
      `npx parcours explain ${person}                           one retailer: why each message left, or didn't`,
      `npx parcours members dormant-retailers --count        who has money in the wallet and never ordered`,
      `edit journeys/6-activate-dormant-retailer.yaml        make \`for: 2d\` a \`for: 4d\`, then: npx parcours plan`,
      `edit journeys/10-spend-idle-wallet.yaml               \`status: live\`, then: npx parcours plan ${then}`,
      'npx parcours outbox                                   the messages themselves: the sandbox caught them all',
      'npx parcours serve --outbox                           the same in a browser, at http://127.0.0.1:8080/outbox',
      'npx parcours preview --all --out templates.html       every template in every language, on one page',
      '',
    ].join('\n'),
  );
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}
