/** The workers, the dispatcher and the control session of one process. */
import type { Clock } from '../clock/clock.ts';
import type { OwnSession } from '../store/session.ts';
import type { Dispatcher } from './dispatch/dispatch.ts';
import type { Learner } from './experiments/learn.ts';
import type { Observer } from './observer.ts';
import type { PlacementKeeper } from './placing/placement-keeper.ts';
import type { Running } from './running.ts';
import type { DatabaseKeeper } from './schedules/databases.ts';
import type { DestinationKeeper } from './schedules/destinations.ts';
import type { FolderKeeper } from './schedules/folders.ts';
import type { MatchKeeper } from './schedules/matches.ts';
import type { RetentionKeeper } from './schedules/retention.ts';
import type { ScaleKeeper } from './schedules/scales.ts';
import type { SizeKeeper } from './schedules/sizes.ts';
import type { Trouble } from './trouble.ts';
import type { Worker } from './worker.ts';

/** A worker with a session of its own, which can be opened anew after it was lost. */
export interface CrewWorker extends Worker {
  /** Begins anew on a new session. What the lost one had begun, the server rolled back. */
  renew(): Promise<void>;
}

/** What the ways of driving share. */
export interface Crew {
  readonly clock: Clock;
  /** The session for looking out, schedules and heartbeats; another one after `renewControl`. */
  readonly control: OwnSession;
  renewControl(): Promise<void>;
  readonly workers: readonly CrewWorker[];
  readonly dispatcher: Dispatcher;
  readonly identity: { readonly id: string; readonly host: string; readonly pid: number };
  /** Workers of all processes that share the lanes; set by the daemon from heartbeats. */
  readonly sharing: { workers: number; processes: number };
  /** The history of segments' sizes. */
  readonly sizes: SizeKeeper;
  /** Reads new files of sources. */
  readonly folders: FolderKeeper;
  /** Looks for people who are alike. */
  readonly matches: MatchKeeper;
  /** Asks the databases of sources. */
  readonly databases: DatabaseKeeper;
  /** Delivers to destinations. */
  readonly destinations: DestinationKeeper;
  /** Writes letters and lists for platforms. */
  readonly placements: PlacementKeeper;
  /** Deletes what was kept long enough. */
  readonly retention: RetentionKeeper;
  /** What splits learn. */
  readonly learner: Learner;
  /** The bounds of traits that rank people among everybody. */
  readonly scales: ScaleKeeper;
  running(): Promise<Running | null>;
  readonly onTrouble: (trouble: Trouble) => void;
  readonly observe: Observer;
}
