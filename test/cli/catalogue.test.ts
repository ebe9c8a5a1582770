/** The list of commands, and what is loaded before one of them is named. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../engine/cli/catalogue.ts';

describe('the catalogue of commands', () => {
  it.each(catalogue)('says of `$usage` what the command itself says', async ({ usage, summary, load }) => {
    const command = (await load())(async () => {});
    const parameters = command.registeredArguments.map((one) => {
      const name = `${one.name()}${one.variadic ? '...' : ''}`;
      return one.required ? `<${name}>` : `[${name}]`;
    });
    expect([command.name(), ...parameters].join(' ')).toBe(usage);
    expect(command.description()).toBe(summary);
  });

  it.each(catalogue)('gives `$usage` a help with examples', async ({ load }) => {
    const command = (await load())(async () => {});
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help).toMatch(/\nExamples:\n {2}\$ parcours /);
  });
});

/** All files that are loaded with this one at once, and the packages that they load. */
function loadedWith(entry: string): { readonly files: ReadonlySet<string>; readonly packages: ReadonlySet<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string): void => {
    if (files.has(path)) return;
    files.add(path);
    const code = readFileSync(path, 'utf8');
    for (const [, target] of code.matchAll(/^(?:import|export)(?! type)[^;]*?\bfrom '([^']+)';$/gm)) {
      if (target?.startsWith('.')) visit(join(dirname(path), target));
      else packages.add(target ?? '');
    }
  };
  visit(entry);
  return { files, packages };
}

describe('starting the program', () => {
  it('loads neither the store nor the compiler nor the schemas', () => {
    const { files, packages } = loadedWith(fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url)));
    expect([...packages].filter((name) => !name.startsWith('node:')).sort()).toEqual([
      'commander',
      'fastest-levenshtein',
    ]);
    expect([...files].filter((file) => /open-store|compile\.ts|schemas\.ts|load-project/.test(file))).toEqual([]);
  });
});
