/**
 * What became of each document, kept from one run to the next: a document whose file and whose world of names are the same compiles to
 * the same. Where it is kept is the cache's matter; what concerns several resources together is never kept.
 */
import { createHash } from 'node:crypto';
import type { Cache } from '../config/cache-folder.ts';
import { openKeptLines } from '../config/kept-lines.ts';
import type { Resource } from '../config/project.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { BundleKind } from './ir.ts';
import type { Names } from './names.ts';
import type { Sealed } from './sealed.ts';

/** All that compiling one document gives. */
export interface CompiledDocument {
  /** Null for documents that are unpacked. */
  readonly sealed: Sealed | null;
  /** `kind/id` of what it names, itself included. */
  readonly needs: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The memory of one run. */
export interface Memory {
  recall(resource: Resource): CompiledDocument | undefined;
  keep(resource: Resource, compiled: CompiledDocument): void;
}

export interface CompileMemo {
  /** What is remembered of documents that were read with these names. */
  among(names: Names): Memory;
  /** Writes what is new; what wasn't asked for is forgotten. */
  save(): void;
}

/** The memo in a cache. */
export function openCompileMemo(cache: Cache): CompileMemo {
  const kept = openKeptLines(cache, 'compiled', 0);
  return {
    among(names) {
      const world = hashOfNames(names);
      return {
        recall(resource) {
          const texts = resource.fingerprint === undefined ? undefined : kept.get(resource.fingerprint);
          return texts && compiledOf(resource, texts, world);
        },
        keep({ fingerprint }, { sealed, needs, diagnostics }) {
          if (fingerprint === undefined) return;
          const parts = sealed === null ? [] : [sealed.aboutText, sealed.bodyText];
          kept.put(fingerprint, [world, JSON.stringify({ needs, diagnostics }), ...parts]);
        },
      };
    },
    save: () => kept.save(),
  };
}

/**
 * What texts say that were kept: the hash of the names that the document was read with, what it needs and what is wrong with it, and of
 * what isn't unpacked the two texts of `Sealed`. Undefined when it was compiled among other names, or when they are something else.
 */
function compiledOf(
  { kind, id }: Resource,
  [names, found = '', aboutText, bodyText]: readonly string[],
  world: string,
): CompiledDocument | undefined {
  if (names !== world) return undefined;
  try {
    const { needs, diagnostics } = JSON.parse(found) as Omit<CompiledDocument, 'sealed'>;
    if (aboutText === undefined || bodyText === undefined) return { sealed: null, needs, diagnostics };
    return { sealed: { kind: kind as BundleKind, id, aboutText, bodyText }, needs, diagnostics };
  } catch {
    return undefined;
  }
}

/** Names are plain data. Their order counts, since of two near names the first is suggested. */
function hashOfNames(names: Names): string {
  const text = JSON.stringify(names, (_key, value: unknown) => {
    if (value instanceof Map) return { map: [...(value as ReadonlyMap<string, unknown>)] };
    if (value instanceof Set) return { set: [...(value as ReadonlySet<string>)] };
    if (typeof value === 'function') throw new Error('assertion failed: names are plain data');
    return value;
  });
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
