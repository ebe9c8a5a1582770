/**
 * Finds the parameters of the BG/NBD model that make grouped histories likeliest. Says why not, where nothing can be found: too
 * few people, nobody who came back, nobody watched for any time.
 */
import { type BgNbd, bgNbdLikelihood, type GroupedHistory, impossible } from './bg-nbd.ts';
import { peopleMin, type Refusal, searchLogs } from './fit.ts';

export interface BgNbdFit {
  readonly kind: 'fitted';
  readonly model: BgNbd;
  readonly logLikelihood: number;
  readonly people: number;
  /** Parameters that ran to the end of what is searched: what people do differs too little to tell. Forecasts hold, the numbers don't. */
  readonly atBounds: readonly (keyof BgNbd)[];
}

const names = ['r', 'alpha', 'a', 'b'] as const;

/**
 * Fits the model. An impossible row is a bug of who grouped them, and throws. It blocks for about 0.1 ms a row: by whole weeks a base
 * of any size is some ten thousand rows, by days many times that.
 */
export function fitBgNbd(
  rows: readonly GroupedHistory[],
  options: { readonly peopleMin?: number } = {},
): BgNbdFit | Refusal {
  for (const row of rows) {
    const fault = impossible(row);
    if (fault !== null || !(row.people > 0)) throw new Error(`assertion failed: ${fault ?? 'a row has people'}`);
  }
  const people = total(rows, () => 1);
  const least = options.peopleMin ?? peopleMin;
  if (people < least) return { kind: 'refused', reason: 'too_few_people', people, least };
  const watched = total(rows, ({ age }) => age);
  if (watched === 0) return { kind: 'refused', reason: 'no_time', people };
  const repeats = total(rows, ({ frequency }) => frequency);
  if (repeats === 0) return { kind: 'refused', reason: 'no_repeats', people };

  // Time is measured in mean ages during the search, so that the bounds mean the same for hours and for years.
  const unit = watched / people;
  const scaled = rows.map((row) => ({ ...row, recency: row.recency / unit, age: row.age / unit }));
  const likelihood = bgNbdLikelihood(scaled);
  const rate = repeats / people;
  const starts = [
    [1, 1 / rate, 1, 1],
    [0.25, 0.25 / rate, 0.5, 2],
    [0.5, 0.5 / rate, 1, 10],
    [3, 3 / rate, 0.1, 1],
  ];
  const found = searchLogs(([r, alpha, a, b]) => -likelihood({ r, alpha, a, b } as BgNbd), starts);
  const [r, alpha, a, b] = found.point as [number, number, number, number];
  const model: BgNbd = { r, alpha: alpha * unit, a, b };
  return {
    kind: 'fitted',
    model,
    logLikelihood: bgNbdLikelihood(rows)(model),
    people,
    atBounds: names.filter((_, i) => found.atBound[i]),
  };
}

function total(rows: readonly GroupedHistory[], of: (row: GroupedHistory) => number): number {
  return rows.reduce((sum, row) => sum + row.people * of(row), 0);
}
