/** What somebody wants who writes, by the words that the channel declares. Pure. */
import { foldWord } from '../../../compiler/fold-word.ts';

/**
 * The intent whose words come first in the text, of several at one place the longest; null: none is there. Words are compared whole, without
 * regard to capitals, accents and signs.
 */
export function intentOf(text: string, intents: Readonly<Record<string, readonly string[]>>): string | null {
  const said = ` ${plain(text)} `;
  let best: { readonly intent: string; readonly at: number; readonly length: number } | null = null;
  for (const [intent, words] of Object.entries(intents)) {
    for (const word of words) {
      const at = said.indexOf(` ${plain(word)} `);
      if (at < 0) continue;
      const isBetter = best === null || at < best.at || (at === best.at && word.length > best.length);
      if (isBetter) best = { intent, at, length: word.length };
    }
  }
  return best?.intent ?? null;
}

function plain(text: string): string {
  return foldWord(text.replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')).replace(/\s+/g, ' ');
}
