/** `graph`, `list`, `show` and `schema`: what they print of the files, as golden files (`npm run golden`), and how they end. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectGolden } from '../support/golden.ts';
import { leastWorkspace, writeWorkspace } from '../support/workspace-folder.ts';
import { runIn } from './in-folder.ts';

const golden = (name: string) => new URL(`./golden/${name}`, import.meta.url);

/** All verbs and ways: guards, jumps, rounds, arms, cases, shares; and a label that is no friend of pictures. */
const files = {
  'parcours.yaml': `${leastWorkspace}locales: [en]\n`,
  'schema.yaml': `kind: schema
id: shop
events:
  order_placed: { order_id: id, total: money, place: text }
  cart_updated: { total: money }
measures: { order_placed: total }
traits:
  email: { type: text }
  country: { type: enum, values: [CH, FR] }
`,
  'rest.yaml': `kind: channel
id: email
type: email
via: log
address: email
---
kind: consent
id: marketing
channels: [email]
---
kind: template
id: hello
any:
  en: { subject: Hello, text: Hello }
---
kind: segment
id: buyers
title: Bought "once" & <more>
where: { event: order_placed }
---
kind: segment
id: swiss-buyers
where: [ { segment: buyers }, { trait: country, is: CH } ]
`,
  'journey.yaml': `kind: journey
id: all-ways
title: Every way "on" & <off>
objective: loyalty
entry:
  when: { event: cart_updated, where: { total: { gte: 20 EUR } } }
  if: { trait: country, is: CH }
  reentry: { after: 30d }
goal: { event: order_placed, within: 30d, exit: true }
exit:
  - { trait: country, is: FR, as: moved }
steps:
  - id: first
    after: 1d
    at: "18:00"
    send: { channel: email, template: hello }
    otherwise:
      - exit: unreachable
  - goto: tail
    if: { segment: buyers }
  - id: reaction
    wait_for: { message: first, status: seen }
    for: 2d
    then:
      - id: warm
        wait: 1d
    otherwise:
      - id: cold
        if: { segment: swiss-buyers }
        send: { channel: email, template: hello }
  - id: by-country
    switch: { trait: country }
    cases:
      - { is: CH, steps: [ { id: swiss, send: { channel: email, template: hello } } ] }
    otherwise:
      - exit: elsewhere
  - id: rounds
    repeat: { every: 7d, max: 3, until: { event: order_placed, since: entry } }
    steps:
      - id: again
        send: { channel: email, template: hello }
  - id: try
    split:
      - { id: words, weight: 3, steps: [ { id: with-words, send: { channel: email, template: hello } } ] }
      - { id: nothing, weight: 1, steps: [ { id: patience, wait: 2d } ] }
  - id: tail
    wait: 2d
`,
};

