/**
 * The variables of a Handlebars source, checked against what a message is rendered with: traits at the root, `entry.<property>`,
 * `with.<name>`, `<entity>.<field>`, `locale`. Blocks `if unless each with` and our helpers only: no prototypes. Nothing is rendered here.
 */
import { createRequire } from 'node:module';
import { suggest } from '../../diagnostics/suggest.ts';
import type { ValueType } from '../ir.ts';
import { useEntity, useTrait } from '../references.ts';
import { faultOfCall, type HelperForm, helperNamed, literalOf, templateHelpers } from '../template-helpers.ts';
import { fault, type Place, textOf } from './place.ts';

type Program = hbs.AST.Program;
type Node = hbs.AST.Node;

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
interface Visitor {
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

const builtIns: ReadonlySet<string> = new Set(['locale']);
/** Links of ours, where the workspace signs any. */
const linkNames: ReadonlySet<string> = new Set(['unsubscribe_url', 'preferences_url', 'confirm_url']);
const blocks: ReadonlySet<string> = new Set(['if', 'unless', 'each', 'with']);
const loopData: ReadonlySet<string> = new Set(['index', 'first', 'last', 'key']);

export interface UsedNames {
  readonly withNames: Set<string>;
  readonly entryProperties: Set<string>;
  readonly entities: Set<string>;
  readonly parts: Set<string>;
}

/** Adds the names that the source reads from `with`, `entry` and entities; a source that doesn't parse reads none. */
export function declareVariables(source: string, used: UsedNames, isEntity: (name: string) => boolean): void {
  const program = parse(source);
  if (typeof program === 'string') return;
  const visitor: Visitor = {
    isEntity,
    trait: () => null,
    entry: (property) => {
      used.entryProperties.add(property);
      return null;
    },
    with: (name) => {
      used.withNames.add(name);
      return null;
    },
    field: (entity) => {
      used.entities.add(entity);
      return null;
    },
    noList: () => {},
    unknown: () => {},
    refused: () => {},
    misused: () => {},
    unfit: () => {},
    noValue: () => {},
    part: (name) => {
      used.parts.add(name);
    },
  };
  walk(program, ['root'], visitor);
}

/** Says what is wrong in the source at the place, once for each name. `onPart`: told of each part that it takes in. */
export function checkVariables(place: Place, onPart: (name: string, isInside: boolean) => void): void {
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
  const part = (name: string, isInside: boolean): void => once(`> ${name}`, () => onPart(name, isInside));
  walk(program, ['root'], { ...visitorAt(place, once), part });
}

function visitorAt(place: Place, once: (name: string, say: () => void) => void): Omit<Visitor, 'part'> {
  const { names } = place.at;
  const entryTypes = readEntryTypes(place);
  const unknown = (text: string, candidates: readonly string[]): void =>
    once(text, () => {
      const detail = `Nothing is called \`${text}\` when this is rendered. Variables are traits (\`first_name\`), \`entry.<property>\` of the event that opens the journey, \`with.<name>\`, \`<entity>.<field>\` of the row that it is per, \`locale\`, \`unsubscribe_url\`, \`preferences_url\` and \`confirm_url\`.`;
      fault(place, 'CMP061', detail, { suggestion: suggest(text, candidates) });
    });
  return {
    isEntity: (name) => names.entities.has(name),
    trait: (name) => {
      if (linkNames.has(name)) {
        if (!names.hasLinks) once(name, () => fault(place, 'CMP278', withoutLinks(name)));
        return 'text';
      }
      if (names.traits.has(name)) return useTrait(place, name)?.type ?? null;
      unknown(name, [...names.traits.keys(), ...builtIns, ...linkNames]);
      return null;
    },
    entry: (property) => {
      if (!entryTypes.has(property))
        unknown(
          `entry.${property}`,
          [...entryTypes.keys()].map((one) => `entry.${one}`),
        );
      return entryTypes.get(property) ?? null;
    },
    with: () => null,
    field: (entity, field) => {
      const body = useEntity(place, entity);
      if (body === undefined || field === body.key) return null;
      const known = Object.hasOwn(body.fields, field) ? body.fields[field] : undefined;
      if (known === undefined) {
        unknown(
          `${entity}.${field}`,
          [body.key, ...Object.keys(body.fields)].map((one) => `${entity}.${one}`),
        );
      }
      return known?.type ?? null;
    },
    noList: (original, type) =>
      once(`each ${original}`, () => {
        const detail = `\`${original}\` is of type ${type}, and \`each\` goes through a list. Write \`{{${original}}}\`, or name a list.`;
        fault(place, 'CMP273', detail);
      }),
    unknown,
    refused: (what) =>
      once(what, () => {
        const detail = `${what} can't be used in a template: it holds variables, the blocks if, unless, each and with, and the helpers ${Object.keys(templateHelpers).join(', ')}, so that a reviewer sees all that it does.`;
        fault(place, 'CMP062', detail);
      }),
    misused: (helper, wrong) =>
      once(`${helper} ${wrong}`, () => {
        const known = helperNamed(helper)?.isBlock === true ? `{{#${helper} …}}` : `{{${helper} …}}`;
        fault(place, 'CMP062', `The helper \`${known}\` ${wrong}. Nothing could be shown there: correct the call.`);
      }),
    unfit: (helper, original, type, form) =>
      once(`${helper} ${original}`, () => {
        const detail = `\`${original}\` is of type ${type}, and \`${helper}\` is for ${form.subject.join(', ')}. Write \`{{${original}}}\`, or name a value of such a type.`;
        fault(place, 'CMP274', detail);
      }),
    noValue: (original, value) =>
      once(`${original} is ${value}`, () => {
        const { type, values } = names.traits.get(original) ?? { type: null, values: null };
        if (type !== 'enum' || values === null || values.includes(value)) return;
        const detail = `\`${original}\` is never \`${value}\`: it is one of ${values.join(', ')}. Nobody would see this block.`;
        fault(place, 'CMP274', detail, { suggestion: suggest(value, values) });
      }),
  };
}

function withoutLinks(name: string): string {
  return `\`${name}\` is a link that the workspace signs, and this one signs none, so people would read a gap. Add \`links\` with its \`base_url\` and \`keys\` to parcours.yaml, or remove it.`;
}

/** What `entry.x` can be: a property of any event, or what a `start` hands over; null where its types differ. */
function readEntryTypes({ at: { names } }: Place): ReadonlyMap<string, ValueType | null> {
  const types = new Map<string, ValueType | null>();
  const events = [...names.events.values()].flatMap((event) => Object.entries(event.properties));
  const handed = [...names.journeys.values()].flatMap((journey) => [...journey.with]);
  for (const [name, type] of [...events, ...handed]) {
    types.set(name, (types.get(name) ?? type) === type ? type : null);
  }
  return types;
}

/** The syntax tree, or in words why there is none. */
function parse(source: string): Program | string {
  try {
    return parser().parse(source);
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

/** How long a variable is taken to be when the length of a message is told beforehand. */
const variableLength = 10;

/** The words of a source as one text: the longer way of each block, once; variables as ten letters. Null: it doesn't parse. */
export function longestText(source: string): string | null {
  const program = parse(source);
  return typeof program === 'string' ? null : textOfProgram(program);
}

function textOfProgram(program: Program | undefined): string {
  return (program?.body ?? []).map(textOfStatement).join('');
}

function textOfStatement(node: Node): string {
  switch (node.type) {
    case 'ContentStatement':
      return (node as hbs.AST.ContentStatement).value;
    case 'MustacheStatement':
      return 'x'.repeat(variableLength);
    case 'BlockStatement': {
      const { program, inverse } = node as hbs.AST.BlockStatement;
      const [one, other] = [textOfProgram(program), textOfProgram(inverse)];
      return one.length >= other.length ? one : other;
    }
    default:
      return '';
  }
}
