/**
 * The schemas of `schemas/` made ready for checking. A plain `oneOf` reports the faults of every branch; so each is
 * rewritten to choose its branch first, by the head key or by the type of the value, and only that branch is checked.
 * The published files stay ordinary draft-07.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv';
import type { DataValidationCxt } from 'ajv/dist/types/index.js';
import type { ParsedDocument } from './parse.ts';
import type { Path, ResourceKind } from './project.ts';
import { type Check, quickChecks } from './quick-check.ts';
import { annotations, hasAnyOf, hasForm, hasOneOf, isViaLog } from './schema-keywords.ts';
import { looksOctal } from './traps.ts';

/** A schema as parsed JSON. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

/** The published schema of a kind, `definitions` or `parcours` (the umbrella). */
export function readSchema(name: string): Schema {
  return JSON.parse(readFileSync(new URL(`../../schemas/${name}.json`, import.meta.url), 'utf8')) as Schema;
}

/** Kinds of the language that this version doesn't run. */
export function laterKinds(): readonly string[] {
  const kind = (readSchema('parcours').properties as { readonly kind: Schema }).kind;
  return stringsOf(kind['x-later']);
}

/** The schemas rewritten, and what checks by them: quickly, and with words. */
interface Rewritten {
  readonly definitions: Schema;
  readonly rewrite: (schema: Schema) => Schema;
  readonly quick: (schema: Schema) => Check;
}

let rewritten: Rewritten | undefined;
let compiler: Ajv | undefined;
const validators = new Map<ResourceKind, ValidateFunction>();
const quickValidators = new Map<ResourceKind, Check>();

/** Whether a document of the kind is surely valid; if not, the answer is the validator's. */
export function isSurelyValid(kind: ResourceKind, { body, spellings }: ParsedDocument): boolean {
  if (Object.values(spellings).some((spelling) => spelling !== null && looksOctal(spelling))) return false;
  const known = quickValidators.get(kind);
  if (known !== undefined) return known(body);
  const { quick, rewrite } = theRewritten();
  const made = quick(rewrite(readSchema(kind)));
  quickValidators.set(kind, made);
  return made(body);
}

/** Checks a document of the kind; its `errors` are read by `mistakes.ts`. Compiled when the first faulty document of the kind comes. */
export function validatorOf(kind: ResourceKind): ValidateFunction {
  const known = validators.get(kind);
  if (known !== undefined) return known;
  const { definitions, rewrite } = theRewritten();
  compiler ??= newAjv().addSchema(rewrite(withHeads(definitions)));
  const made = compiler.compile(rewrite(readSchema(kind)));
  validators.set(kind, made);
  return made;
}

function theRewritten(): Rewritten {
  rewritten ??= rewriteAll();
  return rewritten;
}

function rewriteAll(): Rewritten {
  const definitions = readSchema('definitions');
  const rewrite = schemaRewriter(definitions);
  return { definitions, rewrite, quick: quickChecks((reference) => rewrite(definitionAt(definitions, reference))) };
}

/** What a reference points to: all point into the shared definitions. */
function definitionAt(definitions: Schema, reference: string): Schema {
  const path = reference.slice(reference.indexOf('#/') + 2).split('/');
  return path.reduce<Schema>((schema, part) => schema[part] as Schema, definitions);
}

/** The name of the definition that a reference points to. */
function nameIn(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

function newAjv(): Ajv {
  // Loaded when something is wrong, which is rare, and takes as long as hundreds of files.
  const { Ajv: AjvClass } = createRequire(import.meta.url)('ajv') as typeof import('ajv');
  const ajv = new AjvClass({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    strictRequired: false,
    // A command that finds a fault waits for this compilation: these three make it three times faster. Tests check the schemas.
    validateSchema: false,
    // Keywords are given the document as `this`.
    passContext: true,
    inlineRefs: false,
    code: { optimize: false },
  });
  ajv.addVocabulary([...annotations]);
  ajv.addKeyword({ keyword: 'x-form', schemaType: 'string', validate: hasForm, errors: false });
  ajv.addKeyword({ keyword: 'x-forbidden', schemaType: 'string', validate: () => false, errors: false });
  ajv.addKeyword({ keyword: 'x-via-log', type: 'object', schemaType: 'boolean', validate: isViaLog, errors: false });
  ajv.addKeyword({ keyword: 'x-no-branch', schemaType: 'array', validate: () => false, errors: false });
  ajv.addKeyword({ keyword: 'x-decimal', type: 'number', schemaType: 'boolean', validate: isDecimal, errors: false });
  ajv.addKeyword({ keyword: 'x-one-of', type: 'object', schemaType: 'array', validate: hasOneOf, errors: false });
  ajv.addKeyword({ keyword: 'x-any-of', type: 'object', schemaType: 'array', validate: hasAnyOf, errors: false });
  return ajv;
}

/** Whether a number is spelled so that nobody reads it as an octal one. Who checks a bare value knows no spelling. */
function isDecimal(this: unknown, _on: boolean, _value: number, _schema?: object, at?: DataValidationCxt): boolean {
  const document = this as Partial<ParsedDocument> | undefined;
  if (document?.sourceText === undefined || at === undefined) return true;
  return !looksOctal(document.sourceText(pathOf(at.instancePath, document.body)) ?? '');
}

/** A JSON pointer as a path: numbers where the body has lists. */
export function pathOf(pointer: string, body: unknown): Path {
  const path: (string | number)[] = [];
  let value = body;
  for (const escaped of pointer.split('/').slice(1)) {
    const part = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(part) : part);
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[part];
  }
  return path;
}

