/**
 * Whether a daemon lives and whether it keeps up. Living is known without the store: a process whose store is away must not be restarted
 * for it. Keeping up is read from the store.
 */
import type { LoopName, Observer } from '../activation/observer.ts';
import { type Clock, elapsedMs } from '../clock/clock.ts';
import { selectDueLanes } from '../measure/health/queries.ts';
import { StoreError } from '../store/store-error.ts';
import type { StoreReader } from './store-reader.ts';

export interface PulseBounds {
  /** The look-out beats four times a second and with each try to reach the store. */
  readonly controlMs: number;
  /** A turn of a worker, a batch or a refresh that takes so long hangs: statements end after two minutes, silent providers after three. */
  readonly workMs: number;
}

const defaultBounds: PulseBounds = { controlMs: 60_000, workMs: 900_000 };

export interface LoopHealth {
  readonly isWorking: boolean;
  /** Since its last sign. */
  readonly quietSeconds: number;
  readonly isStuck: boolean;
}

export interface Liveness {
  readonly status: 'ok' | 'stuck';
  readonly loops: Readonly<Record<string, LoopHealth>>;
}

export interface Pulse {
  readonly observe: Observer;
  read(): Liveness;
}

/** Feels the loops' beats: one that has been at work for longer than its bound without a sign is stuck, one that rests is not. */
export function pulse({ controlMs, workMs }: PulseBounds = defaultBounds): Pulse {
  const beats = new Map<LoopName, { readonly at: number; readonly isWorking: boolean }>();
  return {
    observe(one) {
      if (one.kind === 'beat') beats.set(one.loop, { at: elapsedMs(), isWorking: one.isWorking });
    },
    read() {
      const now = elapsedMs();
      const loops = Object.fromEntries(
        [...beats].map(([loop, { at, isWorking }]): [string, LoopHealth] => {
          const isStuck = isWorking && now - at > (loop === 'control' ? controlMs : workMs);
          return [loop, { isWorking, quietSeconds: Math.round((now - at) / 1000), isStuck }];
        }),
      );
      return { status: Object.values(loops).some(({ isStuck }) => isStuck) ? 'stuck' : 'ok', loops };
    },
  };
}

export type Unready = 'store_unreachable' | 'nothing_applied' | 'lanes_late';

export interface Readiness {
  readonly status: 'ready' | 'not_ready';
  /** Why not; empty when it is ready. */
  readonly reasons: readonly { readonly reason: Unready; readonly message: string }[];
  readonly revision: number | null;
  readonly lanesDue: number | null;
  /** How long the lane waits that is due longest. */
  readonly oldestDueSeconds: number | null;
}

/** Ready: the store answers, a revision is live, and no lane has waited for longer than the bound. */
export async function readReadiness(reader: StoreReader, clock: Clock, lateMs: number): Promise<Readiness> {
  const now = clock.now();
  try {
    const { live, due, oldest } = await reader.read((session) => selectDueLanes(session, now));
    const waitedMs = oldest === null ? 0 : Math.max(0, now.getTime() - oldest.getTime());
    const isLate = waitedMs > lateMs;
    const reasons = [
      ...(live === 0 ? [unready('nothing_applied', 'No revision is live: run `parcours apply`.')] : []),
      ...(live > 0 && isLate ? [unready('lanes_late', lateWords(due, waitedMs, lateMs))] : []),
    ];
    const status = reasons.length === 0 ? 'ready' : 'not_ready';
    return { status, reasons, revision: live, lanesDue: due, oldestDueSeconds: Math.round(waitedMs / 1000) };
  } catch (error) {
    const reasons = [unready('store_unreachable', `The store does not answer (${codeOf(error)}).`)];
    return { status: 'not_ready', reasons, revision: null, lanesDue: null, oldestDueSeconds: null };
  }
}

function unready(reason: Unready, message: string) {
  return { reason, message };
}

function lateWords(due: number, waitedMs: number, lateMs: number): string {
  const [waited, bound] = [waitedMs, lateMs].map((ms) => Math.round(ms / 1000));
  return `${due} lanes are due, one of them since ${waited} s; the bound is ${bound} s. More workers, or a look at what they wait for, would help.`;
}

/** A code and no words: the server's words may name hosts and users. */
function codeOf(error: unknown): string {
  if (error instanceof StoreError) return error.code;
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown';
}
