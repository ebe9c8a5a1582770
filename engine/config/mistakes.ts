/**
 * What the schemas found, as diagnostics: one for a cause, at the key or value that is meant, in sentences.
 * No rule is held here; rules are in `schemas/` and in the forms of `forms.ts`.
 */
import { type DiagnosticCode, make } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { forms, headedForms, unionForms } from './forms.ts';
import type { ParsedDocument } from './parse.ts';
import type { Path } from './project.ts';
import { pathOf, type Schema, type SchemaError, stringsOf } from './schemas.ts';

/** A fault of a schema, on the way to a diagnostic. */
interface Mistake {
  readonly code: DiagnosticCode;
  readonly path: Path;
  /** `value`: what stands at the path · `key`: the key that leads there. */
  readonly on: 'key' | 'value';
  readonly detail: string;
  readonly suggestion?: string | undefined;
  /** For what is missing: the keys of which one would repair it, and whether a later form may stand in its stead. */
  readonly missing?: { readonly keys: readonly string[]; readonly hasChoice: boolean };
}

/** The diagnostics of a document that its schema refused. */
export function explainErrors(document: ParsedDocument, errors: readonly SchemaError[]): readonly Diagnostic[] {
  const mistakes = errors.flatMap((error) => explain(error, document) ?? []);
  return oneForACause(mistakes).map(({ code, path, on, detail, suggestion }) =>
    make(code, { detail, suggestion, range: document.locate(path, on) }),
  );
}

/** The first mistake of each place; a missing key is silent when a misspelt or later key stands there in its stead. */
function oneForACause(mistakes: readonly Mistake[]): readonly Mistake[] {
  const places = new Map<string, Mistake>();
  for (const mistake of mistakes) {
    const place = JSON.stringify([mistake.on, mistake.path, mistake.missing]);
    if (!places.has(place)) places.set(place, mistake);
  }
  const kept = [...places.values()];
  return kept.filter((mistake) => mistake.missing === undefined || !kept.some((other) => explains(other, mistake)));
}

function explains(other: Mistake, missing: Mistake): boolean {
  if (other.on !== 'key' || other.missing !== undefined || !isChild(other.path, missing.path)) return false;
  const { keys, hasChoice } = missing.missing!;
  const isLater = other.code === 'CFG025' && hasChoice;
  return isLater || (other.suggestion !== undefined && keys.includes(other.suggestion));
}

function isChild(path: Path, parent: Path): boolean {
  return path.length === parent.length + 1 && parent.every((part, index) => path[index] === part);
}

function explain(error: SchemaError, document: ParsedDocument): Mistake | undefined {
  const path = pathOf(error.instancePath, document.body);
  const schema: Schema = error.parentSchema ?? {};
  switch (error.keyword) {
    case 'if':
    case 'propertyNames':
      return undefined;
    case 'additionalProperties':
      return unknownKey([...path, String(error.params.additionalProperty)], schema, error.data);
    case 'required':
      return missingKey(path, [String(error.params.missingProperty)], schema);
    case 'x-any-of':
      return missingKey(path, stringsOf(error.schema), schema);
    case 'x-one-of':
      return notOneOf(path, stringsOf(error.schema), schema, error.data);
    case 'x-no-branch':
      return noBranch(path, schema, error.data, document);
    case 'x-forbidden':
      return { code: 'CFG030', path, on: 'key', detail: String(error.schema) };
    case 'x-via-log':
      return { code: 'CFG025', path: [...path, 'type'], on: 'value', detail: viaLogDetail(error.data) };
    default:
      return wrongValue(error, path, schema, document);
  }
}

function wrongValue(error: SchemaError, path: Path, schema: Schema, document: ParsedDocument): Mistake | undefined {
  const scalar = document.sourceText(path);
  // Behind a reference ajv forgets that it checked a key; but then a text was checked where no scalar stands.
  const key = error.propertyName ?? (scalar === undefined && typeof error.data === 'string' ? error.data : undefined);
  if (key !== undefined) return wrongForm([...path, key], 'key', key, schema);
  const written = scalar ?? '';
  switch (error.keyword) {
    case 'type':
      return wrongType(path, schema, error.data, written);
    case 'enum':
    case 'const':
      return wrongWord(path, schema, error.data, written);
    case 'pattern':
    case 'x-form':
      return wrongForm(path, 'value', written, schema);
    case 'x-decimal':
      return {
        code: 'CFG036',
        path,
        on: 'value',
        detail: octalDetail(error.data, written),
        suggestion: String(error.data),
      };
    case 'minimum':
    case 'maximum':
      return { code: 'CFG019', path, on: 'value', detail: rangeDetail(schema, written) };
    default:
      return { code: 'CFG020', path, on: 'value', detail: sizeDetail(error, schema) };
  }
}

