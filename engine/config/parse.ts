/**
 * The text of a file to its documents: plain values, and the place and spelling of each. YAML 1.2, without tags,
 * directives and keys that aren't text. What the values mean is not known here.
 */
import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Pair } from 'yaml';
import { make } from '../diagnostics/codes.ts';
import type { Diagnostic, SourceRange } from '../diagnostics/diagnostic.ts';
import { composeYaml, documentDepthMax } from './compose-yaml.ts';
import type { Path } from './project.ts';
import { type TextPositions, textPositions } from './text-positions.ts';
import { syntaxDetail } from './yaml-mistakes.ts';

/** One document of a file, whatever it is. */
export interface ParsedDocument {
  readonly file: string;
  /** Plain JSON values. */
  readonly body: unknown;
  /** See `Resource.locate`. */
  locate(path: Path, on?: 'key' | 'value'): SourceRange;
  /** See `Resource.sourceText`. */
  sourceText(path: Path): string | undefined;
}

/** Values in a document, each use of an alias counted anew: a few lines of aliases can mean billions. */
export const documentNodesMax = 200_000;

/** Empty documents are left out; those with faults of YAML give diagnostics, and no document when nothing can be read. */
export function parseYaml(
  file: string,
  text: string,
): { readonly documents: readonly ParsedDocument[]; readonly diagnostics: readonly Diagnostic[] } {
  const positions = textPositions(file, text);
  const diagnostics: Diagnostic[] = [];
  const documents: ParsedDocument[] = [];
  const composed = composeYaml(text);
  if (composed.kind === 'too deep') {
    return { documents, diagnostics: [tooDeep(positions.range(composed.offset, composed.offset))] };
  }
  for (const parsed of composed.documents) {
    const document = readDocument(file, text, parsed, positions, diagnostics);
    if (document !== undefined) documents.push(document);
  }
  return { documents, diagnostics };
}

function readDocument(
  file: string,
  text: string,
  parsed: Document,
  positions: TextPositions,
  diagnostics: Diagnostic[],
): ParsedDocument | undefined {
  const fault = parsed.errors[0] ?? parsed.warnings[0];
  if (fault !== undefined) {
    const [start, end] = fault.pos;
    const code = fault.code === 'TAG_RESOLVE_FAILED' ? 'CFG007' : 'CFG001';
    diagnostics.push(
      make(code, { detail: syntaxDetail(fault.code, fault.message), range: positions.range(start, end) }),
    );
    return undefined;
  }
  if (parsed.directives?.yaml.explicit === true && parsed.directives.yaml.version !== '1.2') {
    const detail =
      'Files are YAML 1.2. Under another version `no` and `21:00` mean something else; remove the directive.';
    diagnostics.push(make('CFG007', { detail, range: positions.range(0, text.indexOf('\n')) }));
    return undefined;
  }
  if (parsed.contents === null || (isScalar(parsed.contents) && parsed.contents.value === null)) return undefined;
  const nodes = new DocumentReader(text, positions, diagnostics);
  const body = nodes.read(parsed.contents as YamlNode);
  if (body === unreadable) return undefined;
  const root = parsed.contents as YamlNode;
  return {
    file,
    body,
    locate: (path, on = 'value') => nodes.locate(root, path, on),
    sourceText: (path) => nodes.sourceText(root, path),
  };
}

type YamlNode = NonNullable<Document['contents']>;
type YamlPair = Pair<YamlNode | null, YamlNode | null>;

/** A part that can't be given as a value; its diagnostic is already written. */
const unreadable = Symbol('unreadable');

/** What was found on a path: the node (null when it is empty) and the key that leads to it, if a map does. */
interface Found {
  readonly node: YamlNode | null;
  readonly key: YamlNode | null;
}

/** Reads one document. A class, since it keeps what aliases stand for until the places are asked for. */
class DocumentReader {
  private readonly text: string;
  private readonly positions: TextPositions;
  private readonly diagnostics: Diagnostic[];
  private readonly anchors = new Map<string, YamlNode>();
  private readonly targets = new Map<Alias, YamlNode>();
  private nodes = 0;
  /** The outermost alias that is being read: it is to blame for what it expands to. */
  private expanding: YamlNode | undefined;

  constructor(text: string, positions: TextPositions, diagnostics: Diagnostic[]) {
    this.text = text;
    this.positions = positions;
    this.diagnostics = diagnostics;
  }

