/** The workers, the dispatcher and the control session of one process. */
import type { Clock } from '../clock/clock.ts';
import type { OwnSession } from '../store/session.ts';
import type { Dispatcher } from './dispatch/dispatch.ts';
import type { Running } from './running.ts';
import type { Worker } from './worker.ts';

/** What the ways of driving share. */
export interface Crew {
  readonly clock: Clock;
  readonly control: OwnSession;
  readonly workers: readonly Worker[];
  readonly dispatcher: Dispatcher;
  readonly identity: { readonly id: string; readonly host: string; readonly pid: number };
  /** Workers of all processes that share the lanes; set by the daemon from heartbeats. */
  readonly sharing: { workers: number };
  running(): Promise<Running | null>;
}
