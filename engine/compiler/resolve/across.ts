/**
 * What only several resources together can have wrong: pressure, countries, desks and journeys. Each check stands in a file of
 * its own; here is what they read.
 */
import type { BodyByKind, BundleKind, BundleResource } from '../ir.ts';
import { checkCaps } from './check-caps.ts';
import { checkCountries } from './check-countries.ts';
import { checkHours } from './check-hours.ts';
import { checkCountryLocales } from './check-locales.ts';
import { checkStopped } from './check-stopped.ts';
import type { Place } from './place.ts';

/** A compiled resource and its document. */
export interface Compiled<K extends BundleKind = BundleKind> {
  readonly id: string;
  readonly body: BodyByKind[K];
  readonly place: Place;
}

/** The compiled resources of a kind, in the order of the files. */
export type Across = <K extends BundleKind>(kind: K) => readonly Compiled<K>[];

export function checkAcross(all: readonly { readonly resource: BundleResource; readonly place: Place }[]): void {
  const across: Across = (kind) =>
    all.flatMap(({ resource, place }) =>
      resource.kind === kind ? [{ id: resource.id, body: resource.body as BodyByKind[typeof kind], place }] : [],
    );
  checkCaps(across);
  checkStopped(across);
  checkHours(across);
  checkCountries(across);
  checkCountryLocales(across);
}

/** The same place for reading it again: what is wrong there has been said. */
export function again(place: Place): Place {
  return { ...place, at: { ...place.at, diagnostics: [], needs: new Set() } };
}
