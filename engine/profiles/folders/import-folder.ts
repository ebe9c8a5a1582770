/** Reads the new and changed files of a source that has a `path`, in the order of their names. A file that is broken holds no other up. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../clock/clock.ts';
import type { SourceBody } from '../../compiler/ir.ts';
import type { OwnSession } from '../../store/session.ts';
import type { Declarations } from '../declarations.ts';
import { ImportError } from '../import-error.ts';
import { type ImportProgress, type ImportSummary, importFile } from '../import-file.ts';
import { type FoundFile, findFiles } from './find-files.ts';
import { lockFolder, noteFile, selectReadFiles, unlockFolder } from './queries.ts';

/** A file that was written to just now may not be whole. */
const settledAfterMs = 5_000;

export interface FolderImport {
  readonly session: OwnSession;
  readonly sourceId: string;
  readonly source: SourceBody;
  readonly declared: Declarations;
  /** The workspace's folder. */
  readonly root: string;
  readonly clock: Clock;
  /** Whether the facts may start journeys. */
  readonly trigger: boolean;
  /** Also files that were written to just now: somebody asks for them. */
  readonly isAsked?: boolean;
  readonly onProgress?: (file: string, progress: ImportProgress) => void;
  /** Asked between files: whether to stop. */
  readonly isEnding?: () => boolean;
}

export interface FileOutcome {
  readonly path: string;
  /** Null: it failed as a whole. */
  readonly summary: ImportSummary | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The file that lists rejected rows; null: there are none. */
  readonly rejects: string | null;
}

/** Errors: those of the store. Files that were read stay noted. Another process that is at it leaves nothing to do. */
export async function importFolder(request: FolderImport): Promise<readonly FileOutcome[]> {
  const { session, sourceId, source, root } = request;
  const found = await findFiles(root, source.path ?? '');
  if (found.length === 0 || !(await lockFolder(session, sourceId))) return [];
  try {
    const known = new Map((await selectReadFiles(session, sourceId)).map((file) => [file.path, file]));
    const outcomes: FileOutcome[] = [];
    for (const file of found) {
      const before = known.get(file.path);
      const isRead = before?.size === file.size && before.modified_at.getTime() === file.modifiedAt.getTime();
      if (isRead || !isSettled(request, file)) continue;
      if (request.isEnding?.() === true) break;
      outcomes.push(await importOne(request, file));
    }
    return outcomes;
  } finally {
    await unlockFolder(session, sourceId).catch(() => {}); // A session that is lost holds nothing.
  }
}

function isSettled({ isAsked, clock }: FolderImport, { modifiedAt }: FoundFile): boolean {
  return isAsked === true || clock.now().getTime() - modifiedAt.getTime() >= settledAfterMs;
}

async function importOne(request: FolderImport, file: FoundFile): Promise<FileOutcome> {
  const { session, sourceId, source, declared, root, clock, trigger, onProgress } = request;
  const rejectsPath = join(root, '.parcours', 'rejects', sourceId, `${file.path.replaceAll('/', '__')}.jsonl`);
  await mkdir(dirname(rejectsPath), { recursive: true });
  const note = { ...file, source: sourceId, at: clock.now() };
  try {
    const summary = await importFile({
      ...{ session, sourceId, source, declared, clock, trigger, rejectsPath, path: join(root, file.path) },
      ...(onProgress && { onProgress: (progress: ImportProgress) => onProgress(file.path, progress) }),
    });
    await noteFile(session, { ...note, state: 'imported', summary });
    return {
      path: file.path,
      summary,
      error: null,
      rejects: summary.rejected + summary.refused > 0 ? rejectsPath : null,
    };
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    const { code, message } = error;
    await noteFile(session, { ...note, state: 'failed', summary: { code } });
    return { path: file.path, summary: null, error: { code, message }, rejects: null };
  }
}
