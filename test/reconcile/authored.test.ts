/**
 * Resources written back as files compile to the same digests: over every example, template of `init`, workspace of this repository and
 * fixture of whole workspaces, and over the sixteen sets of the language where they stand beside the checkout.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compile } from '../../engine/compiler/compile.ts';
import type { BundleResource } from '../../engine/compiler/ir.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import { writtenResources } from '../../engine/reconcile/authored/written.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';
import { bundleOf, segment } from './bundle-of.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sets = fileURLToPath(new URL('../../../shared/language/', import.meta.url));
const workspaces = [
  '.',
  'examples/shop',
  'examples/travel',
  'examples/cdnow',
  'examples/pull-request/shop',
  'init/retail',
  'init/marketplace',
];
const fixtures = ['every-kind.yaml', 'whole.yaml', 'loyalty-forms.yaml', 'mail-forms.yaml'];

async function resourcesIn(folder: string): Promise<readonly BundleResource[]> {
  const { bundle } = compile((await loadProject(folder)).project);
  // Tests are played and never stored.
  return (bundle?.resources ?? []).filter((one) => one.kind !== 'test');
}

describe('what a store holds, written as files', () => {
  it.each(workspaces)('compiles to the same: %s', async (folder) => {
    const resources = await resourcesIn(join(root, folder));
    expect(resources.length).toBeGreaterThan(5);
    expect((await writtenResources(resources)).differing).toEqual([]);
  });

  it.each(fixtures)('compiles to the same: %s', async (file) => {
    const text = readFileSync(join(root, 'test/fixtures/compiler', file), 'utf8');
    const resources = await resourcesIn(writeWorkspace({ 'parcours.yaml': text }));
    expect(resources.length).toBeGreaterThan(10);
    expect((await writtenResources(resources)).differing).toEqual([]);
  });

  it('compiles to the same: who is one person, what is kept, numbers with commas', async () => {
    const text = `kind: workspace
id: shop
zone: Europe/Paris
currency: EUR
locale: en
---
kind: schema
id: shop
events: { order_placed: { total: money } }
measures: { order_placed: total }
keep: { order_placed: 3y }
traits:
  first_name: { type: text, clean: name }
  birth_date: { type: date, clean: date }
  weight: { type: number }
---
kind: identity
id: people
merge_by: [ { identifier: email, at_most: 2, never: ["*@shop.example"] } ]
clean: { email: email, phone: phone }
match:
  - id: same-name
    every: 1d
    alike: [ { trait: birth_date }, { trait: first_name, by: similar, at_least: 0.8 } ]
    then: propose
---
kind: source
id: orders
type: file
format: csv
country: FR
identifiers: [ { type: email, column: mail } ]
event: order_placed
traits: { weight: { column: kg, decimal: comma } }
`;
    const resources = await resourcesIn(writeWorkspace({ 'parcours.yaml': text }));
    expect(resources.map((one) => one.kind)).toContain('identity');
    expect((await writtenResources(resources)).differing).toEqual([]);
  });

  it('compiles to the same: the sixteen sets', async () => {
    const resources = existsSync(sets) ? await resourcesIn(sets) : [];
    expect((await writtenResources(resources)).differing).toEqual(existsSync(sets) ? [] : expect.anything());
  });

  it('is in the canonical layout, and keeps titles, owners and tags', async () => {
    const meta = { title: 'Swiss: "all" of them', owner: 'ana@shop.example', tags: ['a', 'b'] };
    const { files } = await writtenResources(bundleOf([segment('swiss', 'CH', meta)]).resources);
    expect(files.find(({ path }) => path === 'segments/swiss.yaml')?.text).toBe(
      'kind: segment\nid: swiss\ntitle: \'Swiss: "all" of them\'\nowner: ana@shop.example\ntags: [a, b]\nwhere:\n  - { trait: country, is: CH }\n',
    );
  });

  it('names what no file could say, and why', async () => {
    const odd = { ...segment('odd', 'CH'), body: { where: null } } as unknown as BundleResource;
    const { differing } = await writtenResources([odd]);
    expect(differing[0]).toEqual({ resource: 'segment/odd', why: 'it is nothing that a file could say' });
  });
});
