/** The workspace document: zone, currency, locales and defaults that every other resource is read with. */
import { asSet } from '../canonical.ts';
import { canonicalZone, isZone } from '../instants.ts';
import type { Weekday, WorkspaceBody } from '../ir.ts';
import { child, fault, items, type Place, type Resolving, root, textAt, textOf } from './place.ts';
import { currencyAt, durationAt } from './values.ts';

/** What other resources are read with where the workspace is missing or wrong; such a project gives no bundle. */
export const fallbackWorkspace: WorkspaceBody = {
  zone: 'UTC',
  currency: 'EUR',
  locale: 'en',
  locales: ['en'],
  weekStarts: 'mon',
  triggerMaxAge: { months: 0, days: 2, ms: 0 },
};

export function resolveWorkspace(at: Resolving): WorkspaceBody {
  const place = root(at);
  const locale = textAt(place, 'locale') ?? fallbackWorkspace.locale;
  const localePlaces = [child(place, 'locale'), ...items(child(place, 'locales'))];
  for (const one of localePlaces) if (one !== undefined) checkLocale(one);
  return {
    zone: zoneAt(place, 'zone') ?? fallbackWorkspace.zone,
    currency: currencyAt(place, 'currency') ?? fallbackWorkspace.currency,
    locale,
    locales: asSet([locale, ...items(child(place, 'locales')).map(textOf)]),
    weekStarts: (textAt(place, 'week_starts') ?? fallbackWorkspace.weekStarts) as Weekday,
    triggerMaxAge: durationAt(place, 'trigger_max_age') ?? fallbackWorkspace.triggerMaxAge,
  };
}

/** The zone under a key; null where there is none, or after saying that it is unknown. */
export function zoneAt(place: Place, key: string): string | null {
  const found = child(place, key);
  if (found === undefined) return null;
  const text = textOf(found);
  if (isZone(text)) return text;
  const detail = `\`${text}\` is no zone of the IANA database. Write a name such as Europe/Paris, or UTC.`;
  fault(found, 'CMP028', detail, { suggestion: canonicalZone(text) ?? undefined });
  return null;
}

function checkLocale(place: Place): void {
  const text = textOf(place);
  const canonical = canonicalLocale(text);
  if (canonical === text) return;
  const detail = `\`${text}\` is no locale. Write a BCP 47 tag such as en, es-AR or fr-FR, with its capitals: templates are chosen by this exact text.`;
  fault(place, 'CMP029', detail, { suggestion: canonical ?? undefined });
}

function canonicalLocale(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text.replace('_', '-'))[0] ?? null;
  } catch {
    return null;
  }
}
