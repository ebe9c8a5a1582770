/** Who was not let into a journey and why, where nothing else would tell it (LANGUAGE b18): kept once for each reason. */
import type { Batch } from '../../batch.ts';
import { noteRefusals } from './queries.ts';

/**
 * `no-key`: the fact has no value for the property that the journey is per · `no-row`: the person has no such row in the role ·
 * `closed`: before `from`, from `until` on, or while others
 * are on steps that drain · `full`: `max_entries` are in · `if`: the entry's `if` was false · `loop`: journeys that open each other go round.
 */
export type RefusalReason = 'no-key' | 'no-row' | 'closed' | 'full' | 'if' | 'loop';

export interface Refusal {
  readonly lane: number;
  readonly profileId: number;
  readonly journey: { readonly id: string };
  readonly key?: string | null | undefined;
}

/** Keeps that the journey let nobody in for these facts. */
export function refuse(batch: Batch, refusals: readonly Refusal[], reason: RefusalReason): void {
  const rows = new Map<string, { lane: number; profileId: number; journey: string; key: string; times: number }>();
  for (const { lane, profileId, journey, key } of refusals) {
    const place = `${profileId} ${journey.id}`;
    const times = (rows.get(place)?.times ?? 0) + 1;
    rows.set(place, { lane, profileId, journey: journey.id, key: key ?? '', times });
  }
  if (rows.size === 0) return;
  const all = [...rows.values()].map((row) => ({ ...row, reason }));
  batch.writes.later(noteRefusals(batch.session, all, batch.t));
}
