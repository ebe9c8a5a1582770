/** The world's failures at the store: typed, with a code that the CLI maps to words and exit codes. */

export type StoreErrorCode =
  | 'STORE_UNREACHABLE' // no server at the address, or no embedded binaries
  | 'STORE_LOST' // the connection ended while it was used
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

const isLostText = /connection terminated|not queryable/i;

/**
 * What a statement threw on a connection that has ended, typed: the driver says that in words alone. All other errors stay as they are,
 * those that the server sent with its last breath (57P01) too.
 */
export function lostError(error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error || !isLostText.test(error.message)) return error;
  const message = 'The connection to the store ended. What was not committed was rolled back.';
  return new StoreError('STORE_LOST', message, { cause: error });
}
