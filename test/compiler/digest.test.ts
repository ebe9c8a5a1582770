/** Two spellings of the same meaning are the same bytes; any change of meaning is another digest. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Document, isMap, isScalar, parseAllDocuments, visit } from 'yaml';
import { asSet, canonicalJson } from '../../engine/compiler/canonical.ts';
import type { Bundle } from '../../engine/compiler/ir.ts';
import { resourceKinds } from '../../engine/config/project.ts';
import { proofSize } from '../support/proof.ts';
import { bundleOf } from './project-of.ts';

const whole = readFileSync(join(import.meta.dirname, '../fixtures/compiler/whole.yaml'), 'utf8');
const compiled = bundleOf(whole);

/** Changes that mean nothing, as [what is written, what may stand instead]. */
const sameMeaning: readonly (readonly [string, string])[] = [
  [
    'zone: America/Argentina/Buenos_Aires\n',
    'zone: America/Argentina/Buenos_Aires\nweek_starts: mon\ntrigger_max_age: 2d\n',
  ],
  ['locales: [en]', 'locales: [es, en]'],
  ['format: csv\n', 'format: csv\ndelimiter: ","\nencoding: utf-8\nfuture: clamp\n'],
  ['format: csv\n', 'format: csv\nzone: America/Argentina/Buenos_Aires\n'],
  ['occurred_at: day', 'occurred_at: { column: day, format: iso }'],
  ['type: email\nsmtp', 'type: email\nvia: smtp\naddress: email\nsmtp'],
  ['port: 25,', 'port: 25, secure: false,'],
  ['type: push\nvia: log', 'type: push\nvia: log\naddress: push_token\nlog: { path: ./.parcours/outbox/push.jsonl }'],
  ['channels: [email, push]', 'channels: [push, email]\nbasis: consent'],
  ['in: [AR, NG]', 'in: [NG, AR, NG]'],
  ['lt: 80 USD', 'lt: 80.00 USD'],
  ['  - { trait: registered_at, before: 7d ago }', '  - all: [{ all: [{ trait: registered_at, before: 1w ago }] }]'],
  ['{ never: order_placed, in_last: 30d }', '{ not: { event: [order_placed], in_last: 30d, count: { gt: 0 } } }'],
  ['channels: [push, sms]', 'channels: [sms, push]'],
  ['mute: [', 'when_capped: defer\nvalid_for: 2d\nmute: ['],
  ['objective: transformation', 'objective: transformation\nstatus: live\npurpose: marketing\npriority: 50'],
  ['current_members: enter', 'current_members: enter\n  reentry: never'],
  [
    'goal: { event: order_placed, within: 14d }',
    'goal: { event: order_placed, since: entry, within: 2w, exit: false }',
  ],
  ['template: hello }', 'template: hello, with: {}, purpose: marketing, objective: transformation }'],
  ['{ message: nudge,', '{ message: [nudge],'],
];

describe('the same meaning', () => {
  it.each(sameMeaning)('%j may be %j', (written, instead) => {
    expect(whole).toContain(written);
    expect(bundleOf(whole.replace(written, instead)).digest).toBe(compiled.digest);
  });

  it('a double negation is none', () => {
    const once = whole.replace('where:\n  - {', 'where:\n  - { trait: country, is_not: MX }\n  - {');
    const thrice = whole.replace(
      'where:\n  - {',
      'where:\n  - { not: { not: { trait: country, is_not: MX } } }\n  - {',
    );
    expect(bundleOf(thrice).digest).toBe(bundleOf(once).digest);
  });

  it('order of keys, order of documents, styles, quotes and comments never change a byte', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(2, 3, 4), fc.boolean(), (seed, indent, flow) => {
        const random = sequence(seed);
        const documents = parseAllDocuments(whole) as Document[];
        const texts = documents.map((document) => respell(document, { random, indent, flow }));
        expect(bundleOf(...shuffled(texts, random))).toEqual(compiled);
      }),
      { seed: 6, numRuns: proofSize(240) },
    );
  });

  it('text is the same with and without quotes', () => {
    const where = (value: string): string => whole.replace('in: [a, b]', `is: ${value}`);
    expect(bundleOf(where('01')).digest).toBe(bundleOf(where('"01"')).digest);
    expect(bundleOf(where('01')).digest).not.toBe(bundleOf(where('1')).digest);
  });
});

