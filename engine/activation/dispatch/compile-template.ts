/**
 * Handlebars source to a function, with the list of the variables that it reads. The source is read before it is compiled, so
 * that what a template can name is a short list (variables, if, unless, each, with, our helpers) and not what JavaScript objects offer.
 */
import Handlebars from 'handlebars';
import { faultOfCall, helperNamed, templateHelpers } from '../../compiler/template-helpers.ts';
import { registerHelpers } from './run-helpers.ts';
import type { Formats, TemplateValue } from './show-value.ts';

/** A variable of a template. `list`: it is walked by `each`. */
export interface Variable {
  /** `row`: a field of the row that the journey is per, under the entity's name. */
  readonly from: 'trait' | 'entry' | 'with' | 'row';
  readonly entity?: string;
  readonly name: string;
  readonly as: 'value' | 'list';
}

/** What a compiled template is run on. The objects have no prototype. */
export interface TemplateScope {
  readonly [name: string]: TemplateValue | Readonly<Record<string, TemplateValue>>;
}

export type CompiledTemplate =
  | {
      readonly ok: true;
      readonly variables: readonly Variable[];
      /** Text and variables alone. */
      readonly isPlain: boolean;
      run(scope: TemplateScope, formats: Formats): string;
    }
  | { readonly ok: false; readonly reason: string };

/** Where a name is looked up: the top, the objects `entry` and `with`, or one item of a list. */
type Scope = 'root' | 'entry' | 'with' | 'item';

/** A construct that templates may not use. Caught in `compileTemplate`, its only catcher. */
class Refused extends Error {}

/** What is wrong with the template, on one line. Handlebars draws a frame around parse errors: its first and last line say it. */
export function templateFault(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  const text = lines.length > 1 ? `${lines[0]} ${lines.at(-1)}` : (lines[0] ?? '');
  return text.slice(0, reasonLengthMax);
}

const forbiddenHelpers = { lookup: false, log: false, helperMissing: false, blockHelperMissing: false };
const ours = Object.fromEntries(Object.keys(templateHelpers).map((name) => [name, true]));
const knownHelpers = { if: true, unless: true, each: true, with: true, ...forbiddenHelpers, ...ours };
const neverInherited = { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false };
const reasonLengthMax = 200;
const handlebars = makeHandlebars();
const itemFields = new Set(['index', 'key', 'first', 'last']);

/** Compiles one text. `isHtml`: values are escaped and can't be left unescaped. */
export function compileTemplate(source: string, isHtml: boolean): CompiledTemplate {
  try {
    const tree = handlebars.parse(source);
    const variables = readVariables(tree, isHtml);
    const plain = plainParts(tree);
    if (plain !== null) return { ok: true, variables, isPlain: true, run: (scope) => writePlain(plain, scope, isHtml) };
    const run = handlebars.compile<TemplateScope>(tree, {
      strict: true,
      noEscape: !isHtml,
      knownHelpersOnly: true,
      knownHelpers,
    });
    return {
      ok: true,
      variables,
      isPlain: false,
      run: (scope, formats) => run(scope, { ...neverInherited, data: { formats } }),
    };
  } catch (error) {
    return { ok: false, reason: templateFault(error) };
  }
}

/** Text, or where a value stands: a name at the top, or in the object of that name. */
type Part = string | { readonly of: string | null; readonly name: string };

/**
 * The template as text and values, where it is nothing else; null: Handlebars runs it. What Handlebars prepares for a run takes longer than
 * writing a dozen values, and most messages call nothing.
 */
function plainParts(tree: hbs.AST.Program): readonly Part[] | null {
  const parts: Part[] = [];
  for (const statement of tree.body) {
    if (statement.type === 'CommentStatement') continue;
    if (statement.type === 'ContentStatement') {
      parts.push((statement as hbs.AST.ContentStatement).value);
      continue;
    }
    const { type, path, params, hash } = statement as hbs.AST.MustacheStatement;
    if (type !== 'MustacheStatement' || params.length > 0 || hash || path.type !== 'PathExpression') return null;
    const { depth, data, parts: names } = path as hbs.AST.PathExpression;
    const [first, second] = names;
    if (depth > 0 || data || first === undefined || names.length > 2) return null;
    parts.push(second === undefined ? { of: null, name: first } : { of: first, name: second });
  }
  return parts;
}

