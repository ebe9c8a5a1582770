/** Why an apply was refused, typed, with a code that the CLI maps to words. The store's own failures are `StoreError`. */

export type ReconcileErrorCode =
  | 'PLAN_STALE' // the live revision changed since the plan was made, and the changes are no longer the same
  | 'PLAN_REFUSED' // it would remove what people stand on, and nobody allowed it
  | 'PLAN_GUARDED' // it breaks a guardrail
  | 'PLAN_FILE' // the file is no saved plan, or was altered
  | 'PLAN_OLD' // the saved plan was made too long ago
  | 'PLAN_ELSEWHERE' // the saved plan was made for another store or environment
  | 'PLAN_HELD' // it holds forms that this version of the engine doesn't run
  | 'OTHER_WORKSPACE' // the store belongs to another workspace
  | 'REVISION_UNKNOWN' // no revision of that number, name or commit
  | 'OTHER_BRANCH' // the store follows another branch
  | 'GIT_FAILED'; // git said no, or isn't there

export class ReconcileError extends Error {
  override readonly name = 'ReconcileError';
  readonly code: ReconcileErrorCode;

  constructor(code: ReconcileErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
