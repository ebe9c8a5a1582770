/**
 * All that one file says by itself: its documents and what is wrong in them. Plain JSON, so that it can come from another thread or
 * from the cache. What files are to each other is seen by `load-project.ts`.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Spellings } from './document-reader.ts';
import { mapAt, type Parameters, withParameters } from './parameters.ts';
import { type ParsedDocument, parseYaml } from './parse.ts';
import { type Resource, type ResourceKind, resourceKinds } from './project.ts';
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

/** Parses a text and checks each document by its schema; with parameters, by what they make of it. */
export function reportFile(file: string, text: string, parameters?: Parameters): FileReport {
  const { documents, diagnostics } = parseYaml(file, text);
  const found: Diagnostic[] = [];
  const reports = documents.flatMap((parsed) => {
    const { document, diagnostics: unfilled } =
      parameters === undefined ? { document: parsed, diagnostics: [] } : withParameters(parsed, text, parameters);
    found.push(...unfilled);
    if (document === null) return unfilledReport(parsed);
    const { kind, id, resource, diagnostics: mistakes } = validateDocument(document);
    found.push(...mistakes);
    return kind === undefined ? [] : [reportOf(document, { kind, id: id ?? null, resource })];
  });
  return { documents: reports, diagnostics: [...withoutEchoes(diagnostics, found), ...found] };
}

/** Its schema isn't asked: what a reference stands for isn't known. Its name is, since others may not have it. */
function unfilledReport({ index, body }: ParsedDocument): readonly DocumentReport[] {
  const { kind: word, id } = mapAt(body, []);
  const kind = resourceKinds.find((one) => one === word);
  return kind === undefined ? [] : [{ index, kind, id: typeof id === 'string' ? id : null, valid: null }];
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
