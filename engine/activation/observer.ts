/**
 * What a running engine tells of itself while it works: numbers for metrics and events for a log, each told after the commit of what it
 * speaks of. An observation names journeys, channels and codes and counts people; it never tells of one. What becomes of it is the server's.
 */

/** The loops of a daemon; workers are numbered from 1. */
export type LoopName = 'control' | 'dispatch' | 'scales' | 'exchange' | `worker ${number}`;

/** What dispatch may do with a message. `retry`: back in the queue. */
export type SettledState = 'sent' | 'retry' | 'failed' | 'uncertain' | 'suppressed' | 'expired' | 'returned';

export type Observation =
  /** A loop is at work (and goes on being so), or rests until it is rung for. */
  | { readonly kind: 'beat'; readonly loop: LoopName; readonly isWorking: boolean }
  /** A lane transaction. `took-over`: its lanes moved to a new revision. */
  | {
      readonly kind: 'lanes';
      readonly what: 'handled' | 'took-over';
      readonly lanes: number;
      /** Inbox rows and timers. */
      readonly units: number;
      readonly tookMs: number;
      readonly revision: number;
    }
  /** Messages of one lane transaction whose decision was the same. */
  | { readonly kind: 'decided'; readonly outcome: string; readonly messages: number }
  /** What became of the messages of a batch of one channel. `latencies`: milliseconds from queued to accepted, of those that were sent. */
  | {
      readonly kind: 'settled';
      readonly channel: string;
      readonly counts: Readonly<Partial<Record<SettledState, number>>>;
      readonly latencies: readonly number[];
    }
  /** Something that no statement takes was set apart as a dead letter. `code`: SQLSTATE. */
  | { readonly kind: 'set-apart'; readonly unit: string; readonly code: string; readonly lane: number }
  /** This process fired a journey's schedule. */
  | { readonly kind: 'fired'; readonly journey: string; readonly fireAt: Date }
  /** All lanes run under the revision. */
  | { readonly kind: 'adopted'; readonly revision: number }
  /** A pause was seen to be in force, or to be over. */
  | {
      readonly kind: 'pause';
      readonly resource: string;
      readonly isInForce: boolean;
      readonly until: Date | null;
    };

/** Must be quick and must not throw: the engine goes on only when it returns. */
export type Observer = (observation: Observation) => void;

/** The default. */
export const unobserved: Observer = () => {};