/** Changes of meaning, and the one resource that they may change. */
const otherMeaning: readonly (readonly [string, string, string])[] = [
  ['zone: America/Argentina/Buenos_Aires', 'zone: America/Mexico_City', 'workspace/house'],
  ['gift: boolean', 'gift: text', 'event/order_placed'],
  ['values: [AR, NG, MX]', 'values: [AR, NG, MX, FR]', 'trait/country'],
  ['{ type: external_id, column: who }', '{ type: external_id, column: person }', 'source/orders'],
  ['in_last: 90d', 'in_last: 3mo', 'trait/spent'],
  ['port: 25', 'port: 26', 'channel/mail'],
  ['before: 7d ago', 'after: 7d ago', 'segment/dormant'],
  ['before: 7d ago', 'before: 168h ago', 'segment/dormant'],
  ['{ never: order_placed, in_last: 30d }', '{ event: order_placed, in_last: 30d }', 'segment/dormant'],
  ['Hola {{first_name}}', 'Hola, {{first_name}}', 'template/hello'],
  ['rolling: 7d', 'rolling: 6d', 'pressure/house'],
  ['calendar: day, channels', 'rolling: 1d, channels', 'pressure/house'],
  ['first_of: [push, mail]', 'first_of: [mail, push]', 'journey/activate'],
  ['since: nudge', 'since: entry', 'journey/activate'],
  ['for: 2d', 'for: 48h', 'journey/activate'],
  ['current_members: enter', 'current_members: skip', 'journey/activate'],
];

describe('another meaning', () => {
  it.each(otherMeaning)('%j is not %j', (written, instead, changed) => {
    expect(whole).toContain(written);
    const other = bundleOf(whole.replace(written, instead));
    expect(other.digest).not.toBe(compiled.digest);
    expect(differing(compiled, other)).toContain(changed);
  });

  it('words for people change the bundle and no body', () => {
    const other = bundleOf(whole.replace('title: Registered', 'title: Known'));
    expect(other.digest).not.toBe(compiled.digest);
    expect(differing(compiled, other)).toEqual([]);
  });
});

/** Every kind, and forms beside the simple ones. */
const everyKind = readFileSync(join(import.meta.dirname, '../fixtures/compiler/every-kind.yaml'), 'utf8');

/** What is usual may be written out, in every kind, as [what is written, what may stand instead]. */
const writtenOut: readonly (readonly [string, string])[] = [
  ['locale: en\n', 'locale: en\nlocales: [en]\nweek_starts: mon\ntrigger_max_age: 2d\n'],
  ['quiet_days\ndays_since', 'quiet_days\ntitle: Days\ndays_since'],
  ['channels: [email, sms]\n', 'channels: [sms, email]\nbasis: consent\n'],
  ['type: sms\nvia: log', 'type: sms\nvia: log\naddress: phone'],
  ['rolling: 7d }\nquiet', 'rolling: 1w }\nvalid_for: 2d\nwhen_capped: defer\nquiet'],
  ['weight: 1, steps: [{ id: rests', 'weight: 1.0, steps: [{ id: rests'],
  ['percent: 2%', 'percent: 2.0%'],
  ['confidence: 0.7', 'confidence: 0.70'],
  [
    'goal: { event: order_placed, within: 14d }',
    'goal: { event: [order_placed], within: 2w, since: entry, exit: false }',
  ],
  ['objective: transformation\nholdout', 'objective: transformation\nstatus: live\npriority: 50\nholdout'],
  ['weight: 2, steps', 'weight: 2.0, steps'],
  ['usable_after: 7d', 'usable_after: 1w'],
];

