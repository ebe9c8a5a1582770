/** What only several resources together can have wrong: pressure, countries, desks, templates and journeys. */
import { lookAcross, type Written } from './across.ts';
import { checkCaps } from './check-caps.ts';
import { checkCountries } from './check-countries.ts';
import { checkHours } from './check-hours.ts';
import { checkCountryLocales } from './check-locales.ts';
import { checkStopped } from './check-stopped.ts';

export function checkAcross(all: readonly Written[]): void {
  const across = lookAcross(all);
  checkCaps(across);
  checkStopped(across);
  checkHours(across);
  checkCountries(across);
  checkCountryLocales(across);
}
