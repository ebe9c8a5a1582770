/**
 * The log of a daemon, one JSON object a line: what began and ended, what failed, what operators did. It names journeys, channels and
 * codes, and counts; it is never told of a person. Where the lines go is the caller's.
 */
import { type Logger, pino } from 'pino';
import type { Observation, Observer } from '../activation/observer.ts';
import type { Trouble } from '../activation/trouble.ts';
import type { Clock } from '../clock/clock.ts';

export interface RunLog {
  readonly observe: Observer;
  readonly trouble: (trouble: Trouble) => void;
  started(about: { readonly workers: number; readonly listen: string | null }): void;
  /** `code`: of the error that ended it; null: it was told to end. */
  ended(code: string | null): void;
  /** What the store holds and nobody declares; nothing: it is over. */
  drift(findings: readonly { readonly sort: string; readonly resource: string }[]): void;
}

/** Resources that are named in a line. */
const driftNamedMax = 20;

/** Batches of a channel in a row of which nothing was accepted, before that is told; then at each doubling. */
const refusedFirst = 3;

/** Writes each line by `write`. */
export function createRunLog(clock: Clock, write: (line: string) => void): RunLog {
  const logger = pino(
    {
      base: { pid: process.pid },
      timestamp: () => `,"time":"${clock.now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  return {
    observe: observing(logger),
    trouble({ where, state, code, attempt, retryInMs }) {
      if (state === 'over') logger.info({ event: 'trouble_over', where, code, attempt }, 'it goes on');
      else logger.warn({ event: 'trouble', where, code, attempt, retryInMs }, 'the store failed; it is tried again');
    },
    started: (about) => logger.info({ event: 'started', ...about }, 'running'),
    drift(findings) {
      const resources = findings.slice(0, driftNamedMax).map((one) => one.resource);
      if (findings.length === 0) logger.info({ event: 'drift_over' }, 'the store is again as it was declared');
      else logger.warn({ event: 'drift', count: findings.length, resources }, 'the store holds what nobody declared');
    },
    ended(code) {
      if (code === null) logger.info({ event: 'ended' }, 'ended as it was told to');
      else logger.fatal({ event: 'ended', code }, 'ended by an error');
    },
  };
}

/** Tells of what the engine did that is worth a line: what begins and ends, and what was set apart. */
function observing(logger: Logger): Observer {
  const settled = refusals(logger);
  let takingOver = 0;
  return (one) => {
    switch (one.kind) {
      case 'lanes':
        if (one.what !== 'took-over' || one.revision === takingOver) break;
        takingOver = one.revision;
        logger.info({ event: 'revision_taking_over', revision: one.revision }, 'lanes move to a revision');
        break;
      case 'adopted':
        takingOver = one.revision;
        logger.info({ event: 'revision_live', revision: one.revision }, 'all lanes run under the revision');
        break;
      case 'fired': {
        const { journey, fireAt } = one;
        logger.info({ event: 'schedule_fired', journey, fireAt: fireAt.toISOString() }, 'a schedule fired');
        break;
      }
      case 'set-apart': {
        const { unit, code, lane } = one;
        logger.warn({ event: 'dead_letter', unit, code, lane }, 'something could not be handled and was set apart');
        break;
      }
      case 'pause': {
        const about = { resource: one.resource, until: one.until?.toISOString() ?? null };
        if (one.isInForce) logger.info({ event: 'pause_in_force', ...about }, 'a pause is in force');
        else logger.info({ event: 'pause_over', ...about }, 'a pause is over');
        break;
      }
      case 'settled':
        settled(one);
        break;
      default:
    }
  };
}

/** Tells of a channel that takes nothing, and when it takes messages again. */
function refusals(logger: Logger): (one: Extract<Observation, { readonly kind: 'settled' }>) => void {
  const inARow = new Map<string, number>();
  return ({ channel, counts }) => {
    const { sent = 0, retry = 0, failed = 0, uncertain = 0 } = counts;
    const before = inARow.get(channel) ?? 0;
    if (sent > 0) {
      inARow.delete(channel);
      if (before >= refusedFirst) logger.info({ event: 'channel_takes', channel }, 'the channel takes messages again');
      return;
    }
    if (retry + failed + uncertain === 0) return;
    inARow.set(channel, before + 1);
    const times = (before + 1) / refusedFirst;
    if (!Number.isInteger(Math.log2(times))) return;
    logger.warn(
      { event: 'channel_refused', channel, inARow: before + 1, retry, failed, uncertain },
      'the channel took nothing several times in a row',
    );
  };
}
