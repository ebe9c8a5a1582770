/**
 * Where the time of sessions goes: every statement timed by its text. For `--costs`; a timed session is a little slower. Statements that are
 * sent together wait for each other, and each is told with its wait: their sum may exceed the whole.
 */
import { elapsedMs } from '../engine/clock/clock.ts';
import type { BulkSession, OwnSession } from '../engine/store/session.ts';

interface Cost {
  calls: number;
  ms: number;
}

export interface Costs {
  /** The session, timed. */
  of(session: OwnSession): OwnSession;
  /** The dearest statements first, and what of the whole was not spent waiting for one. */
  table(wholeMs: number): string;
}

const shownMax = 30;
const textMax = 110;

export function costs(): Costs {
  const byText = new Map<string, Cost>();
  const timed = async <T>(text: string, work: () => Promise<T>): Promise<T> => {
    const began = elapsedMs();
    try {
      return await work();
    } finally {
      const cost = byText.get(text) ?? { calls: 0, ms: 0 };
      cost.calls += 1;
      cost.ms += elapsedMs() - began;
      byText.set(text, cost);
    }
  };
  return {
    of: (session) => {
      const timing = (one: BulkSession): BulkSession => ({
        query: (text, values) => timed(text, () => one.query(text, values)),
        script: (text) => timed(text, () => one.script(text)),
        copy: one.copy,
      });
      const outer: OwnSession = {
        ...session,
        ...timing(session),
        // The work's own statements are timed one by one; what is left of it is begin and commit.
        transaction: async (work, options) => {
          let within = 0;
          const began = elapsedMs();
          const result = await session.transaction(async (inside) => {
            const start = elapsedMs();
            const done = await work(timing(inside));
            within = elapsedMs() - start;
            return done;
          }, options);
          const cost = byText.get('begin, commit') ?? { calls: 0, ms: 0 };
          byText.set('begin, commit', { calls: cost.calls + 1, ms: cost.ms + elapsedMs() - began - within });
          return result;
        },
      };
      return outer;
    },
    table(wholeMs) {
      const all = [...byText].sort(([, a], [, b]) => b.ms - a.ms);
      const waited = all.reduce((sum, [, { ms }]) => sum + ms, 0);
      const line = (name: string, calls: string, ms: number) =>
        `${ms.toFixed(0).padStart(7)} ms ${((100 * ms) / wholeMs).toFixed(1).padStart(5)} % ${calls}  ${name}`;
      const lines = all
        .slice(0, shownMax)
        .map(([text, { calls, ms }]) =>
          line(
            text.replace(/\s+/g, ' ').trim().slice(0, textMax),
            `${String(calls).padStart(6)} x ${(ms / calls).toFixed(2).padStart(6)}`,
            ms,
          ),
        );
      return [...lines, line('outside of statements', ' '.repeat(15), wholeMs - waited)].join('\n');
    },
  };
}
