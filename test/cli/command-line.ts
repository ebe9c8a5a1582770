/**
 * The program as a function, on a workspace in a temporary folder and a database of its own: what tests of the command line share.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCli } from '../../engine/cli/run-cli.ts';
import { databaseUrl } from '../examples/database-url.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CommandLine {
  readonly root: string;
  readonly store: TestStore;
  /** Of the commands, unless another one is given. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs one command line in the workspace's folder. The environment replaces the usual one where it is given. */
  run(line: string, more?: { readonly env?: Readonly<Record<string, string>>; readonly answer?: string }): Promise<Ran>;
  /** Writes files of the workspace, by path; null deletes. */
  write(files: Readonly<Record<string, string | null>>): void;
  drop(): Promise<void>;
}

/** A small shop: two segments, a journey, a channel that writes to a file, a source. */
export const shopFiles = {
  'parcours.yaml': 'kind: workspace\nid: shop\nzone: UTC\ncurrency: EUR\nlocale: en\nlocales: [en]\n',
  'schema.yaml': `kind: schema
id: shop
events:
  order_placed: { total: money }
measures: { order_placed: total }
traits:
  country: { type: text }
  registered_at: { type: datetime }
`,
  'segments.yaml': `kind: segment
id: buyers
title: Bought once
where:
  - { event: order_placed }
---
kind: segment
id: locals
where:
  - { trait: country, is: CH }
`,
  'consent.yaml': 'kind: consent\nid: marketing\nchannels: [log]\nbasis: contract\n',
  'channel.yaml': 'kind: channel\nid: diary\ntype: log\n',
  'template.yaml': 'kind: template\nid: thanks\nany:\n  en: { text: "Thank you" }\n',
  'pressure.yaml': `kind: pressure
id: house
caps:
  - { id: weekly, max: 1, rolling: 7d }
when_capped: drop
valid_for: 2d
`,
  'journey.yaml': `kind: journey
id: thank
objective: engagement
entry:
  when: { event: order_placed }
  reentry: always
steps:
  - id: say
    send: { channel: diary, template: thanks }
`,
  'source.yaml': `kind: source
id: orders
type: file
format: csv
message_id: [order]
identifiers: [ { type: external_id, column: customer } ]
occurred_at: { column: at, format: iso }
event: order_placed
properties: { total: { column: total, currency: EUR } }
traits: { country: country }
`,
} as const;

/** Makes the workspace and the database. */
export async function commandLine(files: Readonly<Record<string, string>> = shopFiles): Promise<CommandLine> {
  const root = mkdtempSync(join(tmpdir(), 'parcours-cli-'));
  const store = await testStore();
  const url = databaseUrl(store.connection);
  const usual = { DATABASE_URL: url, PARCOURS_TEST_DATABASE_URL: url, PATH: process.env.PATH ?? '' };
  const write: CommandLine['write'] = (changed) => {
    for (const [path, text] of Object.entries(changed)) {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      if (text === null) rmSync(file);
      else writeFileSync(file, text);
    }
  };
  write(files);
  return {
    root,
    store,
    env: usual,
    write,
    async run(line, { env = usual, answer } = {}) {
      const out: string[] = [];
      const err: string[] = [];
      const code = await runCli(line.split(' ').filter(Boolean), {
        env,
        cwd: root,
        stopSignal: () => AbortSignal.abort(),
        output: {
          write: (text) => void out.push(text),
          note: (text) => void err.push(text),
          isColoured: false,
          isNoteTerminal: false,
          ask: answer === undefined ? null : async () => answer,
        },
      });
      return { code, out: out.join(''), err: err.join('') };
    },
    async drop() {
      rmSync(root, { recursive: true, force: true });
      await store.drop();
    },
  };
}
