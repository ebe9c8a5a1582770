/**
 * What an answer by SMS or WhatsApp asks for when it is one word: no more, again, or help. Pure. Which words a country uses beside the usual
 * ones a channel may say (`opt_out_words`).
 */
import { foldWord } from '../../../compiler/fold-word.ts';

export type Meaning = 'stop' | 'start' | 'text';

/** Everywhere: what operators and Twilio understand. */
const stopWords: ReadonlySet<string> = new Set([
  ...['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'OPTOUT', 'OPT OUT', 'REVOKE', 'STOP ALL'],
]);
const startWords: ReadonlySet<string> = new Set(['START', 'UNSTOP', 'YES STOP', 'OPTIN', 'OPT IN', 'SUBSCRIBE']);

/** By the country of the number. */
const stopWordsOf: Readonly<Record<string, readonly string[]>> = {
  ...byAll(
    ['FR', 'BE', 'CH', 'LU', 'MC', 'SN', 'CI', 'CM', 'MA', 'TN', 'DZ'],
    ['ARRET', 'ARRETER', 'DESABONNER', 'DESINSCRIPTION'],
  ),
  ...byAll(
    ['ES', 'AR', 'MX', 'CO', 'CL', 'PE', 'UY', 'PY', 'BO', 'EC', 'VE', 'CR', 'GT', 'DO', 'PA', 'HN', 'NI', 'SV'],
    ['BAJA', 'ALTO', 'PARAR', 'CANCELAR', 'NO MAS'],
  ),
  ...byAll(['BR', 'PT', 'AO', 'MZ'], ['PARAR', 'PARE', 'SAIR', 'CANCELAR', 'REMOVER']),
  ...byAll(['DE', 'AT'], ['STOPP', 'ABMELDEN', 'ABBESTELLEN']),
  IT: ['BASTA', 'ANNULLA', 'CANCELLA', 'FERMA'],
  NL: ['AFMELDEN', 'STOPPEN'],
  PL: ['WYPISZ', 'REZYGNUJE'],
};
const startWordsOf: Readonly<Record<string, readonly string[]>> = {
  ...byAll(['FR', 'BE', 'CH', 'LU', 'MC'], ['REPRENDRE', 'REPRISE']),
  ...byAll(['ES', 'AR', 'MX', 'CO', 'CL', 'PE', 'UY'], ['ALTA', 'REANUDAR']),
  ...byAll(['BR', 'PT'], ['VOLTAR']),
  ...byAll(['DE', 'AT'], ['ANMELDEN']),
};

function byAll(countries: readonly string[], words: readonly string[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(countries.map((country) => [country, words]));
}

/** `country`: of the number, two letters; null: not known, so any country's words count, since a "no" that isn't heard is worse than a "yes". */
export function meaningOfText(
  text: string,
  country: string | null,
  own: Readonly<Record<string, readonly string[]>> = {},
): Meaning {
  // A short code after the word is how French operators have it written.
  const word = foldWord(text.replace(/[^\p{L}\p{N} ]+/gu, ' '))
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/ \d{3,8}$/, '');
  const has = (byCountry: Readonly<Record<string, readonly string[]>>): boolean =>
    country === null
      ? Object.values(byCountry).some((words) => words.includes(word))
      : (byCountry[country]?.includes(word) ?? false);
  if (stopWords.has(word) || has(stopWordsOf) || has(own)) return 'stop';
  if (startWords.has(word) || has(startWordsOf)) return 'start';
  return 'text';
}