describe('parcours graph', () => {
  it.each(['outline', 'mermaid', 'dot', 'json'])('draws a journey as %s', async (format) => {
    const root = writeWorkspace(files);
    const { code, out, err } = await runIn(root, `graph journey/all-ways --format ${format}`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expectGolden(golden(`journey.${format}.txt`), out);
  });

  it('gives a journey as outline at a terminal, and as Mermaid elsewhere', async () => {
    const root = writeWorkspace(files);
    expect((await runIn(root, 'graph journey/all-ways', { isTerminal: true })).out).toMatch(/^all-ways: /);
    expect((await runIn(root, 'graph journey/all-ways')).out).toMatch(/^flowchart TD\n/);
  });

  it('draws what a resource needs and what reads it, as deep as it is asked', async () => {
    const root = writeWorkspace(files);
    expectGolden(golden('needs.mermaid.txt'), (await runIn(root, 'graph segment/buyers')).out);
    const nodes = async (line: string) => {
      const { nodes: all } = JSON.parse((await runIn(root, `${line} --json`)).out) as { nodes: { id: string }[] };
      return all.map(({ id }) => id);
    };
    expect(await nodes('graph segment/swiss-buyers --depth 0')).toEqual(['segment/swiss-buyers']);
    expect(await nodes('graph segment/swiss-buyers')).not.toContain('event/order_placed');
    expect(await nodes('graph segment/swiss-buyers --depth 2')).toContain('event/order_placed');
    expect(await nodes('graph journey/all-ways --needs')).toContain('template/hello');
    expect(await nodes('graph')).toEqual(
      expect.arrayContaining(['workspace/test', 'channel/email', 'event/cart_updated']),
    );
  });

  it('leaves nothing in a label that Mermaid or Graphviz would read', async () => {
    const root = writeWorkspace(files);
    const mermaid = (await runIn(root, 'graph --format mermaid')).out;
    for (const [, label] of mermaid.matchAll(/"([^\n]*)"/g)) {
      expect(label).toMatch(/^(?:[^"<>&|[\]{}`#]|#\d+;|<br\/>)*$/);
    }
    const dot = (await runIn(root, 'graph --format dot')).out;
    expect(dot).toContain('Bought \\"once\\" & <more>');
  });

  it('knows what was meant by a name that is nearly right', async () => {
    const root = writeWorkspace(files);
    expect((await runIn(root, 'graph journey/all-way')).err).toContain('Did you mean journey/all-ways?');
    expect((await runIn(root, 'graph buyers')).err).toContain('Did you mean segment/buyers?');
    expect(await runIn(root, 'graph segment/buyers --format outline')).toMatchObject({ code: 1 });
    expect(await runIn(root, 'graph --format png')).toMatchObject({ code: 1, err: expect.stringContaining('mermaid') });
  });
});

describe('parcours list', () => {
  it('lists what the files declare, and where', async () => {
    const root = writeWorkspace(files);
    expectGolden(golden('list.txt'), (await runIn(root, 'list')).out);
    const { resources } = JSON.parse((await runIn(root, 'list segment --json')).out);
    expect(resources).toMatchObject([
      { kind: 'segment', id: 'buyers', place: 'rest.yaml:16', needs: ['event/order_placed'] },
      { kind: 'segment', id: 'swiss-buyers' },
    ]);
    expect((await runIn(root, 'list segmnt')).err).toContain('Did you mean segment?');
  });

  it('needs files without errors, and shows those that there are', async () => {
    const root = writeWorkspace({ 'a.yaml': 'kind: segment\nid: a\nwhere: [ { segment: b } ]\n' });
    expect(await runIn(root, 'list')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('error[CMP013]'),
    });
  });
});

describe('parcours show', () => {
  it('shows a resource as compiled, with its digest, needs and readers', async () => {
    const root = writeWorkspace(files);
    expectGolden(golden('show.yaml.txt'), (await runIn(root, 'show segment/buyers')).out);
    const json = JSON.parse((await runIn(root, 'show segment/buyers --format json')).out);
    expect(json).toMatchObject({
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      needs: ['event/order_placed'],
      read_by: ['journey/all-ways', 'segment/swiss-buyers'],
      body: { where: { kind: 'count' } },
    });
    expect((await runIn(root, 'show segment/buyers --json')).out).toBe(`${JSON.stringify(json, null, 2)}\n`);
  });

  it('shows a journey with its durations in words', async () => {
    const root = writeWorkspace(files);
    const { out } = await runIn(root, 'show journey/all-ways');
    expect(out).toContain('within: 30d');
    expect(out).not.toContain('months:');
  });

  it('says that there is no such resource', async () => {
    const root = writeWorkspace(files);
    expect(await runIn(root, 'show segment/buyer')).toMatchObject({
      code: 1,
      err: 'error[CLI_UNKNOWN]: The files declare no resource "segment/buyer". A resource is named kind/id. Did you mean segment/buyers?\n',
    });
  });
});

describe('parcours schema', () => {
  it('writes all schemas, each with its $id, as they are published; needs no workspace', async () => {
    const root = writeWorkspace({ 'below/x.txt': '' });
    const folder = join(root, 'below');
    const { code, out } = await runIn(folder, 'schema --out all');
    const names = readdirSync(join(folder, 'all')).sort();
    expect({ code, out }).toEqual({ code: 0, out: `${names.length} schemas written to all.\n` });
    expect(names).toEqual(readdirSync(new URL('../../schemas/', import.meta.url)).sort());
    for (const name of names) {
      const schema = JSON.parse(readFileSync(join(folder, 'all', name), 'utf8'));
      expect(schema).toMatchObject({ $id: name, $schema: 'http://json-schema.org/draft-07/schema#' });
    }
  });

  it('prints one, and lists their names', async () => {
    const root = writeWorkspace({});
    expect(JSON.parse((await runIn(root, 'schema journey')).out)).toMatchObject({ $id: 'journey.json' });
    expect((await runIn(root, 'schema')).out).toContain('journey\n');
    expect((await runIn(root, 'schema journy')).err).toContain('Did you mean journey?');
  });
});
