/**
 * A document to a resource: its kind, then the schema of that kind. What resources mean to each other is the
 * compiler's; that two have the same name is seen by `load-project.ts`.
 */
import { make } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { explainErrors } from './mistakes.ts';
import type { ParsedDocument } from './parse.ts';
import { type Resource, type ResourceKind, resourceKinds } from './project.ts';
import { isSurelyValid, laterKinds, type SchemaError, validatorOf } from './schemas.ts';

export interface Validation {
  /** As far as they are known, also when something else is wrong. */
  readonly kind: ResourceKind | undefined;
  readonly id: string | undefined;
  /** Only when nothing is wrong. */
  readonly resource: Resource | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export function validateDocument(document: ParsedDocument): Validation {
  const { body } = document;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const detail =
      'A resource is a map of keys that begins with `kind`. Documents are set apart by a line of three hyphens.';
    return refused(make('CFG009', { detail, range: document.locate([], 'key') }));
  }
  const fields = body as Readonly<Record<string, unknown>>;
  const kind = resourceKinds.find((known) => known === fields.kind);
  if (kind === undefined) return refused(kindMistake(document, fields.kind));
  const errors = isSurelyValid(kind, document) ? null : errorsOf(kind, document);
  const id = fields.id;
  return {
    kind,
    id: typeof id === 'string' ? id : undefined,
    resource: errors === null ? asResource(document, kind, fields) : undefined,
    diagnostics: errors === null ? [] : explainErrors(document, errors),
  };
}

/** What the schema has against the document; null: nothing. */
function errorsOf(kind: ResourceKind, document: ParsedDocument): readonly SchemaError[] | null {
  const validate = validatorOf(kind);
  return validate.call(document, document.body) ? null : ((validate.errors ?? []) as readonly SchemaError[]);
}

function refused(diagnostic: Diagnostic): Validation {
  return { kind: undefined, id: undefined, resource: undefined, diagnostics: [diagnostic] };
}

function asResource(document: ParsedDocument, kind: ResourceKind, body: Resource['body']): Resource {
  const { file, locate, sourceText } = document;
  return { kind, id: String(body.id), body, file, locate, sourceText };
}

function kindMistake(document: ParsedDocument, kind: unknown): Diagnostic {
  const known = resourceKinds.map((word) => `\`${word}\``).join(', ');
  if (kind === undefined) {
    const detail = `The document needs \`kind\`, which says what it declares: one of ${known}.`;
    const keys = Object.keys(document.body as object);
    const near = keys.find((key) => suggest(key, ['kind']) !== undefined);
    return near === undefined
      ? make('CFG012', { detail, range: document.locate([], 'key') })
      : make('CFG011', { detail, range: document.locate([near], 'key'), suggestion: 'kind' });
  }
  const range = document.locate(['kind']);
  const word = document.sourceText(['kind']) ?? '';
  if (laterKinds().includes(word)) {
    const detail = `The kind \`${word}\` belongs to the language, but this version does not run it. It is refused rather than ignored: remove the document.`;
    return make('CFG025', { detail, range });
  }
  const detail = `\`kind\` is one of ${known}.`;
  return make('CFG010', { detail, range, suggestion: suggest(word, resourceKinds) });
}
