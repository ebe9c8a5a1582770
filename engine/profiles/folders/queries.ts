/** Statements over the files that were read. */
import type { Session } from '../../store/session.ts';
import type { FoundFile } from './find-files.ts';

export interface ReadFile {
  readonly path: string;
  readonly size: number;
  readonly modified_at: Date;
}

/** The files of a source that were read, as they were then. */
export function selectReadFiles(session: Session, source: string): Promise<ReadFile[]> {
  return session.query<ReadFile>('select path, size, modified_at from parcours.import_file where source = $1', [
    source,
  ]);
}

export interface FileNote extends FoundFile {
  readonly source: string;
  readonly at: Date;
  readonly state: 'imported' | 'failed';
  readonly summary: unknown;
}

export async function noteFile(session: Session, note: FileNote): Promise<void> {
  await session.query(
    `insert into parcours.import_file (source, path, size, modified_at, imported_at, state, summary)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (source, path) do update set size = excluded.size, modified_at = excluded.modified_at,
       imported_at = excluded.imported_at, state = excluded.state, summary = excluded.summary`,
    [note.source, note.path, note.size, note.modifiedAt, note.at, note.state, JSON.stringify(note.summary)],
  );
}

/** One process reads a source's folder at a time; false: another one does. Held by the session until it is given back, or ends. */
export async function lockFolder(session: Session, source: string): Promise<boolean> {
  const rows = await session.query<{ is_ours: boolean }>(
    'select pg_try_advisory_lock(7305002, hashtext($1)) as is_ours',
    [source],
  );
  return rows[0]?.is_ours === true;
}

export async function unlockFolder(session: Session, source: string): Promise<void> {
  await session.query('select pg_advisory_unlock(7305002, hashtext($1)) as is_free', [source]);
}