  read(node: YamlNode | null, depth = 0): unknown {
    if (node === null) return null;
    this.nodes += 1;
    if (this.nodes > documentNodesMax || depth > documentDepthMax) {
      if (this.nodes !== Number.POSITIVE_INFINITY) this.diagnostics.push(tooDeep(this.rangeOf(this.expanding ?? node)));
      this.nodes = Number.POSITIVE_INFINITY;
      return unreadable;
    }
    const value = this.readContent(node, depth);
    if (!isAlias(node) && node.anchor !== undefined) this.anchors.set(node.anchor, node);
    return value;
  }

  private readContent(node: YamlNode, depth: number): unknown {
    if (isAlias(node)) return this.readAlias(node, depth);
    if (isMap(node)) return this.readMap(node.items as YamlPair[], depth);
    if (isSeq(node)) return this.readList(node.items as (YamlNode | null)[], depth);
    if (!isScalar(node)) return null;
    if (typeof node.value === 'number' && !Number.isFinite(node.value)) {
      return this.refuse(node, 'Infinity and "not a number" are no values here. Quote it if it is a text.');
    }
    return node.value;
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
    const firsts = new Map<string, YamlNode>();
    let whole = true;
    for (const pair of pairs) {
      const key = keyText(pair.key);
      if (key === undefined) {
        whole = this.refuse(pair.key, 'Keys are plain text; this one is a list, a map or empty.') !== unreadable;
        continue;
      }
      const first = firsts.get(key);
      if (first !== undefined) {
        this.repeated(key, pair.key!, first);
        continue;
      }
      firsts.set(key, pair.key!);
      const value = this.read(pair.value, depth + 1);
      whole &&= value !== unreadable;
      // `__proto__` is a key like any other here: it must become an own property, to be refused by the schema.
      Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
    }
    return whole ? map : unreadable;
  }

  private readList(items: readonly (YamlNode | null)[], depth: number): unknown {
    const list: unknown[] = [];
    for (const item of items) {
      const value = this.read(item, depth + 1);
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
    this.diagnostics.push(
      make('CFG007', { detail, range: node === null ? this.positions.range(0, 0) : this.rangeOf(node) }),
    );
    return unreadable;
  }

  /** The place of a value without the blank lines after it. */
  private rangeOf(node: YamlNode): SourceRange {
    const [start, valueEnd] = node.range ?? [0, 0, 0];
    let end = valueEnd;
    while (end > start && /\s/.test(this.text[end - 1]!)) end -= 1;
    return this.positions.range(start, end);
  }

  locate(root: YamlNode, path: Path, on: 'key' | 'value'): SourceRange {
    const trail = this.follow(root, path);
    const found = trail.at(-1)!;
    const isThere = trail.length === path.length + 1;
    if (isThere && on === 'value' && found.node !== null && !isEmpty(found.node)) return this.rangeOf(found.node);
    return this.rangeOf(found.key ?? firstKey(found.node) ?? found.node ?? root);
  }

  sourceText(root: YamlNode, path: Path): string | undefined {
    const trail = this.follow(root, path);
    if (trail.length !== path.length + 1) return undefined;
    const node = this.resolve(trail.at(-1)!.node);
    if (!isScalar(node)) return undefined;
    return node.source ?? String(node.value);
  }

  /** The nodes from the root along the path, as far as they exist. */
  private follow(root: YamlNode, path: Path): readonly Found[] {
    const trail: Found[] = [{ node: root, key: null }];
    for (const part of path) {
      const node = this.resolve(trail.at(-1)!.node);
      const next = isMap(node)
        ? entryOf(node.items as YamlPair[], String(part))
        : isSeq(node)
          ? itemOf(node.items, part)
          : undefined;
      if (next === undefined) break;
      trail.push(next);
    }
    return trail;
  }

  private resolve(node: YamlNode | null): YamlNode | null {
    return node !== null && isAlias(node) ? (this.targets.get(node) ?? node) : node;
  }
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
  return isMap(node) ? ((node.items[0]?.key as YamlNode | undefined) ?? null) : null;
}

function isEmpty(node: YamlNode): boolean {
  return isScalar(node) && node.value === null && (node.source ?? '') === '';
}

/** Keys are compared and given as they are written: `01` isn't `1`. */
function keyText(key: YamlNode | null): string | undefined {
  if (!isScalar(key) || key.value === null) return undefined;
  return key.source ?? String(key.value);
}

function tooDeep(range: SourceRange): Diagnostic {
  const detail = `A document may hold ${documentNodesMax} values, each use of an alias counted, and ${documentDepthMax} levels inside each other. Split it.`;
  return make('CFG006', { detail, range });
}
