/**
 * The canonical form of a YAML text: same values, same comments, one layout. Pure. Files and their rights are
 * `format-file.ts`'s; what is wrong in a file beyond its YAML isn't asked here.
 */
import { isScalar } from 'yaml';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { composeOnce, parseYaml } from '../parse.ts';
import { attachRemarks } from './attach-remarks.ts';
import type { LayoutDocument } from './layout.ts';
import { printDocument } from './print-layout.ts';
import { readLayout } from './read-layout.ts';
import { readRemarks } from './read-remarks.ts';
import { differenceOf } from './same-meaning.ts';

export type Formatted =
  | { readonly kind: 'formatted'; readonly text: string }
  /** The YAML has faults: nothing is moved around in a text that can't be read. */
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] };

/** Formats the text of `file` (its name in diagnostics). Formatting the result again gives the same. */
export function formatYaml(file: string, text: string): Formatted {
  const source = text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  const diagnostics = parseYaml(file, source).diagnostics.filter((one) => one.severity === 'error');
  if (diagnostics.length > 0) return { kind: 'refused', diagnostics };
  const formatted = printFile(source);
  const difference = differenceOf(source, formatted);
  if (difference !== null) throw new Error(`assertion failed: formatting ${file} would change it: ${difference}`);
  return { kind: 'formatted', text: formatted };
}

function printFile(source: string): string {
  const { remarks, separators } = readRemarks(source);
  const documents = readDocuments(source);
  if (documents.length === 0) return remarks.map((remark) => `${remark.text}\n`).join('');
  // A comment belongs to the document before whose closing separator it stands; behind the last one, to the last.
  const ends = documents.map(({ root }) => separators.find((offset) => offset >= root.end) ?? source.length + 1);
  let rest = remarks;
  documents.forEach((document, index) => {
    const isLast = index === documents.length - 1;
    const own = isLast ? rest : rest.filter((remark) => remark.offset < ends[index]!);
    attachRemarks(document, own);
    rest = rest.slice(own.length);
  });
  return documents.map((document) => `${printDocument(document).join('\n')}\n`).join('---\n');
}

function readDocuments(source: string): readonly LayoutDocument[] {
  const composed = composeOnce(source);
  if (composed.kind === 'too deep') return [];
  return composed.documents.flatMap((document) => {
    const isEmpty = isScalar(document.contents) && document.contents.value === null && document.contents.source === '';
    return (isEmpty ? null : readLayout(source, document)) ?? [];
  });
}
