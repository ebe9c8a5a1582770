/**
 * Whether two YAML texts say the same: equal values in equal spelling, the same names for what is used again, and the same
 * comments, whatever the order of keys. What holds the formatter to its promise, at each run.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type Pair, type Scalar } from 'yaml';
import { composeOnce } from '../parse.ts';
import { readRemarks } from './read-remarks.ts';

/** The first difference in words, or null. The texts hold no error of YAML. */
export function differenceOf(before: string, after: string): string | null {
  const documents = [documentsOf(before), documentsOf(after)] as const;
  if (documents[1] === null) return 'it is no longer YAML';
  if (JSON.stringify(documents[0]) !== JSON.stringify(documents[1])) return 'a value differs';
  return JSON.stringify(commentsOf(before)) === JSON.stringify(commentsOf(after)) ? null : 'a comment differs';
}

/** Comments of equal words can't be told apart: sorted. */
function commentsOf(text: string): readonly string[] {
  return readRemarks(text)
    .remarks.map((remark) => remark.text)
    .sort();
}

/** Null when something isn't YAML. */
function documentsOf(text: string): readonly unknown[] | null {
  const composed = composeOnce(text);
  if (composed.kind === 'too deep' || composed.documents.some((one) => one.errors.length > 0)) return null;
  return composed.documents.map(({ contents }) => plain(contents)).filter((one) => one !== nothing);
}

const nothing = 'nothing';

type YamlNode = Document['contents'];

/** Comparable JSON: scalars with their type and spelling, maps with sorted keys. */
function plain(node: YamlNode): unknown {
  if (node === null) return nothing;
  if (isAlias(node)) return { alias: node.source };
  const anchor = node.anchor ?? null;
  if (isMap(node)) return { anchor, map: (node.items as Pair[]).map(entry).sort((a, b) => (a[0] < b[0] ? -1 : 1)) };
  if (isSeq(node)) return { anchor, list: node.items.map((item) => plain(item as YamlNode)) };
  if (!isScalar(node) || (node.value === null && node.source === '' && anchor === null)) return nothing;
  return { anchor, type: typeof node.value, text: node.source ?? String(node.value) };
}

function entry(pair: Pair): readonly [string, unknown] {
  const key = pair.key as Scalar;
  return [key.source ?? String(key.value), plain(pair.value as YamlNode)];
}
