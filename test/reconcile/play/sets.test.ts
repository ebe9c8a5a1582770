/** The tests that the sixteen sets of the language declare, played as they stand: each set with what all share and what both need. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { compile } from '../../../engine/compiler/compile.ts';
import type { Bundle, BundleResource } from '../../../engine/compiler/ir.ts';
import { loadProject } from '../../../engine/config/load-project.ts';
import { played } from './played.ts';

const folder = fileURLToPath(new URL('../../../../shared/language/', import.meta.url));

/** What the files declare, and what of others that needs. */
function closure(bundle: Bundle, isOwn: (one: BundleResource) => boolean): Bundle {
  const byName = new Map(bundle.resources.map((one) => [`${one.kind}/${one.id}`, one]));
  const open = bundle.resources.filter(isOwn).map(({ kind, id }) => `${kind}/${id}`);
  const taken = new Set(open);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const need of byName.get(name)?.needs ?? []) {
      if (!taken.has(need)) open.push(need);
      taken.add(need);
    }
  }
  return { ...bundle, resources: bundle.resources.filter(({ kind, id }) => taken.has(`${kind}/${id}`)) };
}

it.runIf(existsSync(folder))(
  'the sets of the language pass their own tests',
  async () => {
    const { project } = await loadProject(folder);
    const bundle = compile(project).bundle as Bundle;
    const fileOf = new Map(project.resources.map(({ kind, id, file }) => [`${kind}/${id}`, file]));
    const files = new Set(project.resources.filter(({ kind }) => kind === 'test').map(({ file }) => file));
    const outcomes: Record<string, string> = {};
    for (const file of files) {
      const own = closure(bundle, ({ kind, id }) =>
        ['00-shared.yaml', file].includes(fileOf.get(`${kind}/${id}`) ?? file),
      );
      Object.assign(outcomes, await played(own));
    }
    expect(outcomes).toEqual({
      'a-departure-put-back-moves-the-mail': 'passed',
      'a-false-default-is-no-birthday': 'passed',
      'a-visitor-who-identifies-himself-keeps-his-cart': 'passed',
      'born-on-a-29-february': 'passed',
      'no-sms-on-a-holiday-nor-on-a-sunday': 'passed',
    });
  },
  60_000,
);
