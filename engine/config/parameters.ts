/**
 * Parameters: `${param.NAME}` as a whole value becomes the value that the workspace, or the environment, says. Done when a document is
 * read, so everything after it sees the value alone, and digests are of values. What a value means where it stands is checked there.
 */
import { make } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { type Spellings, spellingKey } from './document-reader.ts';
import { openDocument, type ParsedDocument } from './parse.ts';
import type { Path, Resource } from './project.ts';

/** A value with its type: plain JSON. */
export type ParameterValue = string | number | boolean;
/** By name; null: declared, and its value is wrong, which is said where it stands. */
export type Parameters = Readonly<Record<string, ParameterValue | null>>;

const opening = `\${param.`;
const whole = /^\$\{param\.([^{}]*)\}$/;

/** Whether a document of the text can use parameters at all. */
export function usesParameters(text: string): boolean {
  return text.includes(opening);
}

/** The values of the workspace's document as parsed, valid or not; those of the environment first. */
export function readParameters(workspace: ParsedDocument | undefined, environment: string | null): Parameters {
  const declared = mapAt(workspace?.body, ['parameters']);
  const changed = environment === null ? {} : mapAt(workspace?.body, ['environments', environment, 'parameters']);
  const values: Record<string, ParameterValue | null> = {};
  for (const [name, parameter] of Object.entries(declared)) {
    const type = mapAt(parameter, []).type;
    const isChanged = Object.hasOwn(changed, name);
    const raw = isChanged ? changed[name] : mapAt(parameter, []).default;
    const path = isChanged
      ? ['environments', String(environment), 'parameters', name]
      : ['parameters', name, 'default'];
    values[name] = typedValue(String(type), raw, workspace?.sourceText(path)) ?? null;
  }
  return values;
}

/** The map at the path; empty where there is none. */
export function mapAt(value: unknown, path: Path): Readonly<Record<string, unknown>> {
  let inner = value;
  for (const part of path) {
    const isThere = typeof inner === 'object' && inner !== null && Object.hasOwn(inner, part);
    inner = isThere ? (inner as Readonly<Record<string | number, unknown>>)[part] : undefined;
  }
  return typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as Record<string, unknown>) : {};
}

interface ParameterType {
  /** Completes "expected …". */
  readonly expected: string;
  fits(raw: unknown, written: string): boolean;
}

function textLike(expected: string, pattern: RegExp): ParameterType {
  return { expected, fits: (_raw, written) => pattern.test(written) };
}

const types: Readonly<Record<string, ParameterType>> = {
  text: textLike('a text', /^/),
  integer: { expected: 'a whole number, such as `3`', fits: (raw) => Number.isSafeInteger(raw) },
  number: { expected: 'a number, such as `0.5`', fits: (raw) => typeof raw === 'number' },
  boolean: { expected: '`true` or `false`', fits: (raw) => typeof raw === 'boolean' },
  money: textLike('an amount with its currency, such as `80 EUR`', /^-?\d+(\.\d+)? [A-Z]{3}$/),
  duration: textLike('a duration, such as `3d`', /^[0-9]{1,6}(min|h|d|w|mo|y)$/),
  clock: textLike('hours and minutes in quotes, such as `"18:00"`', /^([01]\d|2[0-3]):[0-5]\d$/),
  date: textLike('a day, such as `2026-12-31`', /^\d{4}-\d{2}-\d{2}$/),
};

/** Numbers and booleans as such, everything else as it is spelled; undefined for what doesn't fit. */
function typedValue(type: string, raw: unknown, written: string | undefined): ParameterValue | undefined {
  if (written === undefined || types[type]?.fits(raw, written) !== true) return undefined;
  return typeof raw !== 'string' && ['integer', 'number', 'boolean'].includes(type)
    ? (raw as number | boolean)
    : written;
}

/** The document with values in the place of references; null where one has none, after saying why or because it is said elsewhere. */
export function withParameters(
  document: ParsedDocument,
  text: string,
  parameters: Parameters,
): { readonly document: ParsedDocument | null; readonly diagnostics: readonly Diagnostic[] } {
  const filling = new Filling(document, parameters);
  const body = filling.fill(document.body, []);
  if (!filling.isWhole) return { document: null, diagnostics: filling.diagnostics };
  const { file, index } = document;
  return { document: openDocument({ file, text, index, body, spellings: filling.spellings }), diagnostics: [] };
}

