/**
 * The tree of a Handlebars source, gone through with what names mean at each point: traits at the root, `entry.<property>`, `with.<name>`,
 * `<entity>.<field>`, `locale`; blocks `if unless each with` and our helpers only. What is said of what is found is `template-variables.ts`.
 */
import { createRequire } from 'node:module';
import type { ValueType } from '../ir.ts';
import { faultOfCall, type HelperForm, helperNamed, literalOf } from '../template-helpers.ts';

export type Program = hbs.AST.Program;
export type Node = hbs.AST.Node;

type Parser = Pick<typeof import('handlebars'), 'parse'>;

let loaded: Parser | undefined;

/** The part of Handlebars that parses: loading all of it takes longer than reading hundreds of files. */
function parser(): Parser {
  loaded ??= createRequire(import.meta.url)('handlebars/dist/cjs/handlebars/compiler/base.js') as Parser;
  return loaded;
}

/** What a bare name means at a point of the source. `value`: a text in a list, which has no names. */
type Context = 'root' | 'entry' | 'with' | 'value' | EntityContext;

/** Fields of the row that the journey is per. */
interface EntityContext {
  readonly entity: string;
}

/** What a variable stands for: something with names of its own, or a value of a type (null: not known). */
interface Meaning {
  readonly context: Context | null;
  readonly type: ValueType | null;
}

const plainValue: Meaning = { context: null, type: null };

/** Receives each variable by its meaning, and each thing that isn't allowed. */
export interface Visitor {
  isEntity(name: string): boolean;
  trait(name: string): ValueType | null;
  entry(property: string): ValueType | null;
  with(name: string): null;
  field(entity: string, field: string): ValueType | null;
  /** A loop over what is no list. */
  noList(original: string, type: ValueType): void;
  unknown(text: string, candidates: readonly string[]): void;
  refused(what: string): void;
  /** A helper is called otherwise than it can be. */
  misused(helper: string, wrong: string): void;
  /** A helper of what isn't of its types. */
  unfit(helper: string, original: string, type: ValueType, form: HelperForm): void;
  /** A value of an enum that it can't have. */
  noValue(original: string, value: string): void;
  /** `{{> name}}`; `isInside`: in a list, or with names of its own. */
  part(name: string, isInside: boolean): void;
}

/** Names that are there without being declared. */
export const builtIns: ReadonlySet<string> = new Set(['locale']);
const blocks: ReadonlySet<string> = new Set(['if', 'unless', 'each', 'with']);
const loopData: ReadonlySet<string> = new Set(['index', 'first', 'last', 'key']);

/** The syntax tree, or in words why there is none. */
export function parse(source: string): Program | string {
  try {
    return parser().parse(source);
  } catch (error) {
    // The parser's message: where, the text before, a pointer, and the tokens of its grammar, which say nothing to anyone.
    const [where = '', near] = String((error as Error).message).split('\n');
    return near === undefined ? where : `${where.replace(/:$/, '')} near \`${near}\``;
  }
}

/** Tells the visitor of each variable of a tree, by what it means where it stands. */
export function walk(program: Program | undefined, contexts: readonly Context[], visitor: Visitor): void {
  for (const statement of program?.body ?? []) visitStatement(statement, contexts, visitor);
}

function visitStatement(node: Node, contexts: readonly Context[], visitor: Visitor): void {
  switch (node.type) {
    case 'ContentStatement':
    case 'CommentStatement':
      break;
    case 'MustacheStatement':
      visitMustache(node as hbs.AST.MustacheStatement, contexts, visitor);
      break;
    case 'BlockStatement':
      visitBlock(node as hbs.AST.BlockStatement, contexts, visitor);
      break;
    case 'PartialStatement':
      visitPart(node as hbs.AST.PartialStatement, contexts, visitor);
      break;
    case 'PartialBlockStatement':
      visitor.refused('A part with a block ({{#> …}})');
      break;
    default:
      visitor.refused('A decorator ({{* …}})');
  }
}

function visitMustache(node: hbs.AST.MustacheStatement, contexts: readonly Context[], visitor: Visitor): void {
  const isCall = node.params.length > 0 || (node.hash?.pairs.length ?? 0) > 0;
  if (isCall) visitCall(originalOf(node.path), { ...node, isBlock: false }, contexts, visitor);
  else visitExpression(node.path, contexts, visitor);
}

interface Call {
  readonly params: readonly hbs.AST.Expression[];
  readonly hash?: hbs.AST.Hash | undefined;
  readonly isBlock: boolean;
}

