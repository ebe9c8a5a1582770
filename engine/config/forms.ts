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
    expected:
      'a moment: `now`, `today`, `7d ago`, `in 3d`, a date such as `2026-01-31` or `2026-01-31T10:00Z`, or a known date such as `7d before renewal_date`',
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
  resourceName: {
    code: 'CFG015',
    expected: 'a kind and an id, such as `journey/win-back`',
  },
  day: {
    code: 'CFG018',
    expected: 'a day, such as `2026-12-31`',
  },
  traitOrField: {
    code: 'CFG031',
    expected: 'the name of a trait, or an entity and its field, such as `purchase.status`',
  },
  field: {
    code: 'CFG031',
    expected:
      '`entry.` and a property of the fact that opened the enrollment, such as `entry.total`, or a field of the entity that the journey is per, such as `booking.status`',
  },
  monthDay: { code: 'CFG018', expected: 'a day of the year as `MM-DD`, such as `01-02`' },
  waitMoment: {
    code: 'CFG018',
    expected:
      'a moment such as `7d before renewal_date`, `2026-01-31T10:00Z`, or a day of the year as `MM-DD`; a length of time is written `wait: 2d`',
    hint: momentHint,
  },
  offset: {
    code: 'CFG016',
    expected: 'days, weeks or months before or after, such as `-7d` or `2w`',
    hint: durationHint,
  },
  share: {
    code: 'CFG013',
    expected: 'a percentage, such as `5%` or `2.5%`',
    suggest: (text) => (/^[0-9]{1,3}(\.[0-9]{1,2})?$/.test(text) ? `${text}%` : undefined),
  },
  entryBound: {
    code: 'CFG018',
    expected: 'a day such as `2027-01-31`, or an instant with its offset such as `2027-01-31T10:00Z`',
  },
  cost: { code: 'CFG013', expected: 'an amount with its currency, such as `5 EUR`' },
  valueRef: {
    code: 'CFG031',
    expected: 'a value named by its place, such as `profile.offer_topic`, `entry.total` or `booking.status`',
  },
  eventProperty: {
    code: 'CFG015',
    expected: 'the name of an event, alone or with a property, such as `order_placed` or `order_rated.score`',
  },
  elementProperty: {
    code: 'CFG015',
    expected: 'the name of a property, words joined by underscores, such as `brand` or `product.brand`',
    suggest: (text) => joined(text, '_'),
  },
  isoDay: { code: 'CFG018', expected: 'a day of the calendar, such as `2027-05-07`' },
  playTime: { code: 'CFG018', expected: 'a date and a time, such as `2027-03-01T10:00`' },
  weekdayRange: {
    code: 'CFG014',
    expected: 'a day of the week by its first three letters (`mon`), or from one to another (`mon-fri`)',
    suggest: nearWeekday,
  },
  calendar: {
    code: 'CFG015',
    expected: 'a country by its two letters, with its region where it has its own holidays: `fr`, `de-by`',
    suggest: (text) => (/^[A-Z]{2}$/i.test(text) ? text.toLowerCase() : undefined),
  },
  stepRef: {
    code: 'CFG015',
    expected: 'the id of a step, `last`, `any`, or `journey/step`',
    suggest: (text) => joined(text, '-'),
  },
};

/** What a union expects, for values that are none of its branches. */
export const unionForms: Readonly<Record<string, string>> = {
  eventNames: 'the name of an event or a list of names',
  stepRefs: 'the id of a step, `last`, `any`, `journey/step`, or a list of them',
  propertyTest: 'a value, or operators such as `{ gte: 80 EUR }`',
  condition: 'a condition such as `{ trait: country, is: AR }`, or a list of conditions',
  channelChoice: 'the id of a channel, or `{ first_of: [push, sms] }`',
  step: 'a step such as `{ id: give-time, wait: 2d }`',
  trigger: 'a trigger such as `{ enters: dormant-retailers }`, or a list of triggers',
  per: '`{ property: cart_id }`, or `{ entity: booking, role: booker }`',
  dayOfSchedule: 'a day of the month, 1 to 28, or of the year, `MM-DD`',
  waitMoment: 'a moment such as `7d before renewal_date`, `{ anniversary: birth_date }` or `{ weekday: tue }`',
  weekdays: 'a day of the week such as `tue`, or a list of days',
  waitItem: 'an arm such as `{ when: { event: order_placed }, steps: [ … ] }`, or a condition',
  waitFor: 'a condition, or a list of arms such as `{ when: { event: order_placed }, steps: [ … ] }`',
  switchSubject: 'a value such as `{ trait: subscription }` or `{ field: entry.reason }`',
  caseValue: 'a value or a list of values',
  weight: 'a number, or a percentage such as `50%`',
  winnerBy: '`goal`, or a condition',
  maximise: '`goal`, or `{ sum: order_placed.total, within: 21d }`',
  updateValue: 'a value, a list, `null`, or `{ from: entry.offer }`',
  startOf: 'the id of a journey, or `{ journey: nps, with: { moment: signature } }`',
  rankBy: 'an order such as `{ trait: closeness_score, order: highest }` or `{ waiting: longest }`',
  stepNames: 'the id of a step or a list of ids',
  reentry: '`never`, `always`, or `{ after: 90d }`',
  deliveredValue:
    'the name of a trait, or `{ identifier: email }`, `{ identifiers: card }`, `{ segment: lookers }`, `{ persona: shoppers }`',
  deliveryTime: '`membership`, or a time such as `{ every: day, at: "03:00" }` or `{ cron: "0 3 * * *" }`',
  column: 'the name of a column, or `{ column: dollars, currency: USD }`',
  sourcePeople: 'a person such as `{ type: external_id, column: customer }`, or a list of them',
  sourceEvent: 'the name of an event, or `{ column: type }`',
  requirement: 'a requirement such as `owner`, or a list of them',
  channelsOverlay: '`sandbox`, or what differs by channel, such as `{ email: sandbox }`',
  channelOverlay: '`sandbox`, or what differs, such as `{ via: log }`',
  earnedPoints:
    'a number of points, `{ per: 10 EUR, of: total, give: 1 }`, `{ nth: [10, 20, 50], calendar: month }`, or `{ draw: [{ odds: 10%, give: 50 }], seed: spring }`',
  ruleNames: 'the id of a rule or a list of ids',
  qualifies: '`{ event: order_placed, within: 30d }`, or `{ changes: purchase.status, to: delivered, within: 6mo }`',
  reward: 'a reward such as `{ coupon: free-delivery, valid_for: 30d }`',
};

/** How the things that have a head are called when the head is missing. */
export const headedForms: Readonly<Record<string, string>> = {
  condition: 'A condition begins with one of',
  step: 'A step does one of',
  trigger: 'A journey starts by one of',
  waitFor: 'A wait is for one of',
  waitItem: 'An arm begins with `when`, a condition with one of the others',
  switchSubject: 'A switch is about one of',
  channelChoice: 'Channels are chosen by one of',
  waitMoment: 'A moment is one of',
  rankBy: 'A desk is ranked by one of',
  qualifies: 'A referral qualifies by one of',
  reward: 'A reward gives one of',
};

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** `Monday` is `mon`, `Mon - Friday` is `mon-fri`. */
function nearWeekday(text: string): string | undefined {
  const named = text.toLowerCase().split(/\s*(?:-|–|\bto\b)\s*/);
  const days = named.map((word) => weekdays.find((day) => word.startsWith(day)));
  if (days.length > 2 || days.includes(undefined)) return undefined;
  const near = days.join('-');
  return near === text ? undefined : near;
}

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