function unknownKey(path: Path, schema: Schema, data: unknown): Mistake {
  const key = String(path.at(-1));
  const known = Object.keys((schema.properties ?? {}) as object);
  const heads = stringsOf(schema['x-heads']);
  if (stringsOf(schema['x-later']).includes(key)) return notRun(path, 'key', key);
  if (heads.includes(key)) {
    const other = Object.keys(data as object).find((candidate) => candidate !== key && heads.includes(candidate));
    const detail = `\`${other ?? key}\` and \`${key}\` are two things in one map, so it isn't clear which is meant. Write two items of a list.`;
    return { code: 'CFG022', path, on: 'key', detail };
  }
  const detail = `The ${thing(schema)} has no key \`${key}\`. It has ${listed(known)}.`;
  return { code: 'CFG011', path, on: 'key', detail, suggestion: suggest(key, known) };
}

function missingKey(path: Path, keys: readonly string[], schema: Schema): Mistake {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Schema>>;
  const which = keys.length === 1 ? `\`${keys[0]}\`` : `one of ${listed(keys)}`;
  const isRule = schema.title === undefined;
  const said = isRule ? schema.description : properties[keys[0]!]?.description;
  const why = keys.length === 1 && typeof said === 'string' ? said : undefined;
  const detail = isRule
    ? [`${which} is missing.`, why].filter(Boolean).join(' ')
    : `The ${thing(schema)} needs ${which}${why === undefined ? '.' : `: ${lowerFirst(why)}`}`;
  const hasChoice = keys.length > 1 || Object.keys(properties).length === 1;
  return { code: 'CFG012', path, on: 'key', detail, missing: { keys, hasChoice } };
}

function notOneOf(path: Path, keys: readonly string[], schema: Schema, data: unknown): Mistake {
  const present = keys.filter((key) => Object.hasOwn(data as object, key));
  if (present.length === 0) return missingKey(path, keys, schema);
  const written = Object.keys(data as object).filter((key) => present.includes(key));
  const detail = `The ${thing(schema)} has only one of ${listed(keys)}. Write two of them if you mean both.`;
  return { code: 'CFG022', path: [...path, written[1]!], on: 'key', detail };
}

function noBranch(path: Path, schema: Schema, data: unknown, document: ParsedDocument): Mistake {
  const union = String(schema['x-union']);
  const heads = stringsOf(schema['x-no-branch']);
  const keys = isMap(data) ? Object.keys(data) : [];
  const later = keys.find((key) => stringsOf(schema['x-later']).includes(key));
  if (later !== undefined) return notRun([...path, later], 'key', later);
  if (heads.length === 0 || !isMap(data)) {
    return wrongType(path, { 'x-form': union }, data, document.sourceText(path) ?? '');
  }
  for (const key of keys) {
    const suggestion = suggest(key, heads);
    const detail = `\`${key}\` is not known here. ${headedForms[union] ?? 'It begins with one of'}: ${listed(heads)}.`;
    if (suggestion !== undefined) return { code: 'CFG011', path: [...path, key], on: 'key', detail, suggestion };
  }
  return {
    code: 'CFG021',
    path,
    on: 'key',
    detail: `${headedForms[union] ?? 'It begins with one of'}: ${listed(heads)}.`,
  };
}

function notRun(path: Path, on: 'key' | 'value', what: string): Mistake {
  const detail = `\`${what}\` belongs to the language, but this version does not run it. It is refused rather than ignored: remove it, or write it in a form that is run.`;
  return { code: 'CFG025', path, on, detail };
}

function viaLogDetail(data: unknown): string {
  const type = isMap(data) ? String(data.type) : 'this type';
  return `This version has no provider for ${type}: its messages can only be written to a file. Write \`via: log\`.`;
}

