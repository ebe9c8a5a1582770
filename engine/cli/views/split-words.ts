/** What a split has learned, in words. */
import type { SplitStand } from '../../store/splits.ts';
import { formatShare, formatTime } from './style.ts';

/** Such as `wording of journey/x: arm b won 2026-03-10 10:00 UTC, everybody takes it`. */
export function splitWords({ resource, step, winner, decided_at, shares }: SplitStand): string {
  const name = `${step} of ${resource}`;
  if (shares !== null) {
    const parts = Object.entries(shares).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    return `${name}: ${parts.map(([arm, share]) => `${arm} ${formatShare(share)}`).join(', ')}`;
  }
  if (decided_at === null) return `${name}: no arm is sure enough yet`;
  const when = formatTime(decided_at);
  return winner === null
    ? `${name}: no arm won by ${when}, it keeps on splitting`
    : `${name}: arm ${winner} won ${when}, everybody takes it`;
}
