/**
 * What can go wrong with a file that is being imported, as a whole: typed, with a code that the CLI maps to words.
 * A single row that can't be used is no error but a reject (`map-row.ts`).
 */

export type ImportErrorCode =
  | 'IMPORT_NOT_FOUND' // no file at the path
  | 'IMPORT_UNREADABLE' // a directory, no permission, a failing disk
  | 'IMPORT_SECRET' // a secret that the source names isn't set
  | 'IMPORT_DATABASE' // the database of the source can't be reached, or ended
  | 'IMPORT_QUERY' // the database refuses the query of the source
  | 'IMPORT_GZIP' // a gzip file that is damaged, or not whole
  | 'IMPORT_ENCODING' // a byte that the declared encoding doesn't know
  | 'IMPORT_LINE_TOO_LONG' // a line or record beyond the limit
  | 'IMPORT_UNCLOSED_QUOTE' // a quote of a CSV file that is never closed
  | 'IMPORT_COLUMNS' // the header lacks columns that the source reads, or repeats one
  | 'IMPORT_TOO_MANY_ROWS' // more different rows than the duplicate count may hold
  | 'IMPORT_REJECTS'; // the file for rejected rows can't be written

/** The message is for the user: what is wrong, where, what to do. It never quotes the file's content. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
  readonly code: ImportErrorCode;
  /** The line of the file, starting at 1, where the error has one. */
  readonly line: number | null;

  constructor(code: ImportErrorCode, message: string, options: ErrorOptions & { readonly line?: number } = {}) {
    super(message, options);
    this.code = code;
    this.line = options.line ?? null;
  }
}
