/**
 * Which channels are sending. A look at the outbox begins those that have something due and aren't at it yet; a channel whose provider is slow
 * holds up no other. How a channel sends stands in `channel-run.ts`.
 */
import { callQueue } from '../../channels/send-queue.ts';
import { elapsedMs } from '../../clock/clock.ts';
import { type Dispatching, dispatchChannel } from './channel-run.ts';
import { passFrom } from './pass.ts';
import { findDueChannels } from './queries.ts';
import { type DispatchReport, emptyReport } from './report.ts';

export interface ChannelRuns {
  /** Looks at t (`channels`: what a look would find), and begins. Each of what it returns ends with its channel. Errors: the store's. */
  begin(t: Date, channels?: readonly string[]): Promise<readonly Promise<DispatchReport>[]>;
  /** Resolves when nothing is sending. */
  ended(): Promise<void>;
}

export function channelRuns(dispatching: Dispatching): ChannelRuns {
  const { store, recorder, limits, instant, mark } = dispatching;
  const turns = callQueue(limits.channelsAtOnce);
  const sending = new Map<string, Promise<unknown>>();
  /** Of those, which were seen to have something due again: what became due since they began, they don't see. */
  const dueAgain = new Set<string>();
  let looks = 0;

  async function send(channelId: string, t: Date, from: Date | null): Promise<DispatchReport> {
    const report = emptyReport();
    try {
      await turns(() => dispatchChannel({ dispatching, channelId, t, pass: passFrom(from), report }));
    } finally {
      sending.delete(channelId);
      if (dueAgain.delete(channelId)) report.isMore = true;
    }
    return report;
  }

  /** All that was due at t has left, if nothing was passed over and no later look knows better. */
  async function raiseAfter(runs: readonly Promise<DispatchReport>[], look: number, t: Date): Promise<void> {
    const reports = await Promise.all(runs);
    if (look === looks && reports.every((one) => !one.isMore && one.nextAt === null)) mark.raise(t);
  }

  return {
    async begin(t, channels) {
      looks += 1;
      const look = looks;
      await recorder.flush(instant(t));
      const from = mark.from(t, elapsedMs());
      const due = channels ?? (await store((session) => findDueChannels(session, t, from)));
      const idle = due.filter((id) => !sending.has(id));
      for (const id of due) if (sending.has(id)) dueAgain.add(id);
      const runs = idle.map((id) => {
        const run = send(id, t, from);
        // Its fault is told to who began it.
        sending.set(
          id,
          run.catch(() => {}),
        );
        return run;
      });
      if (idle.length === due.length) raiseAfter(runs, look, t).catch(() => {});
      return runs;
    },
    async ended() {
      await Promise.all(sending.values());
    },
  };
}
