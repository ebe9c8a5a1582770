/** Days as people write them, read as ISO. Only for columns that say no `format`, and only what can be read in one way. */

/** Countries that write the month first. */
const monthFirst: ReadonlySet<string> = new Set(['US', 'PH', 'FM', 'PW', 'MH']);

/** A year of two digits up to this one is of this century. */
const pivot = 30;

/** `1984-03-05` for `5/3/84`, `05.03.1984`, `1984/3/5`, `19840305`. Null: no day, or one that can't be told. */
export function cleanDate(written: string, country: string | null): string | null {
  const text = written.trim();
  const iso = /^(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?:[T ][\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?$/.exec(text);
  if (iso !== null && (iso[2] !== '' || /^\d{8}/.test(text))) return dayOf(iso[1], iso[3], iso[4]);
  const local = /^(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})$/.exec(text);
  if (local === null) return null;
  const [, first, , second, year = ''] = local;
  const full = year.length === 4 ? year : String(Number(year) + (Number(year) <= pivot ? 2000 : 1900));
  return country !== null && monthFirst.has(country) ? dayOf(full, first, second) : dayOf(full, second, first);
}

function dayOf(year = '', month = '', day = ''): string | null {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const date = new Date(Date.UTC(y, m - 1, d));
  if (y < 1000 || date.getUTCFullYear() !== y || date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) return null;
  return date.toISOString().slice(0, 10);
}
