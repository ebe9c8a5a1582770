/** Who enters a journey that lets in so many people at most: with a place that was given, or not yet. See `give.ts`. */
import type { Batch } from '../../../batch.ts';
import { placeOf } from '../../enrollment.ts';
import type { Applicant, Placed } from '../applicant.ts';
import { refuse } from '../refusals.ts';
import type { StartCommand } from '../start-command.ts';
import { requestPlaces } from './queries.ts';

/** Those who needn't ask or were given a place. The others ask; those for whom there is none leave a decision. */
export function withPlaces<T extends { readonly applicant: Placed }>(
  batch: Batch,
  candidates: readonly T[],
): readonly T[] {
  if (candidates[0]?.applicant.journey.body.entry.maxEntries === undefined) return candidates;
  const asking = candidates.filter(({ applicant }) => applicant.place === undefined);
  const rows = asking.map(({ applicant: { lane, profileId, journey, key, entry, at, because, ...more } }) => {
    const hop = more.hop ?? batch.people.all.get(profileId)?.hop ?? 0;
    const told = { journey: journey.id, key, entry, at: at.getTime(), because };
    const body: StartCommand & { hop: number } = { ...told, hop };
    return { lane, profileId, journey: journey.id, body };
  });
  batch.writes.later(requestPlaces(batch.session, rows));
  return candidates.filter(({ applicant }) => applicant.place === 'given');
}

/** Applicants but those who are told that there is no place for them. */
export function notRefused(batch: Batch, applicants: readonly Applicant[]): readonly Applicant[] {
  if (applicants.every(({ place }) => place !== 'none')) return applicants;
  refuse(
    batch,
    applicants.filter(({ place }) => place === 'none'),
    'full',
  );
  return applicants.filter(({ place }) => place !== 'none');
}

/** Gives back the places of those who didn't come in after all: enrolled meanwhile, or kept out by what they are now. */
export function returnPlaces(batch: Batch, applicants: readonly Applicant[], entered: readonly Placed[]): void {
  if (applicants.every(({ place }) => place !== 'given')) return;
  const used = new Set(entered.map(placeOf));
  const unused = applicants.filter(
    (one) => one.place === 'given' && !used.delete(placeOf({ ...one, key: one.key ?? '' })),
  );
  const rows = unused.map(({ lane, profileId, journey }) => ({ lane, profileId, journey: journey.id, body: null }));
  batch.writes.later(requestPlaces(batch.session, rows));
}
