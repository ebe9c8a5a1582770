/**
 * One document of YAML to its plain value, the spellings that the value doesn't show, and what is wrong on the way; and the place of
 * each key and value. It holds the nodes of the document, so it lives no longer than somebody asks for places.
 */
import type { Alias, Document, Pair, Scalar } from 'yaml';
import { make } from '../diagnostics/codes.ts';
import type { Diagnostic, SourceRange } from '../diagnostics/diagnostic.ts';
import { documentDepthMax } from './compose-yaml.ts';
import type { Path } from './project.ts';
import type { TextPositions } from './text-positions.ts';
import { keyTrap, type Trap, valueTrap } from './traps.ts';
import { yaml } from './yaml-package.ts';

/** Values in a document, each use of an alias counted anew: a few lines of aliases can mean billions. */
export const documentNodesMax = 200_000;

export type YamlNode = NonNullable<Document['contents']>;
type YamlPair = Pair<YamlNode | null, YamlNode | null>;

/** What the package calls a scalar without quotes (`Scalar.PLAIN`). */
const plainType = 'PLAIN';

/** A part that can't be given as a value; its diagnostic is already written. */
export const unreadable = Symbol('unreadable');

/** How scalars are spelled where their value doesn't say it (`01`, `1e3`, nothing), by `spellingKey`; null: there is no scalar. */
export type Spellings = Readonly<Record<string, string | null>>;

/** The key of a path among spellings. */
export function spellingKey(path: Path): string {
  return path.length === 0 ? '' : JSON.stringify(path.map(String));
}

/** What was found on a path: the node (null when it is empty) and the key that leads to it, if a map does. */
interface Found {
  readonly node: YamlNode | null;
  readonly key: YamlNode | null;
}

/** A class, since it keeps what aliases stand for until the places are asked for. */
export class DocumentReader {
  readonly spellings: Record<string, string | null> = {};
  private readonly root: YamlNode;
  private readonly text: string;
  private readonly positions: TextPositions;
  private readonly diagnostics: Diagnostic[];
  private readonly anchors = new Map<string, YamlNode>();
  private readonly targets = new Map<Alias, YamlNode>();
  private readonly path: (string | number)[] = [];
  private nodes = 0;
  /** The outermost alias that is being read: it is to blame for what it expands to. */
  private expanding: YamlNode | undefined;

  constructor(root: YamlNode, text: string, positions: TextPositions, diagnostics: Diagnostic[]) {
    this.root = root;
    this.text = text;
    this.positions = positions;
    this.diagnostics = diagnostics;
  }

  /** The whole document. Call it once, before places are asked for. */
  readAll(): unknown {
    return this.read(this.root, 0);
  }

  private read(node: YamlNode | null, depth: number): unknown {
    if (node === null) {
      this.spellings[spellingKey(this.path)] = null;
      return null;
    }
    this.nodes += 1;
    if (this.nodes > documentNodesMax || depth > documentDepthMax) {
      if (this.nodes !== Number.POSITIVE_INFINITY) this.diagnostics.push(tooDeep(this.rangeOf(this.expanding ?? node)));
      this.nodes = Number.POSITIVE_INFINITY;
      return unreadable;
    }
    const value = this.readContent(node, depth);
    if (!yaml().isAlias(node) && node.anchor !== undefined) this.anchors.set(node.anchor, node);
    return value;
  }

  private readContent(node: YamlNode, depth: number): unknown {
    if (yaml().isScalar(node)) return this.readScalar(node);
    if (yaml().isMap(node)) return this.readMap(node.items as YamlPair[], depth);
    if (yaml().isSeq(node)) return this.readList(node.items as (YamlNode | null)[], depth);
    return yaml().isAlias(node) ? this.readAlias(node, depth) : null;
  }

  private readScalar(node: Scalar): unknown {
    const { value } = node;
    if (typeof value === 'string')
      return this.isTrap(node, valueTrap(value, node.type === plainType)) ? unreadable : value;
    if (typeof value === 'number' && !Number.isFinite(value)) {
      return this.refuse(node, 'Infinity and "not a number" are no values here. Quote it if it is a text.');
    }
    const written = node.source ?? String(value);
    if (written !== String(value)) this.spellings[spellingKey(this.path)] = written;
    // JSON knows no negative zero, and reports travel as JSON.
    return value === 0 ? 0 : value;
  }

  /** Says what is easily misread, once however many aliases lead there; whether it can't be a value at all. */
  private isTrap(node: YamlNode, trap: Trap | undefined): boolean {
    if (trap === undefined) return false;
    const { code, detail, suggestion } = trap;
    if (this.expanding === undefined) {
      this.diagnostics.push(make(code, { detail, suggestion, range: this.rangeOf(node) }));
    }
    return trap.isFatal;
  }

  private readAlias(alias: Alias, depth: number): unknown {
    const target = this.anchors.get(alias.source);
    if (target === undefined) {
      const detail = `\`*${alias.source}\` needs a value marked \`&${alias.source}\` that is complete before it in this document.`;
      this.diagnostics.push(make('CFG001', { detail, range: this.rangeOf(alias as unknown as YamlNode) }));
      return unreadable;
    }
    this.targets.set(alias, target);
    const isOutermost = this.expanding === undefined;
    this.expanding ??= alias as unknown as YamlNode;
    const value = this.read(target, depth);
    if (isOutermost) this.expanding = undefined;
    return value;
  }