describe('of every kind', () => {
  const all = bundleOf(everyKind);

  it('the fixture has each kind that a bundle can hold', () => {
    const kinds = new Set([...all.resources, ...compiled.resources].map(({ kind }) => kind));
    expect([...resourceKinds].filter((kind) => kind !== 'schema' && !kinds.has(kind))).toEqual([]);
  });

  it('order of keys, order of documents, styles, quotes and comments never change a byte', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(2, 3, 4), fc.boolean(), (seed, indent, flow) => {
        const random = sequence(seed);
        const documents = parseAllDocuments(everyKind) as Document[];
        const texts = documents.map((document) => respell(document, { random, indent, flow }));
        expect(bundleOf(...shuffled(texts, random))).toEqual(all);
      }),
      { seed: 8, numRuns: proofSize(160) },
    );
  });

  it.each(writtenOut)('%j may be %j', (written, instead) => {
    expect(everyKind).toContain(written);
    const digests = ({ resources }: Bundle) => resources.map(({ kind, id, digest }) => `${kind}/${id} ${digest}`);
    expect(digests(bundleOf(everyKind.replace(written, instead)))).toEqual(digests(all));
  });

  it('any other number, duration, clock, amount or share is another meaning', () => {
    const untouched = [...numbersOf(everyKind)].flatMap(({ at, length, other }) => {
      const text = everyKind.slice(0, at) + other + everyKind.slice(at + length);
      const bundle = tryBundle(text);
      const line = everyKind.slice(0, at).split('\n').length;
      return bundle?.digest === all.digest ? [`line ${line}: ${everyKind.slice(at, at + length)} may be ${other}`] : [];
    });
    expect(untouched).toEqual([]);
  });
});

/** Each number of a text that is a value, and the next one. */
function* numbersOf(text: string): Iterable<{ readonly at: number; readonly length: number; readonly other: string }> {
  for (const { index, 0: digits } of text.matchAll(/(?<=[ "[:-])\d+(?=(?:d|w|mo|h|min|%| EUR)?["\s,}\]:])/g)) {
    const line = text.slice(text.lastIndexOf('\n', index) + 1, index);
    if (line.trimStart().startsWith('#')) continue;
    yield { at: index, length: digits.length, other: String(Number(digits) + 1).padStart(digits.length, '0') };
  }
}

/** Undefined when the text is refused: then it has no meaning at all. */
function tryBundle(text: string): Bundle | undefined {
  try {
    return bundleOf(text);
  } catch {
    return undefined;
  }
}

describe('canonical JSON', () => {
  it('reads back to the same value, whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 7 },
    );
    expect(canonicalJson({ b: 1, a: [null, -0], c: undefined })).toBe('{"a":[null,0],"b":1}');
  });

  it('sets are sorted and hold each value once', () => {
    expect(asSet([{ b: 1, a: 2 }, { a: 2, b: 1 }, { a: 1 }])).toEqual([{ a: 1 }, { a: 2, b: 1 }]);
  });
});

function differing(one: Bundle, other: Bundle): readonly string[] {
  const digests = new Map(other.resources.map((resource) => [`${resource.kind}/${resource.id}`, resource.digest]));
  return one.resources
    .map((resource) => [`${resource.kind}/${resource.id}`, resource.digest] as const)
    .filter(([name, digest]) => digests.get(name) !== digest)
    .map(([name]) => name);
}

interface Respelling {
  readonly random: () => number;
  readonly indent: number;
  readonly flow: boolean;
}

/** The same document with its keys in another order, in another style, with comments. */
function respell(document: Document, { random, indent, flow }: Respelling): string {
  visit(document, {
    Map: (_, map) => {
      map.items = shuffled(map.items, random);
      if (map !== document.contents && random() < 0.3) map.flow = flow;
    },
    Scalar: (key, scalar) => {
      if (typeof scalar.value === 'string' && key !== 'key' && random() < 0.3) scalar.type = 'QUOTE_DOUBLE';
    },
    Pair: (_, pair) => {
      if (isScalar(pair.key) && isMap(document.contents) && random() < 0.1) pair.key.commentBefore = ' a comment';
    },
  });
  return document.toString({ indent, lineWidth: 0 });
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** Numbers in [0, 1) from a seed (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
