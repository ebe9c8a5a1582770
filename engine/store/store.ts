/**
 * The store as the other rooms see it: a place that opens sessions. Which server that is (DATABASE_URL or embedded) is
 * decided in `open-store.ts`.
 */
import type { ConnectionConfig, OwnSession } from './session.ts';

export interface Store {
  readonly connection: ConnectionConfig;
  /**
   * A new connection with ordinary planning. The caller closes it. `pipeline`: statements are sent without waiting for the answers
   * before them (no COPY on such a one).
   */
  session(settings?: Readonly<Record<string, string>>, options?: { readonly pipeline?: boolean }): Promise<OwnSession>;
  /** Opens a session, gives it to the work and closes it. */
  withSession<T>(work: (session: OwnSession) => Promise<T>): Promise<T>;
}
