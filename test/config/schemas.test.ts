/**
 * The published schemas: complete for editors, ordinary draft-07, and at one with what the program checks.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parseYaml } from '../../engine/config/parse.ts';
import { resourceKinds } from '../../engine/config/project.ts';
import { readSchema, type Schema, schemaRewriter, stringsOf, validatorOf } from '../../engine/config/schemas.ts';
import { markerFixtures } from '../support/marker-fixtures.ts';

const names = ['definitions', ...resourceKinds, 'parcours'];
const shared = readSchema('definitions');

/** An editor's validator: it knows nothing of our annotations. What it compiled is kept, and run too seldom to be made shorter first. */
const plainAjv = new Ajv({ strict: false, allErrors: true, code: { optimize: false } });
for (const name of names) plainAjv.addSchema(readSchema(name));

/** Each schema inside a schema, by its JSON pointer. */
function* subschemas(schema: Schema, pointer = ''): Generator<readonly [string, Schema]> {
  yield [pointer, schema];
  for (const [keyword, part] of Object.entries(schema)) {
    if (keyword === 'properties' || keyword === 'definitions') {
      for (const [name, inner] of Object.entries(part as Record<string, Schema>)) {
        yield* subschemas(inner, `${pointer}/${keyword}/${name.replaceAll('/', '~1')}`);
      }
    } else if (['items', 'additionalProperties'].includes(keyword) && typeof part === 'object') {
      yield* subschemas(part as Schema, `${pointer}/${keyword}`);
    }
  }
}

test('there is one file a kind, the shared definitions and the umbrella', () => {
  // Those of what the engine prints (`plan.schema.json`) describe no documents.
  const files = readdirSync(fileURLToPath(new URL('../../schemas/', import.meta.url))).filter(
    (file) => !file.endsWith('.schema.json'),
  );
  expect(files.sort()).toEqual(names.map((name) => `${name}.json`).sort());
});

describe.each(names)('%s.json', (name) => {
  const schema = readSchema(name);

  test('is draft-07 under its own name', () => {
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(schema.$id).toBe(`${name}.json`);
    expect(plainAjv.validateSchema(schema)).toBe(true);
  });

  test('says title, description and an example of every field', () => {
    const silent = [...subschemas(schema)]
      .filter(([pointer]) => /\/(properties|definitions)\/[^/]+$/.test(pointer))
      .filter(([pointer]) => !/\/(goal|exitRule)\//.test(pointer) && !/allOf/.test(pointer))
      .map(([pointer, part]) => [pointer, withReference(part)] as const)
      .filter(([, part]) => !part.title || !part.description || !Array.isArray(part.examples))
      .map(([pointer]) => pointer);
    expect(silent).toEqual([]);
  });

  test('accepts its own examples', () => {
    const wrong = [...subschemas(schema)].flatMap(([pointer, part]) =>
      (Array.isArray(part.examples) ? part.examples : [])
        .filter((example) => plainAjv.getSchema(`${name}.json#${pointer}`)?.(example) !== true)
        .map((example) => `${pointer} ${JSON.stringify(example)}`),
    );
    expect(wrong).toEqual([]);
  });

  test('knows no key both as run and as not yet run', () => {
    const both = [...subschemas(schema)].flatMap(([pointer, part]) => {
      const run = [...Object.keys((part.properties ?? {}) as object), ...stringsOf(part.enum)];
      return stringsOf(part['x-later'])
        .filter((word) => run.includes(word))
        .map((word) => `${pointer} ${word}`);
    });
    expect(both).toEqual([]);
  });
});

/** What a field says itself, before what its reference says. */
function withReference(part: Schema): Schema {
  if (typeof part.$ref !== 'string') return part;
  const path = part.$ref.split('#/')[1]!.split('/');
  const target = path.reduce<Schema>((schema, name) => schema[name] as Schema, shared);
  return { ...withReference(target), ...part };
}

test('a goal and an exit take every key of every form of condition', () => {
  const definitions = shared.definitions as Record<string, Schema>;
  const forms = (definitions.condition!.oneOf as Schema[]).map(
    ({ $ref }) => definitions[String($ref).split('/').at(-1)!]!,
  );
  const keys = new Set(forms.flatMap((form) => Object.keys((form.properties ?? {}) as object)));
  for (const name of ['goal', 'exitRule']) {
    const extra = stringsOf(definitions[name]!['x-condition-with']);
    const taken = Object.keys(definitions[name]!.properties as object).filter((key) => !extra.includes(key));
    expect(taken.sort(), name).toEqual([...keys].filter((key) => !extra.includes(key)).sort());
    // The name of a way out: the exit's own, before that of the journey that a condition reads.
    expect(
      [...keys].filter((key) => extra.includes(key)),
      name,
    ).toEqual(name === 'exitRule' ? ['as'] : []);
  }
});

test('a key may be called as a keyword is: its schema is made ready as any other', () => {
  const rewrite = schemaRewriter(shared);
  const number = { type: 'number' };
  const ready = rewrite(number);
  expect(ready).toEqual({ type: 'number', 'x-decimal': true });
  const names = ['if', 'oneOf', 'examples', 'amount'];
  const properties = Object.fromEntries(names.map((name) => [name, number]));
  expect(rewrite({ type: 'object', properties })).toEqual({
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, ready])),
  });
});

test('the umbrella accepts in an editor what the program accepts', () => {
  const validate = plainAjv.getSchema('parcours.json')!;
  for (const { file, text } of markerFixtures('config/valid')) {
    for (const { body } of parseYaml(file, text).documents) {
      const { id } = body as { id: string };
      expect(validate(body), `${file} ${id} ${JSON.stringify(validate.errors)}`).toBe(true);
    }
  }
});

test('an editor that refuses a document is never contradicted by the program', () => {
  const validate = plainAjv.getSchema('parcours.json')!;
  for (const { file, text } of markerFixtures('config/invalid')) {
    for (const { body } of parseYaml(file, text).documents) {
      const kind = resourceKinds.find((known) => known === (body as { kind?: unknown }).kind);
      if (kind === undefined || validate(body)) continue;
      expect(validatorOf(kind)(body), `${file} ${JSON.stringify(body)}`).toBe(false);
    }
  }
});
