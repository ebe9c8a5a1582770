/** Deliveries, for people and programs: counts, times and reasons, nothing of a person. */
import type { RunRow } from '../../profiles/destinations/runs/queries.ts';
import { counted, formatCount, formatTime, oneLine, type Style } from './style.ts';
import type { View } from './view.ts';

/** A delivery in words: `done, 120 people told, 3 removed: out/12.csv`. */
export function deliveryWords(run: RunRow, style: Style): string {
  const { told, removed, unnamed, artifacts, state, reason, retry_at, lanes } = run;
  const counts = [
    `${counted(told, 'person', 'people')} told`,
    ...(removed === 0 ? [] : [`${formatCount(removed)} removed`]),
    ...(unnamed === 0 ? [] : [`${formatCount(unnamed)} without address or number`]),
  ].join(', ');
  switch (state) {
    case 'done':
      return `done, ${counts}${artifacts.length === 0 ? '' : `: ${artifacts.map(oneLine).join(', ')}`}`;
    case 'running':
      return `underway, ${counted(lanes.length, 'lane')} left, ${counts}`;
    case 'waiting': {
      const again = retry_at === null ? '' : ` It is tried again from ${formatTime(retry_at)} on.`;
      return style.changed(`waiting, ${counts}. ${oneLine(reason ?? '')}${again}`);
    }
    case 'failed':
      return style.removed(`failed, ${counts}. ${oneLine(reason ?? '')} The next one tells all of it again.`);
  }
}

/** The view of `destination run`. */
export const deliveryView: View<RunRow> = {
  human: (run, style) => `${run.destination}, delivery ${run.run_id}: ${deliveryWords(run, style)}\n`,
  json: (run) => deliveryJson(run),
};

/** The view of `destination log`. */
export const deliveriesView: View<{ readonly deliveries: readonly RunRow[] }> = {
  human: ({ deliveries }, style) =>
    deliveries.length === 0
      ? 'Nothing was delivered yet.\n'
      : deliveries
          .map(
            (run) =>
              `${formatTime(run.started_at)}  ${run.destination}, delivery ${run.run_id} by ${run.cause}: ${deliveryWords(run, style)}\n`,
          )
          .join(''),
  json: ({ deliveries }) => deliveries.map(deliveryJson),
};

/** A delivery as JSON. */
export function deliveryJson(run: RunRow): unknown {
  const { lanes, bytes: _, run_id, digest: __, ...rest } = run;
  return { delivery: run_id, ...rest, lanes_left: lanes.length };
}
