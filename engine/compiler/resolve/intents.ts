/** The intents of a channel by which people write back: names, and the words by which they are known. */
import { asSet } from '../canonical.ts';
import { foldWord } from '../fold-word.ts';
import type { ChannelBody } from '../ir.ts';
import { entries, fault, items, type Place, rangeOf, textOf } from './place.ts';

export function readIntents(place: Place | undefined): Pick<ChannelBody, 'intents'> {
  if (place === undefined) return {};
  const seen = new Map<string, { readonly intent: string; readonly place: Place }>();
  const intents = entries(place).map(([intent, words]) => {
    const folded = items(words).map((word) => {
      const text = foldWord(textOf(word).replace(/\s+/g, ' '));
      const first = seen.get(text);
      if (first === undefined) seen.set(text, { intent, place: word });
      else if (first.intent !== intent) {
        const detail = `\`${textOf(word)}\` is a word of intent \`${first.intent}\`, too, so a text with it would want both. Leave it to one of them.`;
        const related = [{ message: `a word of \`${first.intent}\``, range: rangeOf(first.place) }];
        fault(word, 'CMP324', detail, { related });
      }
      return text;
    });
    return [intent, asSet(folded)] as const;
  });
  return { intents: Object.fromEntries(intents) };
}
