/** What the routes of `parcours serve` are given. A room that adds routes has a file of its own in `routes/`, and a line in `routes/all.ts`. */
import type { FastifyInstance } from 'fastify';
import type { SecretLookup } from '../channels/secrets.ts';
import type { Clock } from '../clock/clock.ts';
import type { Store } from '../store/store.ts';
import type { LiveBundle } from './live-bundle.ts';
import type { SessionPool } from './session-pool.ts';

export interface ServeContext {
  readonly store: Store;
  /** Sessions that requests share; take one for as short as can be. */
  readonly sessions: SessionPool;
  readonly clock: Clock;
  /** The workspace's folder. */
  readonly root: string;
  /** Whether the local mailbox of the sandbox may be read. */
  readonly hasOutbox: boolean;
  /** Looks up what `${secret.NAME}` names. */
  readonly secrets: SecretLookup;
  /** The revision that is live: bundle, declarations, program. */
  readonly live: LiveBundle;
}

/**
 * Adds routes to an instance of their own, so that parsers and hooks of one file don't reach another's. To refuse a request, throw
 * `ServeError`; give each route a `schema` with `summary`, which `/docs` shows.
 */
export type AddRoutes = (app: FastifyInstance, context: ServeContext) => void | Promise<void>;
