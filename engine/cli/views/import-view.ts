/** What became of an imported file, for people and programs. */
import type { FileOutcome } from '../../profiles/folders/import-folder.ts';
import type { ImportSummary } from '../../profiles/import-file.ts';
import { counted, formatCount } from './style.ts';
import type { View } from './view.ts';

export interface ImportResult extends ImportSummary {
  readonly source: string;
  /** The file that lists rejected rows and refused people; null when there are none. */
  readonly rejects: string | null;
}

/** The view of `import`. */
export const importView: View<ImportResult> = {
  human: (result) => {
    const { source, rows, facts, duplicates, rejected, newProfiles, ambiguous, rowsChanged, refused, rejects, ms } =
      result;
    if (rows > 0 && facts === 0 && rejected === 0) {
      return `Nothing to do: all ${counted(rows, 'row')} were imported before.\n`;
    }
    const perSecond = ms === 0 ? '' : `, ${formatCount(Math.round((rows * 1000) / ms))} rows a second`;
    const lines = [
      `${source}: ${counted(rows, 'row')} read${perSecond}\n`,
      `  ${counted(facts, 'fact')} new, ${formatCount(duplicates)} known from before\n`,
      `  ${counted(newProfiles, 'new person', 'new people')}\n`,
    ];
    if (ambiguous > 0)
      lines.push(`  ${counted(ambiguous, 'row')} named several people; the most trusted identifier decided\n`);
    if (rowsChanged > 0) lines.push(`  ${counted(rowsChanged, 'change')} of rows or of who is tied to them\n`);
    if (refused > 0)
      lines.push(
        `  ${counted(refused, 'person', 'people')} for whom a role had no room, with line and reason in ${rejects}\n`,
      );
    if (rejected > 0) lines.push(`  ${counted(rejected, 'row')} rejected, with line and reason in ${rejects}\n`);
    return lines.join('');
  },
  json: (result) => result,
};

/** The view of `import` of a source's `path`. */
export const folderImportView: View<{ readonly source: string; readonly files: readonly FileOutcome[] }> = {
  human: ({ source, files }) => {
    if (files.length === 0) return `Nothing to do: ${source} has no new files.\n`;
    return files
      .map(({ path, summary, error, rejects }) => {
        if (summary === null) return `${path}: ${error?.message ?? 'failed'}\n`;
        const { rows, facts, duplicates, rejected } = summary;
        const bad = rejected === 0 ? '' : `, ${formatCount(rejected)} rejected, with line and reason in ${rejects}`;
        return `${path}: ${counted(rows, 'row')} read, ${counted(facts, 'fact')} new, ${formatCount(duplicates)} known from before${bad}\n`;
      })
      .join('');
  },
  json: (result) => result,
};
