/**
 * "Did you mean …": the nearest of the known words. Only spelling is compared here, never meaning.
 */
import { distance } from 'fastest-levenshtein';

/** Longer words are never compared: nobody mistypes a paragraph, and the cost grows with the square. */
const wordLengthMax = 80;

/**
 * The candidate that is nearest to `word`, when it is near enough to be meant: at most a third of its letters differ
 * (and always one may, from three letters on). Among equals the one that begins alike, then the first of the alphabet.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > wordLengthMax) return undefined;
  const wanted = fold(word);
  const near = [...candidates]
    .filter((candidate) => candidate.length <= wordLengthMax && candidate !== word)
    .map((candidate) => ({
      candidate,
      edits: editsBetween(wanted, fold(candidate)),
      alike: commonStart(wanted, fold(candidate)),
    }))
    .filter(({ candidate, edits }) => edits <= editsMax(wanted, candidate))
    .sort((a, b) => a.edits - b.edits || b.alike - a.alike || (a.candidate < b.candidate ? -1 : 1));
  return near[0]?.candidate;
}

/** Two neighbouring letters that changed places are one slip, not two. */
function editsBetween(a: string, b: string): number {
  return isSwap(a, b) ? 1 : distance(a, b);
}

function isSwap(a: string, b: string): boolean {
  const at = commonStart(a, b);
  return a.length === b.length && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

function editsMax(word: string, candidate: string): number {
  const length = Math.max(word.length, candidate.length);
  return length < 3 ? 0 : Math.max(1, Math.floor(length / 3));
}

/** Case and the choice of hyphen, underscore or space are the commonest slips: they cost nothing. */
function fold(word: string): string {
  return word.toLowerCase().replace(/[_\s]/g, '-');
}
