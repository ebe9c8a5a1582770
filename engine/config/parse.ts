/**
 * The text of a file to its documents: plain values, and the place and spelling of each. YAML 1.2, without tags,
 * directives and keys that aren't text. What the values mean is not known here.
 */
import type { Document } from 'yaml';
import { make } from '../diagnostics/codes.ts';
import type { Diagnostic, SourceRange } from '../diagnostics/diagnostic.ts';
import { type Composed, composeYaml } from './compose-yaml.ts';
import { DocumentReader, type Spellings, spellingKey, tooDeep, unreadable, type YamlNode } from './document-reader.ts';
import { readPlain } from './plain-reader.ts';
import type { Path } from './project.ts';
import { type TextPositions, textPositions } from './text-positions.ts';
import { hiddenIn, tabBefore } from './traps.ts';
import { syntaxDetail } from './yaml-mistakes.ts';
import { yaml } from './yaml-package.ts';

/** One document of a file, whatever it is. */
export interface ParsedDocument {
  readonly file: string;
  /** Its number among the documents of the file that can be read, also the empty ones. */
  readonly index: number;
  /** Plain JSON values. */
  readonly body: unknown;
  readonly spellings: Spellings;
  /** See `Resource.locate`. */
  locate(path: Path, on?: 'key' | 'value'): SourceRange;
  /** See `Resource.sourceText`. */
  sourceText(path: Path): string | undefined;
}

export interface ParsedText {
  readonly documents: readonly ParsedDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Empty documents are left out; those with faults of YAML give diagnostics, and no document when nothing can be read. */
export function parseYaml(file: string, text: string): ParsedText {
  const hidden = hiddenIn(text);
  const plain = hidden === undefined ? readPlain(text) : undefined;
  if (plain === undefined) return parseComposed(file, text, hidden);
  const documents = plain.map((body, index) => openDocument({ file, text, index, body, spellings: {} }));
  return { documents, diagnostics: [] };
}

/** The same of any text, by the package. */
export function parseComposed(file: string, text: string, hidden = hiddenIn(text)): ParsedText {
  const positions = textPositions(file, text);
  const diagnostics: Diagnostic[] = [];
  const documents: ParsedDocument[] = [];
  if (hidden !== undefined) {
    const { code, detail, isFatal } = hidden.trap;
    diagnostics.push(make(code, { detail, range: positions.range(hidden.at, hidden.at + 1) }));
    if (isFatal) return { documents, diagnostics };
  }
  const composed = composeOnce(text);
  if (composed.kind === 'too deep') {
    return { documents, diagnostics: [tooDeep(positions.range(composed.offset, composed.offset))] };
  }
  for (const [index, parsed] of composed.documents.entries()) {
    if (!isReadable(parsed, text, positions, diagnostics)) continue;
    const reader = new DocumentReader(parsed.contents as YamlNode, text, positions, diagnostics);
    const body = reader.readAll();
    if (body !== unreadable) documents.push(openDocument({ file, text, index, body, spellings: reader.spellings }));
  }
  return { documents, diagnostics };
}

/** A document by what is kept of it. Its nodes are made again when a place is asked for, which is for mistakes only. */
export function openDocument(kept: {
  readonly file: string;
  readonly text: string;
  readonly index: number;
  readonly body: unknown;
  readonly spellings: Spellings;
}): ParsedDocument {
  const { file, index, body, spellings } = kept;
  return {
    file,
    index,
    body,
    spellings,
    locate: (path, on = 'value') => locateIn(kept, path, on),
    sourceText: (path) => spellingAt(body, spellings, path),
  };
}

/** See `Resource.locate`. */
export function locateIn(
  { file, text, index }: { readonly file: string; readonly text: string; readonly index: number },
  path: Path,
  on: 'key' | 'value',
): SourceRange {
  return readerOf(file, text, index).locate(path, on);
}

/** See `Resource.sourceText`: what the value doesn't show is among the spellings. */
export function spellingAt(body: unknown, spellings: Spellings, path: Path): string | undefined {
  let value = body;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[part];
  }
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) return undefined;
  const spelling = spellings[spellingKey(path)];
  return spelling === undefined ? String(value) : (spelling ?? undefined);
}

/** Files whose nodes are kept at hand: diagnostics come file by file, and most files have none. */
const openMax = 16;
const opened = new Map<string, { readonly composed: Composed; readonly readers: Map<string, DocumentReader> }>();

/** A text's documents; those of the last few texts are kept: to be read, never changed. */
export function composeOnce(text: string): Composed {
  return open(text).composed;
}

function open(text: string): { readonly composed: Composed; readonly readers: Map<string, DocumentReader> } {
  const found = opened.get(text) ?? { composed: composeYaml(text), readers: new Map() };
  opened.delete(text);
  opened.set(text, found);
  for (const oldest of opened.keys()) {
    if (opened.size <= openMax) break;
    opened.delete(oldest);
  }
  return found;
}

function readerOf(file: string, text: string, index: number): DocumentReader {
  const { composed, readers } = open(text);
  const name = `${index} ${file}`;
  const known = readers.get(name);
  if (known !== undefined) return known;
  const root = composed.kind === 'documents' ? composed.documents[index]?.contents : undefined;
  if (root === undefined || root === null)
    throw new Error('assertion failed: places are asked of documents that were read');
  const reader = new DocumentReader(root as YamlNode, text, textPositions(file, text), []);
  reader.readAll();
  readers.set(name, reader);
  return reader;
}

/** Whether there is something to read; what forbids it is said. */
function isReadable(parsed: Document, text: string, positions: TextPositions, diagnostics: Diagnostic[]): boolean {
  const fault = parsed.errors[0] ?? parsed.warnings[0];
  if (fault !== undefined) {
    diagnostics.push(syntaxFault(parsed, text, positions));
    return false;
  }
  if (parsed.directives?.yaml.explicit === true && parsed.directives.yaml.version !== '1.2') {
    const detail =
      'Files are YAML 1.2. Under another version `no` and `21:00` mean something else; remove the directive.';
    diagnostics.push(make('CFG007', { detail, range: positions.range(0, text.indexOf('\n')) }));
    return false;
  }
  return parsed.contents !== null && !(yaml().isScalar(parsed.contents) && parsed.contents.value === null);
}

/** The first fault of the package, which the others mostly follow from. A tab is the cause of many that don't speak of it. */
function syntaxFault(parsed: Document, text: string, positions: TextPositions): Diagnostic {
  const fault = (parsed.errors[0] ?? parsed.warnings[0])!;
  const [start, end] = fault.pos;
  const tabFault = parsed.errors.find(({ code }) => code === 'TAB_AS_INDENT');
  const tab = tabBefore(text, tabFault?.pos[0] ?? start);
  if (tab !== undefined) {
    const detail =
      "A tab stands in the indentation, and YAML doesn't say how wide it is, so it isn't allowed there. Indent with spaces.";
    return make('CFG033', { detail, range: positions.range(tab, tab + 1) });
  }
  const code = fault.code === 'TAG_RESOLVE_FAILED' ? 'CFG007' : 'CFG001';
  return make(code, { detail: syntaxDetail(fault.code, fault.message), range: positions.range(start, end) });
}
