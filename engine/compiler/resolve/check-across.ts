/** What only several resources together can have wrong: pressure, countries, desks, templates and journeys. */
import type { BodyByKind, BundleResource } from '../ir.ts';
import type { Across } from './across.ts';
import { checkCaps } from './check-caps.ts';
import { checkCountries } from './check-countries.ts';
import { checkHours } from './check-hours.ts';
import { checkCountryLocales } from './check-locales.ts';
import { checkStopped } from './check-stopped.ts';
import type { Place } from './place.ts';

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
