/** Those who apply for journeys, before it is decided who of them is let in (`enroll.ts`). */
import type { LinkedJourney } from '../../../compiler/linked-journey.ts';

/** Somebody who may begin a journey, and the fact that opens it. */
export interface Applicant {
  readonly lane: number;
  readonly profileId: number;
  readonly journey: LinkedJourney;
  /** When the fact happened: the anchor `entry`. */
  readonly at: Date;
  readonly entry: Readonly<Record<string, unknown>>;
  /** What opens it, as `explain` says it: `event order_placed`, `enters dormant`. */
  readonly because: string;
  /** He applies with all members of a segment: whom the `if` turns away of so many isn't kept. */
  readonly isOneOfAll?: true;
  /** The type of the event that opens it, if one does. */
  readonly opens?: string;
  /** The place that the fact names; null: it names none, though it should; undefined: the journey decides (`keys.ts`). */
  readonly key?: string | null | undefined;
  /** How many facts of ours stand between what opens it and what came from outside. Default: the person's. */
  readonly hop?: number;
  /** What was answered where the journey lets in so many people at most. */
  readonly place?: 'given' | 'none' | undefined;
}

/** An applicant for one place. */
export interface Placed extends Applicant {
  readonly key: string;
}