/** An error of ajv with the schema in which it arose (`verbose`). */
export type SchemaError = ErrorObject<string, Record<string, unknown>, unknown> & { readonly parentSchema?: Schema };

export function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** What makes a published schema one that chooses its branch first. */
export function schemaRewriter(definitions: Schema): (schema: Schema) => Schema {
  const named = definitions.definitions as Readonly<Record<string, Schema>>;

  function resolve(schema: Schema): Schema {
    const ref = schema.$ref;
    return typeof ref === 'string' ? named[nameIn(ref)]! : schema;
  }

  function rewrite(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(rewrite);
    if (typeof value !== 'object' || value === null) return value;
    const schema = value as Schema;
    if (Array.isArray(schema['x-condition-with'])) return conditionWith(schema);
    const rest = Object.fromEntries(
      Object.entries(schema)
        .filter(([key]) => key !== 'oneOf' && key !== 'anyOf' && key !== 'examples')
        .map(([key, part]) => [key, rewriteUnder(key, part)]),
    );
    if (rest.type === 'integer' || rest.type === 'number') rest['x-decimal'] = true;
    return { ...rest, ...rewriteChoice(schema, 'oneOf', 'x-one-of'), ...rewriteChoice(schema, 'anyOf', 'x-any-of') };
  }

  /** The keys of `properties` and `definitions` are names: one may be called `if`. What stands under the keyword `if` is a plain mark. */
  function rewriteUnder(keyword: string, part: unknown): unknown {
    if (keyword === 'if') return part;
    if (keyword !== 'properties' && keyword !== 'definitions') return rewrite(part);
    return Object.fromEntries(Object.entries(part as Schema).map(([name, inner]) => [name, rewrite(inner)]));
  }

  function rewriteChoice(schema: Schema, keyword: 'oneOf' | 'anyOf', counted: string): Schema {
    if (!Array.isArray(schema[keyword])) return {};
    const branches = schema[keyword] as readonly Schema[];
    const keys = branches.map((branch) => stringsOf(branch.required)[0]);
    if (branches.every((branch) => Object.keys(branch).join() === 'required')) return { [counted]: keys };
    return choose(
      branches.map((branch) => rewrite(branch) as Schema),
      branches.map(resolve),
      schema,
    );
  }

  /** A goal or an exit is any condition and some keys more: each form of condition gets these keys. */
  function conditionWith(schema: Schema): Schema {
    const extra = stringsOf(schema['x-condition-with']);
    const own = schema.properties as Readonly<Record<string, Schema>>;
    const added = Object.fromEntries(extra.map((key) => [key, own[key]!]));
    const condition = named.condition!;
    const branches = (condition.oneOf as readonly Schema[]).map(resolve).filter((form) => form.type === 'object');
    const merged = branches.map((form) => ({
      ...form,
      properties: { ...(form.properties as Schema), ...added },
      required: [...stringsOf(form.required), ...stringsOf(schema.required)],
      'x-heads': [...headsOf(branches), ...stringsOf(condition['x-later'])],
    }));
    return choose(
      merged.map((form) => rewrite(form) as Schema),
      branches,
      condition,
    );
  }

  return (schema) => rewrite(schema) as Schema;
}

/** The first branch whose head key or type fits; what fits none is one fault of its own. */
function choose(branches: readonly Schema[], resolved: readonly Schema[], union: Schema): Schema {
  const heads = headsOf(resolved);
  const otherwise: Schema = { 'x-no-branch': heads, 'x-union': union['x-form'], 'x-later': union['x-later'] ?? [] };
  return branches.reduceRight<Schema>(
    // biome-ignore lint/suspicious/noThenProperty: the word is JSON Schema's.
    (rest, branch, index) => ({ if: mark(resolved[index]!, heads.length), then: branch, else: rest }),
    otherwise,
  );
}

/** The heads of a union's maps; none when it has but one map, which is known by its type. */
function headsOf(branches: readonly Schema[]): readonly string[] {
  const maps = branches.filter((branch) => branch.type === 'object');
  return maps.length > 1 ? maps.map(headOf) : [];
}

/** Tells each form of a union the heads of all, so that a second head is seen as such and not as an unknown key. */
function withHeads(definitions: Schema): Schema {
  const named = { ...(definitions.definitions as Readonly<Record<string, Schema>>) };
  for (const union of Object.values(named)) {
    const names = ((union.oneOf ?? []) as readonly Schema[]).map((branch) => String(branch.$ref).split('/').at(-1)!);
    const forms = names.filter((name) => named[name]?.type === 'object');
    const heads = [...headsOf(forms.map((name) => named[name]!)), ...stringsOf(union['x-later'])];
    if (forms.length > 1) for (const name of forms) named[name] = { ...named[name], 'x-heads': heads };
  }
  return { ...definitions, definitions: named };
}

/** The key that says which form of a union it is: the first of the required ones that isn't common to all. */
function headOf(branch: Schema): string {
  return stringsOf(branch.required).find((key) => key !== 'id')!;
}

/** How a branch is known, apart from its faults: by its head among several maps, else by its type alone. */
function mark(branch: Schema, maps: number): Schema {
  if (branch.type === 'object' && maps > 1) return { type: 'object', required: [headOf(branch)] };
  return { type: branch.type ?? 'object' };
}
