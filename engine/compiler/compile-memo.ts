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
  /** Whether it can recall the resource. */
  knows(resource: Resource): boolean;
  keep(resource: Resource, compiled: CompiledDocument): void;
}

export interface CompileMemo {
  /** What is remembered of documents that were read with these names. */
  among(names: Names): Memory;
  /** Writes what is new; what wasn't asked for is forgotten. */
  save(): void;
}

/** The memo in a cache; without one, for one run. */
export function openCompileMemo(cache: Cache | undefined): CompileMemo {
  const kept = cache && openKeptLines(cache, 'compiled', 0);
  return {
    among(names) {
      const fresh = new Map<string, CompiledDocument>();
      // A document among other names is another one.
      const world = kept === undefined ? '' : hashOfNames(names);
      const find = (fingerprint: string): readonly string[] | undefined => {
        const [of, ...texts] = kept?.get(fingerprint) ?? [];
        return of === world ? texts : undefined;
      };
      return {
        recall(resource) {
          const { fingerprint } = resource;
          if (fingerprint === undefined) return undefined;
          const texts = fresh.has(fingerprint) ? undefined : find(fingerprint);
          return texts === undefined ? fresh.get(fingerprint) : compiledOfTexts(resource, texts);
        },
        knows: ({ fingerprint }) =>
          fingerprint !== undefined && (fresh.has(fingerprint) || find(fingerprint) !== undefined),
        keep({ fingerprint }, compiled) {
          if (fingerprint === undefined) return;
          fresh.set(fingerprint, compiled);
          kept?.put(fingerprint, () => [world, ...textsOfCompiled(compiled)]);
        },
      };
    },
    save: () => kept?.save(),
  };
}

/** How many texts a compiled document is. */
export const compiledTexts = 3;

/** What it needs and what is wrong with it, and the two texts of what is sealed, which are empty for what is unpacked. */
export function textsOfCompiled({ sealed, needs, diagnostics }: CompiledDocument): readonly string[] {
  return [JSON.stringify({ needs, diagnostics }), sealed?.aboutText ?? '', sealed?.bodyText ?? ''];
}

/** Undefined when the texts are something else. */
export function compiledOfTexts({ kind, id }: Resource, texts: readonly string[]): CompiledDocument | undefined {
  const [found = '', aboutText = '', bodyText = ''] = texts;
  try {
    const { needs, diagnostics } = JSON.parse(found) as Omit<CompiledDocument, 'sealed'>;
    const sealed = bodyText === '' ? null : { kind: kind as BundleKind, id, aboutText, bodyText };
    return { sealed, needs, diagnostics };
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
