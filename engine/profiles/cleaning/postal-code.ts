/** Postal codes as their country writes them. Whether one exists is another question. */

/** What a country's codes look like without spaces and signs, and how they are written. */
interface Writing {
  readonly pattern: RegExp;
  readonly to: string;
  /** Spreadsheets eat zeros in front: so many digits there are. */
  readonly digits?: number;
}

function digits(count: number): Writing {
  return { pattern: new RegExp(`^(\\d{${count}})$`), to: '$1', digits: count };
}

function split(first: number, second: number, by: string): Writing {
  return { pattern: new RegExp(`^(\\d{${first}})(\\d{${second}})$`), to: `$1${by}$2`, digits: first + second };
}

const four = digits(4);
const five = digits(5);
const six = digits(6);

const writings: Readonly<Record<string, Writing>> = {
  ...Object.fromEntries(
    ['AT', 'AU', 'BE', 'BG', 'CH', 'CY', 'DK', 'GE', 'HU', 'LI', 'LU', 'NO', 'NZ', 'SI', 'TN', 'ZA'].map((one) => [
      one,
      four,
    ]),
  ),
  ...Object.fromEntries(
    [
      'CU',
      'DE',
      'DZ',
      'EE',
      'EG',
      'ES',
      'FI',
      'FR',
      'HR',
      'ID',
      'IT',
      'KR',
      'MA',
      'MC',
      'MX',
      'MY',
      'PE',
      'SA',
      'TH',
      'TR',
      'UA',
      'UY',
    ].map((one) => [one, five]),
  ),
  ...Object.fromEntries(['CN', 'CO', 'EC', 'IN', 'KZ', 'NG', 'RO', 'RU', 'SG', 'VN'].map((one) => [one, six])),
  ...Object.fromEntries(['CZ', 'GR', 'SE', 'SK'].map((one) => [one, split(3, 2, ' ')])),
  BR: split(5, 3, '-'),
  CL: split(3, 4, '-'),
  JP: split(3, 4, '-'),
  PL: split(2, 3, '-'),
  PT: split(4, 3, '-'),
  LT: { pattern: /^(?:LT)?(\d{5})$/, to: 'LT-$1' },
  LV: { pattern: /^(?:LV)?(\d{4})$/, to: 'LV-$1' },
  AD: { pattern: /^(?:AD)?(\d{3})$/, to: 'AD$1' },
  NL: { pattern: /^(\d{4})([A-Z]{2})$/, to: '$1 $2' },
  GB: { pattern: /^([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})$/, to: '$1 $2' },
  IE: { pattern: /^([A-Z]\d[\dW])([A-Z\d]{4})$/, to: '$1 $2' },
  CA: { pattern: /^([A-Z]\d[A-Z])(\d[A-Z]\d)$/, to: '$1 $2' },
  US: { pattern: /^(\d{5})(?:(\d{4}))?$/, to: '$1-$2', digits: 5 },
  AR: { pattern: /^([A-Z]?\d{4}(?:[A-Z]{3})?)$/, to: '$1' },
};

const charsMax = 12;

/** Null: none of that country. Without a country, or one whose codes aren't known here, only case and spaces are put in order. */
export function cleanPostalCode(written: string, country: string | null): string | null {
  const text = written.normalize('NFKC').toUpperCase().replace(/\s+/gu, ' ').trim();
  const writing = country === null || !Object.hasOwn(writings, country) ? undefined : writings[country];
  if (writing === undefined)
    return /^[A-Z0-9](?:[A-Z0-9 -]*[A-Z0-9])?$/.test(text) && text.length <= charsMax ? text : null;
  const bare = text
    .replace(new RegExp(`^${country}[ -]+(?=.)`), '')
    .replace(/^[A-Z]{1,3}-(?=\d{4,5}$)/, '')
    .replace(/[ .-]/g, '');
  const padded =
    writing.digits !== undefined && /^\d+$/.test(bare) && bare.length === writing.digits - 1
      ? bare.padStart(writing.digits, '0')
      : bare;
  if (!writing.pattern.test(padded)) return null;
  return padded.replace(writing.pattern, writing.to).replace(/-$/, '');
}