  private readMap(pairs: readonly YamlPair[], depth: number): unknown {
    const map: Record<string, unknown> = {};
    // Made when a key is repeated, which is rare; looking for each anew would take quadratic time.
    let firsts: ReadonlyMap<string, YamlNode> | undefined;
    let whole = true;
    for (const pair of pairs) {
      const key = keyText(pair.key);
      if (key === undefined) {
        whole = this.refuse(pair.key, 'Keys are plain text; this one is a list, a map or empty.') !== unreadable;
        continue;
      }
      if (Object.hasOwn(map, key)) {
        firsts ??= firstKeys(pairs);
        this.repeated(key, pair.key!, firsts.get(key)!);
        continue;
      }
      if (this.isTrap(pair.key!, keyTrap(key, (pair.key as Scalar).type === plainType))) whole = false;
      this.path.push(key);
      const value = this.read(pair.value, depth + 1);
      this.path.pop();
      whole &&= value !== unreadable;
      // `__proto__` is a key like any other here: it must become an own property, to be refused by the schema.
      if (key !== '__proto__') map[key] = value;
      else Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
    }
    return whole ? map : unreadable;
  }

  private readList(items: readonly (YamlNode | null)[], depth: number): unknown {
    const list: unknown[] = [];
    for (const item of items) {
      this.path.push(list.length);
      const value = this.read(item, depth + 1);
      this.path.pop();
      if (value === unreadable) return unreadable;
      list.push(value);
    }
    return list;
  }

  private repeated(key: string, node: YamlNode, first: YamlNode): void {
    const detail = `\`${key}\` already stands in this map, and only one of the two could count. Keep one of them.`;
    const related = [{ message: 'first written here', range: this.rangeOf(first) }];
    this.diagnostics.push(make('CFG002', { detail, range: this.rangeOf(node), related }));
  }

  private refuse(node: YamlNode | null, detail: string): typeof unreadable {
    const range = node === null ? this.rangeOf(this.root) : this.rangeOf(node);
    this.diagnostics.push(make('CFG007', { detail, range }));
    return unreadable;
  }

  /** The place of a value without the blank lines after it. */
  private rangeOf(node: YamlNode): SourceRange {
    const [start, valueEnd] = node.range ?? [0, 0, 0];
    let end = valueEnd;
    while (end > start && /\s/.test(this.text[end - 1]!)) end -= 1;
    return this.positions.range(start, end);
  }

  /** See `Resource.locate`. */
  locate(path: Path, on: 'key' | 'value'): SourceRange {
    const trail = this.follow(path);
    const found = trail.at(-1)!;
    const isThere = trail.length === path.length + 1;
    if (isThere && on === 'value' && found.node !== null && !isEmpty(found.node)) return this.rangeOf(found.node);
    return this.rangeOf(found.key ?? firstKey(found.node) ?? found.node ?? this.root);
  }

  /** The nodes from the root along the path, as far as they exist. */
  private follow(path: Path): readonly Found[] {
    const trail: Found[] = [{ node: this.root, key: null }];
    for (const part of path) {
      const node = this.resolve(trail.at(-1)!.node);
      const next = yaml().isMap(node)
        ? entryOf(node.items as YamlPair[], String(part))
        : yaml().isSeq(node)
          ? itemOf(node.items, part)
          : undefined;
      if (next === undefined) break;
      trail.push(next);
    }
    return trail;
  }

  private resolve(node: YamlNode | null): YamlNode | null {
    return node !== null && yaml().isAlias(node) ? (this.targets.get(node) ?? node) : node;
  }
}

function firstKeys(pairs: readonly YamlPair[]): ReadonlyMap<string, YamlNode> {
  const firsts = new Map<string, YamlNode>();
  for (const { key } of pairs) {
    const text = keyText(key);
    if (text !== undefined && !firsts.has(text)) firsts.set(text, key!);
  }
  return firsts;
}

function entryOf(pairs: readonly YamlPair[], key: string): Found | undefined {
  const pair = pairs.find((candidate) => keyText(candidate.key) === key);
  return pair && { node: pair.value, key: pair.key };
}

function itemOf(items: readonly unknown[], index: string | number): Found | undefined {
  const item = items[Number(index)] as YamlNode | null | undefined;
  return item === undefined ? undefined : { node: item, key: null };
}

function firstKey(node: YamlNode | null): YamlNode | null {
  return yaml().isMap(node) ? ((node.items[0]?.key as YamlNode | undefined) ?? null) : null;
}

function isEmpty(node: YamlNode): boolean {
  return yaml().isScalar(node) && node.value === null && (node.source ?? '') === '';
}

/** Keys are compared and given as they are written: `01` isn't `1`. */
function keyText(key: YamlNode | null): string | undefined {
  if (!yaml().isScalar(key) || key.value === null) return undefined;
  return key.source ?? String(key.value);
}

export function tooDeep(range: SourceRange): Diagnostic {
  const detail = `A document may hold ${documentNodesMax} values, each use of an alias counted, and ${documentDepthMax} levels inside each other. Split it.`;
  return make('CFG006', { detail, range });
}
