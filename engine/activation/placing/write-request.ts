/** What a batch is asked for with, and what a letter says. Data alone. */
import type { PostalAddress } from './postal.ts';

/** What is written of a channel at a time. */
export interface WriteRequest {
  readonly root: string;
  readonly channel: string;
  /** Of the period. */
  readonly at: Date;
  /** Of the workspace; names of files are by its days. */
  readonly zone: string;
  /** Exits by which an enrollment is cut short: journey and way out. */
  readonly cut: readonly (readonly [string, string])[];
}

/** Of a placement that is a letter. */
export interface LetterContent {
  readonly locale: string;
  readonly subject?: string;
  readonly title?: string;
  readonly text?: string;
  readonly template: string;
  readonly to: PostalAddress;
}