/** A call of a helper: that it is one, how it is called, and of what. */
function visitCall(name: string, call: Call, contexts: readonly Context[], visitor: Visitor): void {
  const form = helperNamed(name);
  if (form === undefined || form.isBlock !== call.isBlock) {
    visitor.refused(`The ${call.isBlock ? 'block' : 'helper'} \`${name}\``);
    return;
  }
  const wrong = faultOfCall(name, form, call);
  if (wrong !== null) {
    visitor.misused(name, wrong);
    return;
  }
  const [subject, ...literals] = call.params as [hbs.AST.Expression, ...hbs.AST.Expression[]];
  const { type } = visitExpression(subject, contexts, visitor);
  const original = originalOf(subject);
  if (type !== null && !form.subject.includes(type)) visitor.unfit(name, original, type, form);
  const isUnsaid = name === 'money' && call.hash === undefined && (type === 'integer' || type === 'number');
  if (isUnsaid) visitor.misused(name, `needs \`currency="…"\` for \`${original}\`, which is a number without one`);
  if (name === 'is') for (const literal of literals) visitor.noValue(original, String(literalOf(literal)));
}

function visitPart(node: hbs.AST.PartialStatement, contexts: readonly Context[], visitor: Visitor): void {
  const { name, params, hash } = node;
  const isPlain = name.type === 'PathExpression' && params.length === 0 && (hash?.pairs.length ?? 0) === 0;
  if (isPlain) visitor.part(originalOf(name), contexts.length > 1);
  else visitor.refused('A part with values of its own ({{> id name=…}})');
}

function visitBlock(node: hbs.AST.BlockStatement, contexts: readonly Context[], visitor: Visitor): void {
  const name = node.path.original;
  const [subject, more] = node.params;
  if (helperNamed(name)?.isBlock === true) {
    visitCall(name, { ...node, isBlock: true }, contexts, visitor);
    walk(node.program, contexts, visitor);
    walk(node.inverse, contexts, visitor);
    return;
  }
  const isPlain = (node.hash?.pairs.length ?? 0) === 0 && !hasBlockParams(node);
  if (!blocks.has(name) || subject === undefined || more !== undefined || !isPlain) {
    visitor.refused(`The block \`${name}\` in this form`);
    return;
  }
  const { context, type } = visitExpression(subject, contexts, visitor);
  if (name === 'each' && type !== null && type !== 'list') visitor.noList(originalOf(subject), type);
  const inner = name === 'each' || name === 'with' ? [context ?? 'value', ...contexts] : contexts;
  walk(node.program, inner, visitor);
  walk(node.inverse, contexts, visitor);
}

function hasBlockParams(node: hbs.AST.BlockStatement): boolean {
  return (node.program?.blockParams?.length ?? 0) > 0;
}

function originalOf(node: Node): string {
  return String((node as hbs.AST.PathExpression).original);
}

/** Visits a variable; gives what it stands for. */
function visitExpression(node: Node, contexts: readonly Context[], visitor: Visitor): Meaning {
  if (node.type !== 'PathExpression') {
    visitor.refused('A literal or an expression in place of a variable');
    return plainValue;
  }
  const { data, depth, original, parts: names } = node as hbs.AST.PathExpression;
  const parts = names.map(String);
  if (data) return visitData(original, parts, visitor);
  const context = contexts[depth];
  if (context === undefined) visitor.unknown(original, []);
  return context === undefined ? plainValue : visitName(context, { parts, original }, visitor);
}

/** `@index` and its like in loops; `@root.name` is a name at the root. */
function visitData(original: string, parts: readonly string[], visitor: Visitor): Meaning {
  const [head, ...rest] = parts;
  if (head === 'root') return visitName('root', { parts: rest, original }, visitor);
  if (head === undefined || !loopData.has(head) || rest.length > 0)
    visitor.unknown(original, ['@index', '@first', '@last']);
  return plainValue;
}

interface Name {
  readonly parts: readonly string[];
  readonly original: string;
}

function visitName(context: Context, { parts, original }: Name, visitor: Visitor): Meaning {
  const [first, second, third] = parts;
  if (first === undefined) return { context, type: null };
  if (parts.some((part) => part in Object.prototype)) {
    visitor.refused(`\`${original}\``);
    return plainValue;
  }
  const inner = context === 'root' ? contextNamed(first, parts.length, visitor) : null;
  if (inner !== null) {
    if (second === undefined) return { context: inner, type: null };
    if (third === undefined) return { context: null, type: visitMember(inner, second, visitor) };
    visitor.unknown(original, []);
  } else if (second !== undefined || context === 'value') visitor.unknown(original, []);
  else return { context: null, type: visitMember(context, first, visitor) };
  return plainValue;
}

/** `entry`, `with`, or an entity; a trait of an entity's name is meant where no field follows. */
function contextNamed(name: string, parts: number, visitor: Visitor): Context | null {
  if (name === 'entry' || name === 'with') return name;
  return parts > 1 && visitor.isEntity(name) ? { entity: name } : null;
}

function visitMember(context: Context, name: string, visitor: Visitor): ValueType | null {
  if (typeof context === 'object') return visitor.field(context.entity, name);
  switch (context) {
    case 'root':
      return builtIns.has(name) ? null : visitor.trait(name);
    case 'value':
      return null;
    default:
      return visitor[context](name);
  }
}
