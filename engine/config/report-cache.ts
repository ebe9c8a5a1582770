/**
 * Reports of files kept in the cache, by the hash of the file. They lie in a few files by the first digit of the hash, since thousands
 * of small files take longer to read than to make again; a changed file of a workspace rewrites one of them.
 */
import type { Cache } from './cache-folder.ts';
import type { FileReport } from './file-report.ts';

type Shard = Record<string, FileReport>;

/** Reports in one of the sixteen; the ones that weren't used last go first. */
export const shardReportsMax = 4_000;

export interface ReportCache {
  get(hash: string): FileReport | undefined;
  put(hash: string, report: FileReport): void;
  /** Writes what is new. */
  save(): void;
}

export function openReportCache(cache: Cache): ReportCache {
  const shards = new Map<string, Shard>();
  const used = new Map<string, Shard>();
  const changed = new Set<string>();
  const shardOf = (hash: string): Shard => {
    const digit = hash.charAt(0);
    const shard = shards.get(digit) ?? readShard(cache, digit);
    shards.set(digit, shard);
    return shard;
  };
  const use = (hash: string, report: FileReport): void => {
    const digit = hash.charAt(0);
    const shard = used.get(digit) ?? {};
    shard[hash] = report;
    used.set(digit, shard);
  };
  return {
    get(hash) {
      const shard = shardOf(hash);
      const report = Object.hasOwn(shard, hash) ? shard[hash] : undefined;
      if (report === undefined || !isReport(report)) return undefined;
      use(hash, report);
      return report;
    },
    put(hash, report) {
      if (holdsSecret(report)) return;
      use(hash, report);
      changed.add(hash.charAt(0));
    },
    save() {
      for (const digit of changed)
        cache.write(`reports-${digit}`, newestFirst(used.get(digit) ?? {}, shards.get(digit) ?? {}));
    },
  };
}

function readShard(cache: Cache, digit: string): Shard {
  const found = cache.read(`reports-${digit}`);
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Shard) : {};
}

function isReport(report: FileReport): boolean {
  return Array.isArray(report.documents) && Array.isArray(report.diagnostics);
}

/** A document with a secret in plain text is refused, and its report says no more than that; it isn't kept all the same. */
function holdsSecret({ diagnostics }: FileReport): boolean {
  return diagnostics.some(({ code }) => code === 'CFG029');
}

function newestFirst(used: Shard, kept: Shard): Shard {
  return Object.fromEntries(Object.entries({ ...used, ...kept }).slice(0, shardReportsMax));
}
