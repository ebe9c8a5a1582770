/** Words as they are compared where people write them by hand: capitals without accents. */

export function foldWord(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase().trim();
}
