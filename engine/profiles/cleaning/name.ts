/**
 * Names of people: spaces, apostrophes and, where somebody typed all of it in capitals or none, its case. Who wrote large and small letters
 * knows better than any rule.
 */

/** Written small wherever they stand, unless they are the whole name or its end. */
const particles: ReadonlySet<string> = new Set(
  'de du des del do dos da das von vom van zu zum zur den der ter ten te y e af av'.split(' '),
);
/** Written small behind one of those. */
const articles: ReadonlySet<string> = new Set('la le les los las'.split(' '));
/** Where particles belong to the name and are written large. */
const largeCountries: ReadonlySet<string> = new Set(['IT', 'US', 'GB', 'IE', 'AU', 'NZ', 'CA', 'BE']);

/** Null: nothing is left. `country`: ISO 3166, two letters. */
export function cleanName(written: string, country: string | null): string | null {
  const text = written
    .normalize('NFC')
    .replace(/[\s\u200B-\u200D\uFEFF]+/gu, ' ')
    .replace(/[\u2018\u2019\u02BC\u00B4`]/gu, "'")
    .replace(/ ?' ?/g, "'")
    .replace(/ ?[-\u2010\u2011] ?/gu, '-')
    .trim();
  if (text === '') return null;
  return isOfOneCase(text) ? recased(text, country) : text;
}

function isOfOneCase(text: string): boolean {
  return text === text.toUpperCase() || text === text.toLowerCase();
}

function recased(text: string, country: string | null): string {
  const words = text.toLowerCase().split(' ');
  const keepsSmall = country === null || !largeCountries.has(country);
  const small = words.map(() => false);
  return words
    .map((word, i) => {
      const isEnd = i === words.length - 1;
      small[i] = keepsSmall && !isEnd && (particles.has(word) || (articles.has(word) && small[i - 1] === true));
      if (small[i]) return word;
      if (i > 0 && isEnd && /^(?:ii|iii|iv|vi|vii|viii)$/.test(word)) return word.toUpperCase();
      return word
        .split('-')
        .map((part) => capitalised(part, keepsSmall))
        .join('-');
    })
    .join(' ')
    .normalize('NFC');
}

/** `o'brien` as `O'Brien`, `d'artagnan` as `d'Artagnan`, `mcdonald` as `McDonald`. */
function capitalised(word: string, keepsSmall: boolean): string {
  const elided = /^([dl])'(.+)$/u.exec(word);
  if (elided !== null && keepsSmall) return `${elided[1]}'${capitalised(elided[2] as string, keepsSmall)}`;
  const large = word.replace(/(^|['.])(\p{L})/gu, (_, before: string, letter: string) => before + capital(letter));
  return large.replace(/^Mc(\p{L})/u, (_, letter: string) => `Mc${capital(letter)}`);
}

/** One that becomes several is large in the first alone: `ß` begins a word as `Ss`. */
function capital(letter: string): string {
  const [first = '', ...rest] = letter.toUpperCase();
  return first + rest.join('').toLowerCase();
}
