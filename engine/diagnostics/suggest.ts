/**
 * "Did you mean …": the nearest of the known words. Only spelling is compared here, never meaning.
 */
import { distance } from 'fastest-levenshtein';

/** Longer words are never compared: nobody mistypes a paragraph, and the cost grows with the square. */
const wordLengthMax = 80;

/**
 * The candidate that is nearest to `word`, when it is near enough to be meant: at most a third of its letters differ
 * (and always one may, from three letters on). Among equals the first in the order of the alphabet.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > wordLengthMax) return undefined;
  const wanted = fold(word);
  let best: { readonly candidate: string; readonly edits: number } | undefined;
  for (const candidate of candidates) {
    if (candidate.length > wordLengthMax || candidate === word) continue;
    const edits = distance(wanted, fold(candidate));
    const better = best === undefined || edits < best.edits || (edits === best.edits && candidate < best.candidate);
    if (edits <= editsMax(wanted, candidate) && better) best = { candidate, edits };
  }
  return best?.candidate;
}

function editsMax(word: string, candidate: string): number {
  const length = Math.max(word.length, candidate.length);
  return length < 3 ? 0 : Math.max(1, Math.floor(length / 3));
}

/** Case and the choice of hyphen, underscore or space are the commonest slips: they cost nothing. */
function fold(word: string): string {
  return word.toLowerCase().replace(/[_\s]/g, '-');
}
