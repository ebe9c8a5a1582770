/**
 * Links of messages and the preference centre, as the workspace document declares them. They name traits and purposes, so they are resolved
 * when those are known, and the workspace doesn't stand on what it names.
 */
import { asSet } from '../canonical.ts';
import type { PreferencesBody, WorkspaceBody } from '../ir.ts';
import { useConsent, useTrait } from '../references.ts';
import {
  child,
  demand,
  entries,
  fault,
  items,
  type Place,
  type Resolving,
  rangeOf,
  root,
  textAt,
  textOf,
} from './place.ts';
import { durationAt, listed } from './values.ts';

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

const validByDefault = { months: 12, days: 0, ms: 0 } as const;

/** Empty where the workspace has none, so that its digest stays as it was. */
export function resolveLinks(at: Resolving): Pick<WorkspaceBody, 'links' | 'preferences'> {
  const place = root({ ...at, needs: new Set() });
  const links = child(place, 'links');
  const preferences = child(place, 'preferences');
  if (preferences !== undefined && links === undefined) {
    const detail =
      'The preference centre is reached by links of messages alone, and this workspace signs none. Add `links` with its `base_url` and `keys`.';
    fault(preferences, 'CMP322', detail, { on: 'key' });
  }
  return {
    ...(links !== undefined && { links: readLinks(links) }),
    ...(preferences !== undefined && { preferences: readPreferences(preferences) }),
  };
}

function readLinks(place: Place): NonNullable<WorkspaceBody['links']> {
  const baseUrl = demand(place, 'base_url');
  checkAddress(baseUrl);
  const keys = items(demand(place, 'keys'));
  for (const key of keys) {
    // A reference that isn't one as a whole is told of where all are looked at.
    if (textOf(key).includes(`\${secret.`)) continue;
    const detail = `Who knows the key can make links in anybody's name, so it stands in no file. Write a reference to a secret, such as \`"\${secret.LINK_KEY}"\`.`;
    fault(key, 'CMP007', detail);
  }
  return {
    baseUrl: textOf(baseUrl).replace(/\/+$/, ''),
    // The first one signs: their order is part of what is said.
    keys: keys.map(textOf),
    validFor: durationAt(place, 'valid_for') ?? validByDefault,
  };
}

function readPreferences(place: Place): PreferencesBody {
  const [logo, privacy] = [child(place, 'logo'), child(place, 'privacy')];
  for (const address of [logo, privacy]) if (address !== undefined) checkAddress(address);
  const color = textAt(place, 'color');
  const frequency = child(place, 'frequency');
  const pause = durationAt(place, 'pause');
  const name = textAt(place, 'name');
  return {
    purposes: readPurposes(demand(place, 'purposes')),
    ...(frequency !== undefined && { frequency: readFrequency(frequency) }),
    ...(pause !== null && { pause }),
    ...(name !== undefined && { name }),
    ...(color !== undefined && { color: color.toLowerCase() }),
    ...(logo !== undefined && { logo: textOf(logo) }),
    ...(privacy !== undefined && { privacy: textOf(privacy) }),
  };
}

function readPurposes(place: Place): PreferencesBody['purposes'] {
  const seen = new Map<string, Place>();
  return items(place).map((item) => {
    const named = demand(item, 'purpose');
    const purpose = textOf(named);
    const first = seen.get(purpose);
    if (first === undefined) seen.set(purpose, named);
    else {
      const detail = `The page asks for \`${purpose}\` twice, and the two answers could differ. Remove one of them.`;
      fault(named, 'CMP321', detail, { related: [{ message: 'asked for here, too', range: rangeOf(first) }] });
    }
    const body = useConsent(named, purpose);
    if (body?.basis === 'contract') {
      const detail = `Purpose \`${purpose}\` is of basis \`contract\`: it is part of what people bought, nobody is asked for it, and a refusal would change nothing. Take it off the page, or change the basis.`;
      fault(named, 'CMP321', detail);
    }
    return { purpose, text: readWords(demand(item, 'text')) };
  });
}

function readFrequency(place: Place): NonNullable<PreferencesBody['frequency']> {
  const named = demand(place, 'trait');
  const trait = useTrait(named, textOf(named));
  const labels = entries(demand(place, 'labels'));
  if (trait !== undefined && (trait.origin !== 'sourced' || trait.values === null)) {
    const detail = `People choose among the values of an enum that facts may set, and \`${textOf(named)}\` is ${trait.origin === 'computed' ? 'computed' : `of type ${trait.type}`}. Declare a trait of type enum with its \`values\`.`;
    fault(named, 'CMP321', detail);
  } else if (trait?.values) {
    for (const [value, label] of labels) {
      if (trait.values.includes(value)) continue;
      const detail = `Trait \`${textOf(named)}\` knows ${listed(trait.values)}, so \`${value}\` could be chosen and never kept. Name one of its values, or add this one to the schema.`;
      fault(label, 'CMP321', detail, { on: 'key' });
    }
  }
  return {
    trait: textOf(named),
    labels: Object.fromEntries(labels.map(([value, label]) => [value, readWords(label)])),
  };
}

/** The words by locale, in all locales that the workspace serves. */
function readWords(place: Place): Readonly<Record<string, string>> {
  const { locales } = place.at.names.workspace;
  const words = entries(place).map(([locale, text]) => [locale, textOf(text).trim()] as const);
  const missing = locales.filter((locale) => child(place, locale) === undefined);
  if (missing.length > 0) {
    const detail = `There are no words in ${listed(missing)}, and the workspace serves ${listed(asSet(locales))}. People of that language would be asked in another one: add ${missing.map((locale) => `\`${locale}:\``).join(' and ')}.`;
    fault(place, 'CMP320', detail, { on: 'key' });
  }
  return Object.fromEntries(words);
}

/** Pages and pictures that people reach from outside. */
function checkAddress(place: Place): void {
  const url = URL.canParse(textOf(place)) ? new URL(textOf(place)) : null;
  const isHttp = url?.protocol === 'http:';
  if (url === null || (url.protocol !== 'https:' && !isHttp)) {
    fault(place, 'CMP217', 'This is no address of the web. Write one such as `https://hello.shop.example`.');
  } else if (isHttp && !loopback.has(url.hostname)) {
    const detail =
      'By `http` everybody on the way can read what people choose, and their link. Write `https`; only an address of this machine may do without.';
    fault(place, 'CMP217', detail);
  } else if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    const detail =
      'The address is put before the words of links as it stands, so it has no name, no password, no `?` and no `#`. Remove that part.';
    fault(place, 'CMP217', detail);
  }
}