/** One pass over a document. A class, since it keeps spellings and diagnostics. */
class Filling {
  readonly diagnostics: Diagnostic[] = [];
  readonly spellings: Record<string, string | null>;
  /** Whether every reference has its value. */
  isWhole = true;
  private readonly document: ParsedDocument;
  private readonly parameters: Parameters;

  constructor(document: ParsedDocument, parameters: Parameters) {
    this.document = document;
    this.parameters = parameters;
    this.spellings = { ...(document.spellings satisfies Spellings) };
  }

  fill(value: unknown, path: Path): unknown {
    if (typeof value === 'string') return value.includes(opening) ? this.fillText(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => this.fill(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.fill(inner, [...path, key])]));
  }

  private fillText(text: string, path: Path): unknown {
    const name = whole.exec(text)?.[1] ?? '';
    const mistake = this.mistakeIn(text, path);
    const value = Object.hasOwn(this.parameters, name) ? this.parameters[name] : undefined;
    if (mistake !== undefined) this.diagnostics.push(mistake);
    if (mistake !== undefined || value === undefined || value === null) this.isWhole = false;
    else delete this.spellings[spellingKey(path)];
    return value;
  }

  private mistakeIn(text: string, path: Path): Diagnostic | undefined {
    const range = this.document.locate(path);
    const name = whole.exec(text)?.[1];
    if (path.length === 1 && (path[0] === 'kind' || path[0] === 'id')) {
      const detail =
        'Names are the same in all environments: plans, messages and other documents refer to them. Write it out.';
      return make('CMP265', { detail, range });
    }
    if (name === undefined) {
      const detail = `A parameter is the whole value: \`"\${param.NAME}"\`, with nothing around it. Make the whole text a parameter.`;
      return make('CMP264', { detail, range });
    }
    if (Object.hasOwn(this.parameters, name)) return undefined;
    const detail = `There is no parameter \`${name}\`. Declare it under \`parameters\` of the workspace with its type and default, or correct the name.`;
    return make('CMP262', { detail, range, suggestion: suggest(name, Object.keys(this.parameters)) });
  }
}

/** What is wrong with the values of a workspace whose form is right: defaults, and those of environments. */
export function checkParameters(workspace: Resource): readonly Diagnostic[] {
  const declared = mapAt(workspace.body, ['parameters']);
  const diagnostics: Diagnostic[] = [];
  const check = (name: string, path: Path): void => {
    const type = String(mapAt(declared[name], []).type);
    const raw = mapAt(workspace.body, path.slice(0, -1))[String(path.at(-1))];
    if (typedValue(type, raw, workspace.sourceText(path)) !== undefined) return;
    const detail = `Parameter \`${name}\` is of type ${type}: expected ${types[type]?.expected}, found \`${workspace.sourceText(path)}\`. Wherever it stands another value would be wrong.`;
    const related = [{ message: 'declared here', range: workspace.locate(['parameters', name, 'type']) }];
    diagnostics.push(make('CMP263', { detail, range: workspace.locate(path), related }));
  };
  for (const name of Object.keys(declared)) check(name, ['parameters', name, 'default']);
  for (const environment of Object.keys(mapAt(workspace.body, ['environments']))) {
    const base = ['environments', environment, 'parameters'];
    for (const name of Object.keys(mapAt(workspace.body, base))) {
      if (Object.hasOwn(declared, name)) check(name, [...base, name]);
      else diagnostics.push(undeclared(workspace, [...base, name], Object.keys(declared)));
    }
  }
  return diagnostics;
}

function undeclared(workspace: Resource, path: Path, known: readonly string[]): Diagnostic {
  const name = String(path.at(-1));
  const detail = `There is no parameter \`${name}\`, so this value would change nothing. Declare it under \`parameters\` with its type and default, or correct the name.`;
  return make('CMP262', { detail, range: workspace.locate(path, 'key'), suggestion: suggest(name, known) });
}
