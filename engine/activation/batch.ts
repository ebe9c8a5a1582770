/** What the stages of one lane transaction share. It lives as long as the transaction. */
import type { Program } from '../compiler/program.ts';
import type { Session } from '../store/session.ts';
import type { Zones } from './journeys/moments/zones.ts';
import type { JourneyVersions } from './journeys/versions.ts';
import type { Calendars } from './messages/calendar.ts';
import type { MessageIds } from './messages/message-ids.ts';
import type { Pauses } from './messages/pauses.ts';
import type { Rules } from './messages/rules.ts';
import type { Observation } from './observer.ts';
import type { People } from './people.ts';
import type { Statements } from './statements.ts';
import type { Writes } from './writes.ts';

export interface Batch {
  /** The session inside the lane transaction. */
  readonly session: Session;
  readonly program: Program;
  readonly statements: Statements;
  readonly versions: JourneyVersions;
  readonly calendars: Calendars;
  readonly rules: Rules;
  /** In force when the transaction began. */
  readonly pauses: Pauses;
  readonly messageIds: MessageIds;
  readonly lanes: readonly number[];
  /** The lanes' time: not before the host's clock nor the lanes' last time. */
  readonly t: Date;
  /** Only history is worked off: what time has made due is left for a live run to see. */
  readonly isImport: boolean;
  /** Until when each lane was handled before, by lane; a lane that never was has none. */
  readonly lastTimes: ReadonlyMap<number, Date>;
  readonly people: People;
  readonly zones: Zones;
  /** What is told of the transaction once it is committed. */
  readonly observed: Observation[];
  readonly writes: Writes;
}
