/** When letters and lists for platforms are written: once a period, whatever the number of processes. How they are written is beside it. */
import { type Clock, elapsedMs } from '../../clock/clock.ts';
import type { AdListBody, ChannelBody, PrintBody } from '../../compiler/ir.ts';
import type { OwnSession } from '../../store/session.ts';
import type { Running } from '../running.ts';
import { newestFire } from '../schedules/schedules.ts';
import { lastBatches } from './queries.ts';
import { writeAdList } from './write-ad-list.ts';
import { writeLetters } from './write-letters.ts';
import type { WriteRequest } from './write-request.ts';

export interface PlacementKeeper {
  /** Writes what is due; returns how many batches there were. `isEnding`: asked between channels. */
  look(running: Running, isEnding?: () => boolean): Promise<number>;
  renew(): Promise<void>;
  close(): Promise<void>;
}

export interface PlacementOptions {
  readonly open: () => Promise<OwnSession>;
  readonly root: string;
  readonly clock: Clock;
}

/** By the store's own clock nothing changes in between. */
const lookEveryMs = 5_000;
/** A batch that was missed for longer is the next one's: nothing of it is lost. */
const missedMs = 35 * 86_400_000;

/** Opens its session when there is something to write. */
export function placementKeeper({ open, root, clock }: PlacementOptions): PlacementKeeper {
  let session: OwnSession | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let saw: Date | null = null;
  return {
    async look(running, isEnding) {
      const channels = [...running.program.channels].filter(([, { print, adList }]) => print ?? adList);
      const now = clock.now();
      // A clock that jumps may have come to a new period at once.
      const isSoon =
        elapsedMs() - lookedAt < lookEveryMs && saw !== null && now.getTime() - saw.getTime() < lookEveryMs;
      if (channels.length === 0 || isSoon) return 0;
      [lookedAt, saw] = [elapsedMs(), now];
      session ??= await open();
      const last = new Map((await lastBatches(session)).map((row) => [row.channel, row]));
      const { zone } = running.program.workspace;
      let written = 0;
      for (const [channel, body] of channels) {
        if (isEnding?.() === true) break;
        const known = last.get(channel);
        const floor = new Date(now.getTime() - missedMs);
        const since = [known?.batch_at ?? running.revision.applied_at, floor].reduce((a, b) => (a > b ? a : b));
        const at = known?.state === 'open' ? known.batch_at : newestFire({ cron: cronOf(body), zone }, since, now);
        if (at === null) continue;
        const request = { root, channel, at, zone, cut: cutsOf(running) };
        if (body.print !== undefined) await writeLetters(session, body.print, request);
        if (body.adList !== undefined) await writeAdList(session, body.adList, request);
        written += 1;
      }
      return written;
    },
    async renew() {
      void session?.close().catch(() => {});
      session = null;
      lookedAt = Number.NEGATIVE_INFINITY;
    },
    async close() {
      await session?.close().catch(() => {});
      session = null;
    },
  };
}

function cronOf({ print, adList }: ChannelBody): string {
  return print === undefined ? cronOfList(adList as AdListBody) : cronOfPrint(print);
}

function cronOfPrint({ every, at }: PrintBody): string {
  const [hour, minute] = at.split(':').map(Number);
  const days = { day: '* * *', week: '* * 1', month: '1 * *' } as const;
  return `${minute} ${hour} ${days[every]}`;
}

function cronOfList({ every }: AdListBody): string {
  return every === 'hour' ? '0 * * * *' : '0 5 * * *';
}

/** Whoever came to the end of a journey keeps what he was given; whoever left by an exit of it doesn't (LANGUAGE b21). */
export function cutsOf({ program }: Pick<Running, 'program'>): WriteRequest['cut'] {
  return [...program.journeys].flatMap(([id, { body }]) => body.exits.map((exit) => [id, exit.as] as const));
}
