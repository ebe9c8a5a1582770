/**
 * The forms of words that schemas name by `x-form`: what each expects, under which code, and what is a later form.
 * Schemas hold the patterns; here is only what a pattern can't say.
 */
import type { DiagnosticCode } from '../diagnostics/codes.ts';
import { suggest } from '../diagnostics/suggest.ts';

export interface Form {
  readonly code: DiagnosticCode;
  /** Completes "expected …". */
  readonly expected: string;
  /** Beyond the pattern of the schema, if any. */
  readonly test?: (text: string) => boolean;
  /** What the language knows and this version doesn't run. */
  readonly later?: RegExp;
  /** A full sentence for a value that is nearly right. */
  readonly hint?: (text: string) => string | undefined;
  readonly suggest?: (text: string) => string | undefined;
}

const unitOf: ReadonlyMap<string, string> = new Map([
  ...['m', 'minute', 'minutes', 'mins', 'mn'].map((word) => [word, 'min'] as const),
  ...['hour', 'hours', 'hr', 'hrs'].map((word) => [word, 'h'] as const),
  ...['day', 'days'].map((word) => [word, 'd'] as const),
  ...['week', 'weeks'].map((word) => [word, 'w'] as const),
  ...['month', 'months', 'mon'].map((word) => [word, 'mo'] as const),
  ...['year', 'years', 'yr'].map((word) => [word, 'y'] as const),
]);

export const forms: Readonly<Record<string, Form>> = {
  kebab: {
    code: 'CFG015',
    expected: 'a name in lower case, words joined by hyphens, such as `first-order`',
    suggest: (text) => joined(text, '-'),
  },
  snake: {
    code: 'CFG015',
    expected: 'a name in lower case, words joined by underscores, such as `order_placed`',
    suggest: (text) => joined(text, '_'),
  },
  duration: {
    code: 'CFG016',
    expected: 'a duration: a whole number and `min`, `h`, `d`, `w`, `mo` or `y`, such as `30min` or `7d`',
    hint: durationHint,
    suggest: nearDuration,
  },
  clock: {
    code: 'CFG017',
    expected: 'hours and minutes in quotes, from `"00:00"` to `"23:59"`',
    suggest: nearClock,
  },
  moment: {
    code: 'CFG018',
    expected: 'a moment: `7d ago`, `in 3d`, or a date such as `2026-01-31` or `2026-01-31T10:00Z`',
    later: /^(now|today|(\d+(min|h|d|w|mo|y) (before|after) )?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?)$/,
    hint: momentHint,
  },
  zone: {
    code: 'CFG026',
    expected: 'a name of the IANA time zone database, such as `Europe/Paris`',
    test: isZone,
    suggest: (text) => suggest(text, ['UTC', ...Intl.supportedValuesOf('timeZone')]),
  },
  currency: {
    code: 'CFG028',
    expected: 'a currency of ISO 4217, such as `EUR`',
    test: (text) => Intl.supportedValuesOf('currency').includes(text),
    suggest: (text) => suggest(text.toUpperCase(), Intl.supportedValuesOf('currency')),
  },
  locale: {
    code: 'CFG027',
    expected: 'a language, and a country where it matters, such as `es` or `es-AR`',
    suggest: nearLocale,
  },
  secret: {
    code: 'CFG029',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how a secret is written.
    expected: 'a reference such as `${secret.SMTP_PASSWORD}`; what stands in git is known to everyone who reads it',
  },
  field: {
    code: 'CFG031',
    expected: '`entry.` and a property of the event that opened the enrollment, such as `entry.total`',
    later: /^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/,
  },
  stepRef: {
    code: 'CFG015',
    expected: 'the id of a step of this journey',
    test: (text) => text !== 'last' && text !== 'any',
    later: /^(last|any|[a-z0-9-]+\/[a-z0-9-]+)$/,
  },
};

/** What a union expects, for values that are none of its branches. */
export const unionForms: Readonly<Record<string, string>> = {
  eventNames: 'the name of an event or a list of names',
  stepRefs: 'the id of a step or a list of ids',
  propertyTest: 'a value, or operators such as `{ gte: 80 EUR }`',
  condition: 'a condition such as `{ trait: country, is: AR }`, or a list of conditions',
  channelChoice: 'the id of a channel, or `{ first_of: [push, sms] }`',
  step: 'a step such as `{ id: give-time, wait: 2d }`',
  trigger: 'a trigger such as `{ enters: dormant-retailers }`, or a list of triggers',
  reentry: '`never`, `always`, or `{ after: 90d }`',
  column: 'the name of a column, or `{ column: dollars, currency: USD }`',
  sourceEvent: 'the name of an event, or `{ column: type }`',
};

/** How the things that have a head are called when the head is missing. */
export const headedForms: Readonly<Record<string, string>> = {
  condition: 'A condition begins with one of',
  step: 'A step does one of',
  trigger: 'A journey starts by one of',
};

function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    // Offsets such as `+02:00` are accepted by Intl, but know no daylight saving time.
    return /^[A-Za-z]/.test(text);
  } catch {
    return false;
  }
}

function joined(text: string, by: string): string | undefined {
  const words = text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const name = words.join(by);
  return /^[a-z]/.test(name) && name !== text ? name : undefined;
}

function durationHint(text: string): string | undefined {
  const minutes = /^(\d+)\s*m$/.exec(text);
  if (minutes) return `\`m\` may mean minutes or months: say \`${minutes[1]}min\` or \`${minutes[1]}mo\`.`;
  if (/^\d+$/.test(text)) return `Say the unit: \`${text}d\` for days, \`${text}h\` for hours.`;
  if (/^\d+[.,]\d+/.test(text)) return 'The number is whole: write a smaller unit instead of a fraction.';
  if (/^(\d+(min|h|d|w|mo|y)\s*){2,}$/.test(text)) return 'A duration has one unit: `90min`, not `1h30min`.';
  return undefined;
}

function nearDuration(text: string): string | undefined {
  const parts = /^(\d{1,6})\s*([a-z]+)$/.exec(text.toLowerCase());
  if (!parts || parts[2] === 'm') return undefined;
  const unit = unitOf.get(parts[2]!) ?? (/^(min|h|d|w|mo|y)$/.test(parts[2]!) ? parts[2] : undefined);
  return unit && `${parts[1]}${unit}`;
}

function nearClock(text: string): string | undefined {
  const parts = /^(\d{1,2})(?:[:.h](\d{2})?)?\s*(am|pm)?$/i.exec(text);
  if (!parts) return undefined;
  const hours = (Number(parts[1]) % (parts[3] ? 12 : 100)) + (parts[3]?.toLowerCase() === 'pm' ? 12 : 0);
  const minutes = parts[2] ?? '00';
  return hours < 24 && Number(minutes) < 60 ? `"${String(hours).padStart(2, '0')}:${minutes}"` : undefined;
}

function momentHint(text: string): string | undefined {
  const duration = /^(\d+)\s*m\b/.exec(text);
  if (duration) return durationHint(`${duration[1]}m`);
  if (/^\d+(min|h|d|w|mo|y)$/.test(text)) return `Say which way: \`${text} ago\` or \`in ${text}\`.`;
  return undefined;
}

function nearLocale(text: string): string | undefined {
  try {
    const [canonical] = Intl.getCanonicalLocales(text.replaceAll('_', '-'));
    return canonical !== undefined && canonical !== text && /^[a-z]{2,3}(-|$)/.test(canonical) ? canonical : undefined;
  } catch {
    return undefined;
  }
}
