/**
 * Regular expressions of conditions: the part that JavaScript (checks, editors) and PostgreSQL (the engine) read alike. What one
 * of them refuses or reads in another way is refused, with the reason.
 */

const lengthMax = 200;
/** PostgreSQL's limit of a bound. */
const repeatsMax = 255;

/** What isn't the same in both, and why in words. */
const unlike: readonly (readonly [RegExp, string])[] = [
  [/\(\?<[=!]/, 'it looks behind (`(?<=`), which PostgreSQL cannot do'],
  [/\(\?<[A-Za-z]/, 'it names a group (`(?<name>`), which PostgreSQL cannot do'],
  [/\\[bB]/, '`\\b` is the edge of a word in one and a backspace in the other'],
  [/\\[pP]/, 'it names a class of Unicode (`\\p{…}`), which PostgreSQL cannot do'],
  [/\\[kcx0]|\\u\{/, 'it spells a character in a way that only one of them reads'],
  [/\[\[[:.=]/, 'it names a class as `[[:alpha:]]`, which JavaScript reads otherwise; write `[A-Za-z]`'],
  [/\[[^\]]*\\[DWS]/, 'it has the opposite of a class (`\\D`) inside brackets, which PostgreSQL refuses'],
];

/** Why the expression can't be used, as the end of a sentence that begins with "…, since"; null: it can. */
export function whyNotPattern(pattern: string): string | null {
  if (pattern.length > lengthMax) return `it is ${pattern.length} characters long, and ${lengthMax} are the most`;
  const found = unlike.find(([form]) => form.test(pattern.replaceAll('\\\\', '')));
  if (found !== undefined) return found[1];
  const bounds = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].flatMap((match) => [match[1], match[2]].map(Number));
  if (bounds.some((bound) => bound > repeatsMax)) return `it repeats more than ${repeatsMax} times`;
  try {
    new RegExp(pattern, 'u');
    return null;
  } catch (error) {
    const said = String((error as Error).message);
    return `it does not parse: ${said.slice(said.lastIndexOf(': ') + 2).toLowerCase()}`;
  }
}
