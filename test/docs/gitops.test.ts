/** `docs/gitops.md`: each command is there with the options that it shows, and what it says of CI fits the files for CI. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { catalogue } from '../../engine/cli/catalogue.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const guide = readFileSync(join(root, 'docs/gitops.md'), 'utf8');

function blocks(language: string): readonly string[] {
  return [...guide.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    (match) => match[1] as string,
  );
}

const readYaml = (path: string) => parse(readFileSync(join(root, path), 'utf8'));

/** The command that the words name, with its subcommand. */
async function commandOf(words: readonly string[]): Promise<Command | undefined> {
  const entry = catalogue.find(({ usage }) => usage.split(' ')[0] === words[0]);
  const command = entry === undefined ? undefined : (await entry.load())(async () => {});
  return command?.commands.find((one) => one.name() === words[1]) ?? command;
}

describe('docs/gitops.md', () => {
  const lines = [
    ...blocks('sh').join('\n').split('\n'),
    ...[...guide.matchAll(/`(parcours [a-z][^`]*)`/g)].map((match) => match[1] as string),
  ];
  const commands = lines.filter((line) => line.startsWith('parcours '));

  it.each(commands)('%s is a command with these options', async (line) => {
    const words = line.split(/\s+/).slice(1);
    const command = await commandOf(words);
    expect(command, line).toBeDefined();
    const known = [command, command?.parent].flatMap((one) => one?.options.map((option) => option.long) ?? []);
    expect(words.filter((word) => word.startsWith('--') && !known.includes(word))).toEqual([]);
  });

  it('shows more than a few of them', () => {
    expect(commands.length).toBeGreaterThan(12);
  });

  it('names inputs, variables and hooks that the files for CI have', () => {
    const inputs = Object.keys(readYaml('action.yml').inputs);
    const workflows = blocks('yaml workflow').map((text) => parse(text));
    expect(workflows).toHaveLength(2);
    for (const { jobs } of workflows) {
      const [{ steps }] = Object.values(jobs) as [{ steps: { uses: string; with: object }[] }];
      const used = steps.find((step) => step.uses.includes('/parcours@'));
      expect(inputs).toEqual(expect.arrayContaining(Object.keys(used?.with ?? { none: true })));
    }
    const [gitlab] = blocks('yaml gitlab').map((text) => parse(text));
    expect(Object.keys(readYaml('ci/gitlab.yml').variables)).toEqual(
      expect.arrayContaining(Object.keys(gitlab.variables)),
    );
    const [hooks] = blocks('yaml pre-commit').map((text) => parse(text));
    const ids = readYaml('.pre-commit-hooks.yaml').map((hook: { id: string }) => hook.id);
    expect(hooks.repos[0].hooks.map((hook: { id: string }) => hook.id)).toEqual(ids);
  });

  it('tells all reasons for which a commit is not applied', () => {
    const source = readFileSync(join(root, 'engine/reconcile/sync/sync-once.ts'), 'utf8');
    const reasons = new Set([...source.matchAll(/failed\('([a-z_]+)'/g)].map((match) => match[1]));
    const told = guide.split('| reason |')[1]?.split('\n\n')[0] ?? '';
    const named = new Set([...told.matchAll(/`([a-z]+(?:_[a-z]+)?)`(?=[,| ])/g)].map((match) => match[1]));
    expect([...reasons].filter((one) => !named.has(one as string))).toEqual([]);
  });
});
