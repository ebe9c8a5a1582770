/**
 * All that one file says by itself: its documents and what is wrong in them. Plain JSON, so that it can come from another thread or
 * from the cache. What files are to each other is seen by `load-project.ts`.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Spellings } from './document-reader.ts';
import { type ParsedDocument, parseYaml } from './parse.ts';
import type { Resource, ResourceKind } from './project.ts';
import { validateDocument } from './validate.ts';

export interface FileReport {
  readonly documents: readonly DocumentReport[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A document whose kind is known. */
export interface DocumentReport {
  readonly index: number;
  readonly kind: ResourceKind;
  /** Null when it is missing or no text. */
  readonly id: string | null;
  /** Null when something is wrong in it: then nothing of it is kept. */
  readonly valid: { readonly body: Resource['body']; readonly spellings: Spellings } | null;
}

/** Parses a text and checks each document by its schema. */
export function reportFile(file: string, text: string): FileReport {
  const { documents, diagnostics } = parseYaml(file, text);
  const found: Diagnostic[] = [];
  const reports = documents.flatMap((document) => {
    const { kind, id, resource, diagnostics: mistakes } = validateDocument(document);
    found.push(...mistakes);
    return kind === undefined ? [] : [reportOf(document, { kind, id: id ?? null, resource })];
  });
  return { documents: reports, diagnostics: [...withoutEchoes(diagnostics, found), ...found] };
}

function reportOf(
  { index, spellings }: ParsedDocument,
  {
    kind,
    id,
    resource,
  }: { readonly kind: ResourceKind; readonly id: string | null; readonly resource: Resource | undefined },
): DocumentReport {
  return { index, kind, id, valid: resource === undefined ? null : { body: resource.body, spellings } };
}

/** What a word may be taken for is not said where the word is wrong anyway. */
function withoutEchoes(parsed: readonly Diagnostic[], found: readonly Diagnostic[]): readonly Diagnostic[] {
  const errors = found.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return parsed;
  const isEcho = ({ severity, range }: Diagnostic): boolean =>
    severity === 'warning' &&
    errors.some((error) => error.range?.line === range?.line && error.range?.column === range?.column);
  return parsed.filter((one) => !isEcho(one));
}
