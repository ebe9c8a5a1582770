/**
 * The variables of a Handlebars source, checked against what a message is rendered with: traits at the root, `entry.<property>`,
 * `with.<name>`, `locale`. Blocks `if unless each with` only: no helpers, no partials, no prototypes. Nothing is rendered here.
 */
import Handlebars from 'handlebars';
import { suggest } from '../../diagnostics/suggest.ts';
import { useTrait } from '../references.ts';
import { fault, type Place, textOf } from './place.ts';

type Program = hbs.AST.Program;
type Node = hbs.AST.Node;

/** What a bare name means at a point of the source. `value`: a text in a list, which has no names. */
type Context = 'root' | 'entry' | 'with' | 'value';

/** Receives each variable by its meaning, and each thing that isn't allowed. */
interface Visitor {
  trait(name: string): void;
  entry(property: string): void;
  with(name: string): void;
  unknown(text: string, candidates: readonly string[]): void;
  refused(what: string): void;
}

const builtIns: ReadonlySet<string> = new Set(['locale']);
const blocks: ReadonlySet<string> = new Set(['if', 'unless', 'each', 'with']);
const loopData: ReadonlySet<string> = new Set(['index', 'first', 'last', 'key']);

/** Adds the names that the source reads from `with` and `entry`; a source that doesn't parse reads none. */
export function declareVariables(
  source: string,
  used: { readonly withNames: Set<string>; readonly entryProperties: Set<string> },
): void {
  const program = parse(source);
  if (typeof program === 'string') return;
  const visitor: Visitor = {
    trait: () => {},
    entry: (property) => used.entryProperties.add(property),
    with: (name) => used.withNames.add(name),
    unknown: () => {},
    refused: () => {},
  };
  walk(program, ['root'], visitor);
}

/** Says what is wrong in the source at the place, once for each name. */
export function checkVariables(place: Place): void {
  const program = parse(textOf(place));
  if (typeof program === 'string') {
    fault(
      place,
      'CMP060',
      `The template can't be read: ${program}. Variables are written {{name}}, blocks {{#if name}}…{{/if}}.`,
    );
    return;
  }
  const said = new Set<string>();
  const once = (name: string, say: () => void): void => {
    if (!said.has(name)) say();
    said.add(name);
  };
  walk(program, ['root'], visitorAt(place, once));
}

function visitorAt(place: Place, once: (name: string, say: () => void) => void): Visitor {
  const { names } = place.at;
  const properties = [...names.events.values()].flatMap((event) => Object.keys(event.properties));
  const unknown = (text: string, candidates: readonly string[]): void =>
    once(text, () => {
      const detail = `Nothing is called \`${text}\` when this is rendered. Variables are traits (\`first_name\`), \`entry.<property>\` of the event that opens the journey, \`with.<name>\` and \`locale\`.`;
      fault(place, 'CMP061', detail, { suggestion: suggest(text, candidates) });
    });
  return {
    trait: (name) => {
      if (names.traits.has(name)) useTrait(place, name);
      else unknown(name, [...names.traits.keys(), 'locale']);
    },
    entry: (property) => {
      if (!properties.includes(property))
        unknown(
          `entry.${property}`,
          properties.map((one) => `entry.${one}`),
        );
    },
    with: () => {},
    unknown,
    refused: (what) =>
      once(what, () => {
        const detail = `${what} can't be used in a template: it holds variables and the blocks if, unless, each and with, so that a reviewer sees all that it does.`;
        fault(place, 'CMP062', detail);
      }),
  };
}

/** The syntax tree, or in words why there is none. */
function parse(source: string): Program | string {
  try {
    return Handlebars.parse(source);
  } catch (error) {
    // The parser's message: where, the text before, a pointer, and the tokens of its grammar, which say nothing to anyone.
    const [where = '', near] = String((error as Error).message).split('\n');
    return near === undefined ? where : `${where.replace(/:$/, '')} near \`${near}\``;
  }
}

function walk(program: Program | undefined, contexts: readonly Context[], visitor: Visitor): void {
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
    case 'PartialBlockStatement':
      visitor.refused('A partial ({{> …}})');
      break;
    default:
      visitor.refused('A decorator ({{* …}})');
  }
}

function visitMustache(node: hbs.AST.MustacheStatement, contexts: readonly Context[], visitor: Visitor): void {
  const isHelper = node.params.length > 0 || (node.hash?.pairs.length ?? 0) > 0;
  if (isHelper) visitor.refused(`The helper \`${(node.path as hbs.AST.PathExpression).original}\``);
  else visitExpression(node.path, contexts, visitor);
}

function visitBlock(node: hbs.AST.BlockStatement, contexts: readonly Context[], visitor: Visitor): void {
  const name = node.path.original;
  const [subject, more] = node.params;
  const isPlain = (node.hash?.pairs.length ?? 0) === 0 && !hasBlockParams(node);
  if (!blocks.has(name) || subject === undefined || more !== undefined || !isPlain) {
    visitor.refused(`The block \`${name}\` in this form`);
    return;
  }
  const meaning = visitExpression(subject, contexts, visitor);
  const inner = name === 'each' || name === 'with' ? [meaning ?? 'value', ...contexts] : contexts;
  walk(node.program, inner, visitor);
  walk(node.inverse, contexts, visitor);
}

function hasBlockParams(node: hbs.AST.BlockStatement): boolean {
  return (node.program?.blockParams?.length ?? 0) > 0;
}

/** Visits a variable; gives the context that a block over it opens, or undefined when that is a plain value. */
function visitExpression(node: Node, contexts: readonly Context[], visitor: Visitor): Context | undefined {
  if (node.type !== 'PathExpression') {
    visitor.refused('A literal or an expression in place of a variable');
    return undefined;
  }
  const { data, depth, original, parts: names } = node as hbs.AST.PathExpression;
  const parts = names.map(String);
  if (data) return visitData(original, parts, visitor);
  const context = contexts[depth];
  if (context === undefined) visitor.unknown(original, []);
  return context === undefined ? undefined : visitName(context, { parts, original }, visitor);
}

/** `@index` and its like in loops; `@root.name` is a name at the root. */
function visitData(original: string, parts: readonly string[], visitor: Visitor): Context | undefined {
  const [head, ...rest] = parts;
  if (head === 'root') return visitName('root', { parts: rest, original }, visitor);
  if (head === undefined || !loopData.has(head) || rest.length > 0)
    visitor.unknown(original, ['@index', '@first', '@last']);
  return undefined;
}

interface Name {
  readonly parts: readonly string[];
  readonly original: string;
}

function visitName(context: Context, { parts, original }: Name, visitor: Visitor): Context | undefined {
  const [first, second, third] = parts;
  if (first === undefined) return context;
  if (parts.some((part) => part in Object.prototype)) {
    visitor.refused(`\`${original}\``);
    return undefined;
  }
  if (context === 'root' && (first === 'entry' || first === 'with')) {
    if (second === undefined) return first;
    if (third !== undefined) visitor.unknown(original, []);
    else visitor[first](second);
    return undefined;
  }
  if (second !== undefined || context === 'value') visitor.unknown(original, []);
  else if (context === 'root') visitRoot(first, visitor);
  else visitor[context](first);
  return undefined;
}

function visitRoot(name: string, visitor: Visitor): void {
  if (!builtIns.has(name)) visitor.trait(name);
}
