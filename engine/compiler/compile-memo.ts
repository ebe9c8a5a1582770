/**
 * What became of each document, kept from one run to the next: a document whose file and whose world of names are the same compiles to
 * the same. Where it is kept is the cache's matter; what concerns several resources together is never kept.
 */
import { createHash } from 'node:crypto';
import type { Cache } from '../config/cache-folder.ts';
import type { Resource } from '../config/project.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { BundleResource } from './ir.ts';
import type { Names } from './names.ts';

/** All that compiling one document gives. */
export interface CompiledDocument {
  /** Null for documents that are unpacked. */
  readonly resource: BundleResource | null;
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

interface Kept extends CompiledDocument {
  /** The hash of the names that it was read with. */
  readonly names: string;
}

type Shard = Record<string, Kept>;

/** The memo in a cache: in sixteen parts, so that a change writes one of them. */
export function openCompileMemo(cache: Cache): CompileMemo {
  const shards = new Map<string, Shard>();
  const used = new Map<string, Shard>();
  const changed = new Set<string>();
  const shardOf = (part: string): Shard => {
    const shard = shards.get(part) ?? readShard(cache, part);
    shards.set(part, shard);
    return shard;
  };
  const use = (fingerprint: string, kept: Kept): void => {
    const part = fingerprint.charAt(0);
    const shard = used.get(part) ?? {};
    shard[fingerprint] = kept;
    used.set(part, shard);
  };
  return {
    among(names) {
      const world = hashOfNames(names);
      return {
        recall({ fingerprint }) {
          if (fingerprint === undefined) return undefined;
          const shard = shardOf(fingerprint.charAt(0));
          const kept = Object.hasOwn(shard, fingerprint) ? shard[fingerprint] : undefined;
          if (kept?.names !== world) return undefined;
          use(fingerprint, kept);
          return kept;
        },
        keep({ fingerprint }, compiled) {
          if (fingerprint === undefined) return;
          use(fingerprint, { ...compiled, names: world });
          changed.add(fingerprint.charAt(0));
        },
      };
    },
    save() {
      for (const part of changed) cache.write(`compiled-${part}`, used.get(part));
    },
  };
}

function readShard(cache: Cache, part: string): Shard {
  const found = cache.read(`compiled-${part}`);
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Shard) : {};
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
