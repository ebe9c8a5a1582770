/** Where a delivery goes. Each way has a file of its own; which rows there are and in which order is decided in `deliver.ts`. */
import type { Cell } from './columns.ts';

/** What is told of one person. `id` is his number; a person who is there no more has no cells. */
export type Change =
  | { readonly kind: 'put'; readonly id: number; readonly cells: readonly Cell[] }
  | { readonly kind: 'remove'; readonly id: number };

/** Errors of all: `DeliveryError`. What is told twice after a crash changes nothing. */
export interface Sink {
  tell(changes: readonly Change[]): Promise<void>;
  /** All that was told so far is safe; how many bytes of each file are whole. Before what was told is noted. */
  settle(): Promise<readonly number[]>;
  /** Puts it in its place, when all is told; where it is then. May be called again after a crash. */
  finish(): Promise<readonly string[]>;
  close(): Promise<void>;
}
