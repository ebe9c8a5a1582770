/** `docs/testing.md`: its test is one of the workspace, its failing one fails as shown, and its words are those of the schema. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../cli/command-line.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const guide = readFileSync(join(root, 'docs/testing.md'), 'utf8');

function block(language: string): string {
  return new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(guide)?.[1] ?? '';
}

const folders = [
  'journeys',
  'loyalty',
  'pressure',
  'segments',
  'traits',
  'channels',
  'consents',
  'sources',
  'schema',
  'templates',
];

let workspace: CommandLine;

beforeAll(async () => {
  workspace = await commandLine({});
  const files = ['parcours.yaml', ...folders.flatMap((folder) => yamlIn(folder))];
  for (const file of files) {
    mkdirSync(dirname(join(workspace.root, file)), { recursive: true });
    copyFileSync(join(root, file), join(workspace.root, file));
  }
});
afterAll(() => workspace.drop());

function yamlIn(folder: string): readonly string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.yaml')).map((name) => join(folder, name));
}

describe('docs/testing.md', () => {
  it('shows a test of the root workspace', () => {
    expect(readFileSync(join(root, 'journeys/tests/kyc.yaml'), 'utf8')).toContain(block('yaml'));
  });

  it('shows how a test fails, beside those of the root workspace, which pass', async () => {
    writeFileSync(join(workspace.root, 'an-invitation.yaml'), block('yaml failing'));
    const { out, err } = await workspace.run('test');
    expect(err).not.toContain('error');
    expect(out).toContain(block('text'));
    expect(out).toMatch(/\n1 of \d+ tests failed\.\n$/);
  }, 60_000);

  it('tells all words of `expect`', () => {
    const schema = JSON.parse(readFileSync(join(root, 'schemas/test.json'), 'utf8'));
    const words = Object.keys(schema.properties.play.items.properties.expect.properties);
    const told = guide.split('| word |')[1]?.split('\n\n')[0] ?? '';
    expect(words.filter((word) => !told.includes(`\`${word}`))).toEqual([]);
  });
});
