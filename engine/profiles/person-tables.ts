/**
 * Every table that knows a person, and what becomes of his rows when he is merged, shown or erased. A new table with a `profile_id` is
 * entered here, or a test fails: what isn't known can't be erased.
 */

/** A table whose rows have `lane` and `profile_id`. */
export interface PersonTable {
  readonly relation: string;
  /**
   * `move`: rows become the survivor's and keep `origin_id` · `derive`: they are worked out anew · `project`: written by hand from others ·
   * `stay`: they belong to the profile's number, and what happens to them is another room's.
   */
  readonly onMerge: 'move' | 'derive' | 'project' | 'stay';
  /** Of moved rows: columns by which a row of both is the same; the survivor's stays. */
  readonly unique?: readonly string[];
  /** Of those: only rows of which this is true, as `status <> 'refused'`. */
  readonly uniqueWhen?: string;
  /** Of moved rows: they carry the number of an enrollment, which may have to change. */
  readonly isNumbered?: true;
}

export const personTables: readonly PersonTable[] = [
  { relation: 'identifier', onMerge: 'move' },
  { relation: 'entity_tie', onMerge: 'move', unique: ['entity', 'key', 'role'] },
  { relation: 'entity_row', onMerge: 'move', unique: ['entity', 'key', 'role'] },
  { relation: 'event', onMerge: 'move' },
  { relation: 'trait_value', onMerge: 'move', unique: ['trait', 'observed_at', 'source'] },
  { relation: 'consent_log', onMerge: 'move' },
  { relation: 'enrollment', onMerge: 'move', isNumbered: true },
  { relation: 'step_log', onMerge: 'move', isNumbered: true },
  { relation: 'message', onMerge: 'move', isNumbered: true },
  { relation: 'contact', onMerge: 'move' },
  { relation: 'outbox', onMerge: 'move' },
  { relation: 'webhook', onMerge: 'move', isNumbered: true },
  { relation: 'device', onMerge: 'move', unique: ['trait', 'token'] },
  { relation: 'addressee', onMerge: 'move', unique: ['hash'] },
  { relation: 'placement', onMerge: 'move' },
  { relation: 'exposure', onMerge: 'move', unique: ['what'] },
  { relation: 'call', onMerge: 'move', isNumbered: true },
  { relation: 'split_choice', onMerge: 'move', isNumbered: true },
  { relation: 'conversion', onMerge: 'move', isNumbered: true },
  { relation: 'entry_request', onMerge: 'move' },
  // An occurrence that was seen through isn't another one of the survivor's.
  { relation: 'entry_wake', onMerge: 'move', unique: ['trigger', 'key'] },
  { relation: 'entry_refusal', onMerge: 'move', unique: ['journey', 'reason'] },
  { relation: 'dead_letter', onMerge: 'move' },
  { relation: 'membership', onMerge: 'derive' },
  { relation: 'trait_wake', onMerge: 'derive' },
  { relation: 'consent', onMerge: 'project' },
  { relation: 'inbox', onMerge: 'project' },
  // Of the ledger only the mapping to its opaque holders is of people: see `MovePoints`.
  { relation: 'ledger_member', onMerge: 'stay' },
  { relation: 'ledger_open', onMerge: 'stay' },
  { relation: 'ledger_holder', onMerge: 'move' },
  // Who was brought twice was brought once.
  { relation: 'ledger_referral', onMerge: 'move', unique: ['program'], uniqueWhen: `status <> 'refused'` },
  { relation: 'ledger_review', onMerge: 'move', unique: ['program', 'key'] },
  // What a destination was told of a number: when that is somebody else's, the next delivery says that it is gone.
  { relation: 'destination_row', onMerge: 'stay' },
  { relation: 'destination_hash', onMerge: 'stay' },
  { relation: 'profile', onMerge: 'project' },
];

/** Tables without a profile whose rows hang on rows that have one, by a number of the same name. */
export const hangingTables: readonly { readonly relation: string; readonly column: string; readonly of: string }[] = [
  { relation: 'call_taking', column: 'call_id', of: 'call' },
  { relation: 'ledger_referral_mark', column: 'referral_id', of: 'ledger_referral' },
];

/** Columns of rows about somebody else in which a profile's number stands. When he is erased the number becomes 0, nobody; or the row goes. */
export const pointingColumns: readonly {
  readonly relation: string;
  readonly column: string;
  readonly onErase: 'forget' | 'delete';
}[] = [
  { relation: 'ledger_referral', column: 'referrer_id', onErase: 'forget' },
  // What new members share is kept for who brought them alone.
  { relation: 'ledger_referral_mark', column: 'referrer_id', onErase: 'delete' },
];