function writePlain(parts: readonly Part[], scope: TemplateScope, isHtml: boolean): string {
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') text += part;
    else {
      const from = part.of === null ? scope : (scope[part.of] as TemplateScope | undefined);
      const value = from?.[part.name];
      if (value === undefined) throw new Error(`"${part.name}" not defined`);
      text += isHtml ? Handlebars.escapeExpression(String(value)) : String(value);
    }
  }
  return text;
}

function makeHandlebars(): typeof Handlebars {
  const made = Handlebars.create();
  for (const name of Object.keys(forbiddenHelpers)) made.unregisterHelper(name);
  // `if` of a number that is shown as text must still see the number.
  made.registerHelper('if', function (this: unknown, value: unknown, options: Handlebars.HelperOptions) {
    return isFilled(value, options) ? options.fn(this) : options.inverse(this);
  });
  made.registerHelper('unless', function (this: unknown, value: unknown, options: Handlebars.HelperOptions) {
    return isFilled(value, options) ? options.inverse(this) : options.fn(this);
  });
  registerHelpers(made);
  return made;
}

function isFilled(value: unknown, options: Handlebars.HelperOptions): boolean {
  if (Array.isArray(value)) return value.length > 0;
  const raw = typeof value === 'object' && value !== null && 'raw' in value ? value.raw : value;
  return Boolean(raw) || (raw === 0 && options.hash.includeZero === true);
}

/** All variables of the tree, each once a use. Throws `Refused`. */
function readVariables(tree: hbs.AST.Program, isHtml: boolean): readonly Variable[] {
  const found = new Map<string, Variable>();
  const add = (variable: Variable) => found.set(`${variable.from}.${variable.name} ${variable.as}`, variable);
  walk(tree, { scopes: ['root'], locals: new Set(), isHtml, add });
  return [...found.values()];
}

interface Walk {
  /** The innermost last. */
  readonly scopes: readonly Scope[];
  /** Names given by `as |name|`. */
  readonly locals: ReadonlySet<string>;
  readonly isHtml: boolean;
  add(variable: Variable): void;
}

function walk(program: hbs.AST.Program | undefined, at: Walk): void {
  for (const statement of program?.body ?? []) walkStatement(statement, at);
}

function walkStatement(statement: hbs.AST.Statement, at: Walk): void {
  switch (statement.type) {
    case 'ContentStatement':
    case 'CommentStatement':
      return;
    case 'MustacheStatement': {
      const { path, params, hash, escaped } = statement as hbs.AST.MustacheStatement;
      if (!escaped && at.isHtml)
        throw new Refused(`{{{${written(path)}}}} would not be escaped: write {{${written(path)}}}`);
      if (params.length > 0 || hash) {
        readCall(written(path), { params, hash, isBlock: false }, at);
        return;
      }
      readPath(path, 'value', at);
      asVariable(path);
      return;
    }
    case 'BlockStatement':
      walkBlock(statement as hbs.AST.BlockStatement, at);
      return;
    default:
      throw new Refused('partials and decorators are not run in templates');
  }
}

function walkBlock(block: hbs.AST.BlockStatement, at: Walk): void {
  const helper = block.path.original;
  const [subject, ...more] = block.params;
  if (helperNamed(helper) !== undefined) {
    readCall(helper, { ...block, isBlock: true }, at);
    walk(block.program, at);
    walk(block.inverse, at);
    return;
  }
  if (!['if', 'unless', 'each', 'with'].includes(helper)) throw new Refused(`unknown helper #${helper}`);
  if (!subject || more.length > 0) throw new Refused(`#${helper} takes one variable`);
  const isTest = helper === 'if' || helper === 'unless';
  const options = block.hash?.pairs.map((pair) => pair.key) ?? [];
  if (options.some((key) => !isTest || key !== 'includeZero')) throw new Refused(`#${helper} takes no options`);
  const entered = isTest ? readTest(subject, at) : readSubject(subject, helper, at);
  const locals = new Set([...at.locals, ...(block.program?.blockParams ?? [])]);
  walk(block.program, { ...at, locals, scopes: entered === null ? at.scopes : [...at.scopes, entered] });
  walk(block.inverse, at);
}