function wrongForm(path: Path, on: 'key' | 'value', written: string, schema: Schema): Mistake {
  const form = forms[String(schema['x-form'])];
  if (form === undefined) return { code: 'CFG013', path, on, detail: `\`${written}\` does not fit here.` };
  if (form.later?.test(written)) return notRun(path, on, written);
  const shown = form.code === 'CFG029' ? 'This' : `\`${shorten(written)}\``;
  const detail = [`${shown} is not ${form.expected}.`, form.hint?.(written)].filter(Boolean).join(' ');
  return { code: form.code, path, on, detail, suggestion: form.suggest?.(written) };
}

function wrongType(path: Path, schema: Schema, data: unknown, written: string): Mistake {
  const name = String(schema['x-form']);
  const form = forms[name];
  if (form !== undefined && isScalar(data)) return wrongForm(path, 'value', written, schema);
  const expected = unionForms[name] ?? form?.expected ?? wanted(schema);
  const key = path.findLast((part) => typeof part === 'string');
  if (data === null)
    return { code: 'CFG013', path, on: 'key', detail: `Nothing is written for \`${key}\`. Expected ${expected}.` };
  const quote =
    isScalar(data) && stringsOf([schema.type]).includes('string') ? ' Put it in quotes if it is meant as text.' : '';
  return { code: 'CFG013', path, on: 'value', detail: `Expected ${expected}; found ${called(data)}.${quote}` };
}

function wrongWord(path: Path, schema: Schema, data: unknown, written: string): Mistake {
  const words = schema.const === undefined ? stringsOf(schema.enum) : [String(schema.const)];
  if (stringsOf(schema['x-later']).includes(written)) return notRun(path, 'value', written);
  const shown = isScalar(data) ? `\`${shorten(written)}\`` : called(data);
  const why = schema.const !== undefined && typeof schema.description === 'string' ? ` ${schema.description}` : '';
  const detail = `Expected ${words.length === 1 ? '' : 'one of '}${listed(words)}; found ${shown}.${why}`;
  return { code: 'CFG014', path, on: 'value', detail, suggestion: suggest(written, words) };
}

function octalDetail(data: unknown, written: string): string {
  return `\`${shorten(written)}\` is read as ${data} here, and as another number by tools that take a leading zero for octal or hexadecimal. Write the number in decimal, without the zero.`;
}

function rangeDetail(schema: Schema, written: string): string {
  const low = schema.minimum;
  const high = schema.maximum;
  const bounds = high === undefined ? `${low} or more` : `from ${low} to ${high}`;
  return `Expected a number ${bounds}; found ${shorten(written)}.`;
}

function sizeDetail(error: SchemaError, schema: Schema): string {
  const limit = error.params.limit;
  switch (error.keyword) {
    case 'minLength':
      return 'The text is empty. Write something, or remove the key.';
    case 'maxLength':
      return `The text has at most ${limit} ${limit === 1 ? 'character' : 'characters'}.`;
    case 'minItems':
      return limit === 1
        ? 'The list is empty. Write an item, or remove the key.'
        : `The list has ${exactly(schema, 'Items')} items.`;
    case 'maxItems':
      return `The list has ${exactly(schema, 'Items')} items.`;
    case 'minProperties':
      return 'Nothing is said here. Write at least one more key.';
    case 'uniqueItems':
      return `Items ${Number(error.params.j) + 1} and ${Number(error.params.i) + 1} of the list are the same. Remove one.`;
    default:
      return `The value does not fit (${error.keyword}).`;
  }
}

function exactly(schema: Schema, of: string): string {
  return schema[`min${of}`] === schema[`max${of}`]
    ? `exactly ${schema[`min${of}`]}`
    : `${schema[`min${of}`]} to ${schema[`max${of}`]}`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a map of keys',
};

function wanted(schema: Schema): string {
  const types = Array.isArray(schema.type) ? stringsOf(schema.type) : [String(schema.type)];
  return types.map((type) => typeNames[type] ?? type).join(', or ');
}

function called(data: unknown): string {
  if (Array.isArray(data)) return 'a list';
  if (isMap(data)) return 'a map of keys';
  if (typeof data === 'string') return data === '' ? 'an empty text' : 'a text';
  if (typeof data === 'boolean') return `\`${data}\``;
  return data === null ? 'empty' : `the number ${String(data)}`;
}

function thing(schema: Schema): string {
  return typeof schema.title === 'string' ? schema.title.toLowerCase() : 'map';
}

function listed(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}

/** For the middle of a sentence; words in backticks and abbreviations stay as they are. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function isMap(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function isScalar(data: unknown): boolean {
  return typeof data === 'string' || typeof data === 'number' || typeof data === 'boolean';
}
