/** What the forms of a template are beside their variables: the locales that they speak, and how long they are. */
import { measureSms } from '../sms-segments.ts';
import { child, entries, fault, type Place, textOf } from './place.ts';
import { longestText } from './template-length.ts';
import { capital } from './values.ts';

/** Each form speaks every locale of the workspace, since a form is chosen before the locale; those of countries are checked in `check-locales.ts`. */
export function checkLocales(form: Place, key: string): void {
  const { workspace, countryLocales } = form.at.names;
  const { locales } = workspace;
  const missing = locales.filter((locale) => child(form, locale) === undefined);
  if (missing.length > 0) {
    const detail = `The ${key} form has no words in ${missing.join(', ')}, and the workspace serves ${locales.join(', ')}. People of that locale would get none: add ${missing.map((locale) => `\`${locale}:\``).join(' and ')}.`;
    fault(form, 'CMP064', capital(detail), { on: 'key' });
  }
  for (const [locale, words] of entries(form)) {
    if (locales.includes(locale) || [...countryLocales.keys()].some((served) => speaks([locale], served))) continue;
    const detail = `The workspace serves ${locales.join(', ')}, so nobody reads these words. Add ${locale} to its \`locales\`, or remove them.`;
    fault(words, 'CMP071', detail, { on: 'key' });
  }
}

/** As messages are rendered: the locale itself, or its language. */
export function speaks(written: readonly string[], locale: string): boolean {
  return written.includes(locale) || written.includes(locale.split('-', 1)[0] ?? locale);
}

const segmentsMax = 3;
/** What WhatsApp takes as the body of a template. */
const whatsappMax = 1_024;

/** Warns of words that are sent in many parts, or not at all. Variables are taken as ten characters. */
export function checkLength(key: string, form: Place): void {
  const part = child(form, 'text');
  if (part === undefined || (key !== 'sms' && key !== 'whatsapp')) return;
  const text = longestText(textOf(part));
  if (text === null) return;
  if (key === 'sms') sayLongSms(part, text);
  else if ([...text].length > whatsappMax) {
    const detail = `The text has about ${[...text].length} characters with ten for each variable, and WhatsApp takes ${whatsappMax} in a template. It would be refused: shorten it.`;
    fault(part, 'CMP272', detail);
  }
}

function sayLongSms(part: Place, text: string): void {
  const { encoding, units, segments, forcedBy } = measureSms(text);
  if (segments <= segmentsMax) return;
  const code = forcedBy?.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  const why =
    forcedBy === null
      ? 'All its characters are in the GSM alphabet, of which 153 fit in a part.'
      : `The character \`${forcedBy}\` (U+${code}) is not in the GSM alphabet, so the whole text is UCS-2, of which 67 fit in a part instead of 153.`;
  const remedy = forcedBy === null ? 'Shorten it.' : 'Write another character there, or shorten the text.';
  const detail = `With ten characters for each variable this SMS takes ${segments} parts (${units} units of ${encoding}), and each is paid for. ${why} ${remedy}`;
  fault(part, 'CMP272', detail);
}