/** A variable may be called as a helper is; written with `./` it is the variable. */
function asVariable(expression: hbs.AST.Expression): void {
  const path = expression as hbs.AST.PathExpression & { original: string };
  if (!path.data && path.depth === 0 && Object.hasOwn(knownHelpers, path.original))
    path.original = `./${path.original}`;
}

interface Call {
  readonly params: readonly hbs.AST.Expression[];
  readonly hash?: hbs.AST.Hash | undefined;
  readonly isBlock: boolean;
}

/** A call of one of our helpers: its variable is read, all else must be literals. */
function readCall(name: string, call: Call, at: Walk): void {
  const form = helperNamed(name);
  if (form === undefined || form.isBlock !== call.isBlock) {
    throw new Refused(`unknown helper ${call.isBlock ? '#' : ''}${name}`);
  }
  const wrong = faultOfCall(name, form, call);
  if (wrong !== null) throw new Refused(`${name} ${wrong}`);
  const [subject] = call.params as [hbs.AST.Expression];
  readPath(subject, 'value', at);
}

function readTest(subject: hbs.AST.Expression, at: Walk): null {
  readPath(subject, 'value', at);
  return null;
}

/** The scope inside `each` or `with`. */
function readSubject(subject: hbs.AST.Expression, helper: string, at: Walk): Scope {
  if (helper === 'with' && subject.type === 'PathExpression') {
    const { parts, depth } = subject as hbs.AST.PathExpression;
    const [name] = parts;
    if (parts.length === 1 && scopeAt(depth, at) === 'root' && (name === 'entry' || name === 'with')) return name;
  }
  readPath(subject, helper === 'each' ? 'list' : 'value', at);
  return 'item';
}

function readPath(expression: hbs.AST.Expression, as: Variable['as'], at: Walk): void {
  if (expression.type !== 'PathExpression') throw new Refused(`${written(expression)} is not a variable`);
  const path = expression as hbs.AST.PathExpression;
  const [first] = path.parts;
  if (path.data) {
    readData(path, as, at);
    return;
  }
  if (first !== undefined && path.depth === 0 && at.locals.has(first)) {
    // An item of a list is text, the second name its number: neither has parts or items.
    if (path.parts.length === 1 && as === 'value') return;
    throw unknown(path);
  }
  readName(path, path.parts, scopeAt(path.depth, at), as, at);
}

function readData(path: hbs.AST.PathExpression, as: Variable['as'], at: Walk): void {
  const [name, ...rest] = path.parts;
  if (name === 'root') {
    readName(path, rest, 'root', as, at);
    return;
  }
  const isItem = at.scopes.includes('item') && rest.length === 0 && as === 'value';
  if (!isItem || !itemFields.has(name ?? '')) throw unknown(path);
}

function readName(
  path: hbs.AST.PathExpression,
  parts: readonly string[],
  scope: Scope | undefined,
  as: Variable['as'],
  at: Walk,
): void {
  const [first, second] = parts;
  if (scope === 'item' && parts.length === 0 && as === 'value') return;
  if (first === undefined || scope === undefined || scope === 'item') throw unknown(path);
  if (scope === 'root' && (first === 'entry' || first === 'with')) {
    if (second === undefined || parts.length !== 2) throw unknown(path);
    at.add({ from: first, name: second, as });
    return;
  }
  if (scope === 'root' && second !== undefined && parts.length === 2) {
    at.add({ from: 'row', entity: first, name: second, as });
    return;
  }
  if (second !== undefined) throw unknown(path);
  at.add({ from: scope === 'root' ? 'trait' : scope, name: first, as });
}

function scopeAt(depth: number, at: Walk): Scope | undefined {
  return at.scopes[at.scopes.length - 1 - depth];
}

function unknown(path: hbs.AST.PathExpression): Refused {
  return new Refused(`unknown variable {{${path.original}}}`);
}

function written(expression: hbs.AST.Expression): string {
  const { original } = expression as Partial<hbs.AST.PathExpression>;
  return original === undefined ? expression.type : String(original);
}
