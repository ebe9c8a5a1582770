/** The world's failures at the store: typed, with a code that the CLI maps to words and exit codes. */

export type StoreErrorCode =
  | 'STORE_UNREACHABLE' // no server at the address, or no embedded binaries
  | 'STORE_REFUSED' // wrong password, no such role or database
  | 'STORE_TOO_NEW' // migrated by a newer program
  | 'STORE_TAMPERED' // a migration's checksum differs
  | 'STORE_EMPTY' // not migrated yet and the command may not migrate
  | 'STORE_START_FAILED' // the embedded server did not start
  | 'STORE_LOCKED'; // another process holds the lock; the message names it

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
