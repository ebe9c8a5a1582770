/**
 * A workspace as parsed: resources with their bodies as written and the place of each key and value.
 * No meaning is given here (that is the compiler's); schemas have been checked by `load-project.ts`.
 */
import type { SourceRange } from '../diagnostics/diagnostic.ts';

/** The way to a value inside a document: `['steps', 0, 'send', 'channel']`. */
export type Path = readonly (string | number)[];

/** The resource kinds that files may declare in this version. */
export const resourceKinds = [
  'workspace',
  'schema',
  'source',
  'trait',
  'segment',
  'channel',
  'template',
  'consent',
  'pressure',
  'journey',
  'loyalty',
  'country',
  'holdout',
  'identity',
  'persona',
  'destination',
  'test',
] as const;
export type ResourceKind = (typeof resourceKinds)[number];

/** One YAML document. Identity is `kind/id`, never the file name. */
export interface Resource {
  readonly kind: ResourceKind;
  readonly id: string;
  /** The document as plain JSON values (YAML 1.2 core), valid by `schemas/<kind>.json`. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly file: string;
  /** The hash of the file, and the number of the document in it; absent where no file was read. */
  readonly fingerprint?: string;
  /** The place of the value at `path`, or of its key; falls back to the nearest parent that exists. */
  locate(path: Path, on?: 'key' | 'value'): SourceRange;
  /** The scalar at `path` as it is spelled in the file (`01`, not 1), or undefined when it is no scalar. */
  sourceText(path: Path): string | undefined;
}

/** All resources of a workspace, in the order file, position. */
export interface Project {
  /** The folder that holds `parcours.yaml`. */
  readonly root: string;
  readonly resources: readonly Resource[];
  /** The text of each file by its path relative to the root, for frames. */
  readonly files: ReadonlyMap<string, string>;
}
