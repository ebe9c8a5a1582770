/** People as rows of a CSV or JSON Lines file. Which file, and that it appears whole, is `part-file.ts`'s and the caller's. */
import { type Column, csvOf, jsonOf } from './columns.ts';
import type { PartFile } from './part-file.ts';
import type { Change, Sink } from './sink.ts';

export interface FileForm {
  readonly format: 'csv' | 'jsonl';
  readonly columns: readonly Column[];
  /** Whether rows say that they are put or removed. */
  readonly ofChanges: boolean;
}

/** `path`: as the log names it. A file of changes that has none doesn't appear. */
export function fileSink(file: PartFile, { format, columns, ofChanges }: FileForm, path: string): Sink {
  let isBegun: boolean | null = null;
  const lineOf = format === 'csv' ? csvLine : jsonLine;

  async function begin(): Promise<void> {
    isBegun ??= (await file.settle()) > 0;
    if (isBegun) return;
    isBegun = true;
    if (format === 'csv') await file.write(`${headerOf(columns, ofChanges)}\n`);
  }

  return {
    async tell(changes) {
      if (changes.length === 0) return;
      await begin();
      await file.write(changes.map((one) => `${lineOf(one, columns, ofChanges)}\n`).join(''));
    },
    async settle() {
      return [await file.settle()];
    },
    async finish() {
      if (ofChanges && (await file.settle()) === 0) {
        await file.discard();
        return [];
      }
      await begin();
      await file.finish();
      return [path];
    },
    close: () => file.close(),
  };
}

function headerOf(columns: readonly Column[], ofChanges: boolean): string {
  return ['parcours_id', ...(ofChanges ? ['change'] : []), ...columns.map(({ name }) => name)].join(',');
}

function csvLine(change: Change, columns: readonly Column[], ofChanges: boolean): string {
  const cells = change.kind === 'put' ? change.cells.map(csvOf) : columns.map(() => '');
  return [String(change.id), ...(ofChanges ? [change.kind] : []), ...cells].join(',');
}

/** The same as an object, which requests carry, too. */
export function recordOf(
  change: Change,
  columns: readonly Column[],
  ofChanges: boolean,
): Readonly<Record<string, unknown>> {
  const cells = change.kind === 'put' ? change.cells : [];
  return {
    parcours_id: change.id,
    ...(ofChanges && { change: change.kind }),
    ...Object.fromEntries(cells.map((cell, i) => [columns[i]?.name ?? '', jsonOf(cell)])),
  };
}

function jsonLine(change: Change, columns: readonly Column[], ofChanges: boolean): string {
  return JSON.stringify(recordOf(change, columns, ofChanges));
}
