/**
 * When destinations are delivered to: what is on its way and was left, what their schedules ask for, and who came into a segment or left it. Delivering is
 * the business of `profiles`.
 */
import type { SecretLookup } from '../../channels/secrets.ts';
import { type Clock, elapsedMs } from '../../clock/clock.ts';
import { digestOf } from '../../compiler/digest.ts';
import type { DeliveryBody, DestinationBody } from '../../compiler/ir.ts';
import { type DeliverRequest, deliver, sinceOf } from '../../profiles/destinations/deliver.ts';
import {
  forgetLanes,
  noteLanes,
  selectLanesWithNews,
  selectTouched,
} from '../../profiles/destinations/people/queries.ts';
import { selectLastFires, selectOpenRun } from '../../profiles/destinations/runs/queries.ts';
import { laneCount } from '../../profiles/lane-of.ts';
import { readPauses } from '../../store/pauses.ts';
import type { OwnSession } from '../../store/session.ts';
import type { Running } from '../running.ts';
import { newestFire } from './schedules.ts';

export interface DestinationKeeper {
  /** Delivers what is due; returns how many deliveries were at it. `isEnding`: asked between lanes. */
  look(running: Running, isEnding?: () => boolean): Promise<number>;
  renew(): Promise<void>;
  close(): Promise<void>;
}

export interface DestinationOptions {
  readonly open: () => Promise<OwnSession>;
  readonly root: string;
  readonly clock: Clock;
  readonly secret: SecretLookup;
}

/** A delivery that was missed for longer isn't made up; the next one tells the same. */
const missedMs = 86_400_000;
/** How often it is looked who came and went, at most; and a part of the time that a look takes. */
const followEveryMs = 5_000;
const followShare = 10;
/** How often everybody is looked at, also in lanes where nothing was written: who was restricted, and whose time is over. */
const wholeEveryMs = 3_600_000;

interface Due {
  readonly cause: DeliverRequest['cause'];
  readonly fireAt?: Date;
  readonly lanes?: readonly number[];
}

interface Followed {
  nextAt: number;
  wholeAt: number;
}

/** When destinations that follow a segment were looked at, by destination. */
interface Following {
  readonly clock: Clock;
  readonly followed: Map<string, Followed>;
}

/** Opens its session when there is something to deliver. */
export function destinationKeeper({ open, root, clock, secret }: DestinationOptions): DestinationKeeper {
  let session: OwnSession | null = null;
  const following: Following = { clock, followed: new Map() };

  return {
    async look(running, isEnding) {
      const all = deliveringOf(running);
      if (all.length === 0) return 0;
      session ??= await open();
      const paused = new Set((await readPauses(session, clock.now())).map(({ resource }) => resource));
      let delivered = 0;
      for (const one of all) {
        if (isEnding?.() === true) break;
        if (paused.has('workspace') || paused.has(`destination/${one.id}`)) continue;
        const due = await dueOf(session, one, running, following);
        if (due === null) continue;
        const { traits, sources, workspace } = running.program;
        const run = await deliver({
          ...{ session, root, clock, secret, ...due, ...(isEnding && { isEnding }) },
          ...{ destination: one.id, body: one.body, delivery: one.delivery, digest: digestOf(one.body) },
          ...{ known: { traits, sources: sources.values() }, zone: workspace.zone },
        });
        if (run !== null) delivered += 1;
      }
      return delivered;
    },
    async renew() {
      void session?.close().catch(() => {});
      session = null;
    },
    async close() {
      await session?.close().catch(() => {});
    },
  };
}

interface Delivering {
  readonly id: string;
  readonly body: DestinationBody;
  readonly delivery: DeliveryBody;
}

/** What is to be delivered to it now; null: nothing is. */
async function dueOf(own: OwnSession, one: Delivering, running: Running, following: Following): Promise<Due | null> {
  const { id } = one;
  const now = following.clock.now();
  const left = (await selectOpenRun(own, id))[0];
  if (left !== undefined) return left.retry_at === null || left.retry_at <= now ? { cause: left.cause } : null;
  const { when } = one.delivery;
  if (when === null) return null;
  if (when.kind === 'membership') return await newsOf(own, one, following);
  const last = (await selectLastFires(own)).find(({ destination }) => destination === id)?.fire_at;
  const floor = new Date(now.getTime() - missedMs);
  const since = [last ?? running.revision.applied_at, floor].reduce((a, b) => (a > b ? a : b));
  const fireAt = newestFire(when, since, now);
  return fireAt && { cause: 'schedule', fireAt };
}

/** The lanes with people for whom something is new since it was looked last. */
async function newsOf(
  own: OwnSession,
  { id, body, delivery }: Delivering,
  { clock, followed }: Following,
): Promise<Due | null> {
  const state = followed.get(id) ?? { nextAt: 0, wholeAt: 0 };
  followed.set(id, state);
  const began = elapsedMs();
  if (began < state.nextAt) return null;
  const isWhole = began >= state.wholeAt;
  if (isWhole) state.wholeAt = began + wholeEveryMs;
  const lanes = await own.transaction(async (inner) => {
    const touched = isWhole ? Array.from({ length: laneCount }, (_, lane) => lane) : await selectTouched(inner, id);
    if (touched.length === 0) return [];
    await noteLanes(inner, id, touched);
    const since = sinceOf({ body, clock });
    const asked = { lanes: touched, destination: id, segment: delivery.segment, since };
    const news = await selectLanesWithNews(inner, asked);
    // Until they are delivered they are to be looked at again.
    if (news.length > 0) await forgetLanes(inner, id, news);
    return news;
  });
  state.nextAt = elapsedMs() + Math.max(followEveryMs, followShare * (elapsedMs() - began));
  return lanes.length === 0 ? null : { cause: 'membership', lanes };
}

function deliveringOf({ program }: Running): readonly Delivering[] {
  return [...program.destinations].flatMap(([id, body]) =>
    body.delivery === undefined ? [] : [{ id, body, delivery: body.delivery }],
  );
}
