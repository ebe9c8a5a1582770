/** Reports of files kept in the cache, by the hash of the file: across branches too, so some that aren't used outlive a run. */
import type { Cache } from './cache-folder.ts';
import type { FileReport } from './file-report.ts';
import { openKeptLines } from './kept-lines.ts';
import { reportOfTexts, textsOfReport } from './report-texts.ts';

/** Reports that a run didn't ask for, in each of sixteen files. */
const unusedMax = 2_000;

export interface ReportCache {
  get(hash: string): FileReport | undefined;
  put(hash: string, report: FileReport): void;
  /** Writes what is new. */
  save(): void;
}

export function openReportCache(cache: Cache): ReportCache {
  const kept = openKeptLines(cache, 'reports', unusedMax);
  return {
    get(hash) {
      const texts = kept.get(hash);
      return texts && reportOfTexts(texts);
    },
    put(hash, report) {
      if (!holdsSecret(report)) kept.put(hash, () => textsOfReport(report));
    },
    save: () => kept.save(),
  };
}

/** A document with a secret in plain text is refused, and its report says no more than that; it isn't kept all the same. */
function holdsSecret({ diagnostics }: FileReport): boolean {
  return diagnostics.some(({ code }) => code === 'CFG029');
}
