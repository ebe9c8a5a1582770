/**
 * How alike two texts are: plain forms that forget case, accents and signs; codes of how words sound; trigrams in common. Pure.
 * Sound: Soundex (Russell 1918, as the US archives write it), with groups that Romance and Germanic spellings share put together first.
 */

/** Lower case, without accents, signs and more than one space. */
export function plainText(value: unknown): string {
  const text = typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

const soundGroups: readonly (readonly [RegExp, string])[] = [
  [/ph/g, 'f'],
  [/sch|sh|ch/g, 's'],
  [/ck|qu|q|c(?![eiy])/g, 'k'],
  [/c(?=[eiy])|z/g, 's'],
  [/w/g, 'v'],
  [/gn|ñ/g, 'n'],
  [/h/g, ''],
  [/y/g, 'i'],
];

const digits: Readonly<Record<string, string>> = {
  ...{
    b: '1',
    f: '1',
    p: '1',
    v: '1',
    g: '2',
    j: '2',
    k: '2',
    s: '2',
    x: '2',
    d: '3',
    t: '3',
    l: '4',
    m: '5',
    n: '5',
    r: '6',
  },
};

/** The sound of each word, sorted: `García López` and `LOPES GARSIA` sound alike. Letters of other scripts stand for themselves. */
export function soundOf(value: unknown): string {
  const words = plainText(value)
    .split(' ')
    .filter((word) => word !== '');
  return words.map(wordSound).sort().join(' ');
}

function wordSound(word: string): string {
  if (!/^[a-z]+$/.test(word)) return word;
  const spelled = soundGroups.reduce((text, [from, to]) => text.replace(from, to), word);
  let code = spelled.charAt(0);
  let last = digits[code] ?? '';
  for (const letter of spelled.slice(1)) {
    const digit = digits[letter] ?? '';
    if (digit !== '' && digit !== last) code += digit;
    last = digit;
  }
  return code.slice(0, 6);
}

/** The share of trigrams that both texts have, of all that either has; 0 to 1 (as pg_trgm's `similarity`). */
export function similarity(a: unknown, b: unknown): number {
  const [first, second] = [trigramsOf(plainText(a)), trigramsOf(plainText(b))];
  if (first.size === 0 || second.size === 0) return 0;
  let common = 0;
  for (const one of first) if (second.has(one)) common += 1;
  return common / (first.size + second.size - common);
}

function trigramsOf(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const word of text.split(' ')) {
    if (word === '') continue;
    const padded = `  ${word} `;
    for (let i = 0; i + 3 <= padded.length; i += 1) found.add(padded.slice(i, i + 3));
  }
  return found;
}
