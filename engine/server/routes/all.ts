/** The routes of `parcours serve`, registered in one place. Each is loaded only when a server starts. */
import type { AddRoutes } from '../serve-context.ts';
import { addCallRoutes } from './calls.ts';
import { addDecideRoutes } from './decide.ts';
import { addDocsRoutes } from './docs.ts';
import { addHealthRoutes } from './health.ts';
import { addIngestRoutes } from './ingest.ts';
import { addLoyaltyRoutes } from './loyalty.ts';
import { addOutboxRoutes } from './outbox.ts';
import { addPreferenceRoutes } from './preferences.ts';
import { addSourceRoutes } from './source.ts';
import { addTrackingRoutes } from './tracking.ts';
import { addTwilioRoutes } from './twilio.ts';

export const allRoutes: readonly AddRoutes[] = [
  addHealthRoutes,
  addDocsRoutes,
  addIngestRoutes,
  addCallRoutes,
  addLoyaltyRoutes,
  addPreferenceRoutes,
  addDecideRoutes,
  addTwilioRoutes,
  addSourceRoutes,
  addTrackingRoutes,
  addOutboxRoutes,
];
