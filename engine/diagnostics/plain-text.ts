/** Text of users on its way to a terminal, a line or a log: nothing in it may move the cursor or begin a line of its own. */

/** Tabs become one blank, other control and format characters one replacement character; each stays one column. */
export function visible(character: string): string {
  return character === '\t' ? ' ' : /\p{Cc}|\p{Cf}|\u2028|\u2029/u.test(character) ? '\ufffd' : character;
}

/** The text as one line. */
export function oneLine(text: string): string {
  return [...text].map(visible).join('');
}

/** The first sentence of a text: up to a full stop, question or exclamation mark before a blank or the end. */
export function firstSentence(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' ').trim();
  const end = /^[\s\S]*?[.!?](?=\s+[A-Z`]|$)/.exec(line);
  return end?.[0] ?? line;
}

/** Words for a diagnostic's suggestion, or nothing. */
export function suggestionWords(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : ` Did you mean \`${suggestion}\`?`;
}

/** A text of several lines in which what nobody would see is named: a control or format character, a space that is none. */
export function nameInvisible(text: string): string {
  return text.replace(/[^\P{Cc}\n]|\p{Cf}|(?! )\p{Zs}/gu, (character) => {
    const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `<U+${point}>`;
  });
}
