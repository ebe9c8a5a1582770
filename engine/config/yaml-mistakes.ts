/**
 * What the YAML parser says, in words that say what to do. Only syntax; resources are `mistakes.ts`.
 */

const remedies: Readonly<Record<string, string>> = {
  BAD_INDENT: 'Check the indentation of this line and of the line before, and that each bracket and quote is closed.',
  BLOCK_AS_IMPLICIT_KEY: 'Put a value that holds `: ` in quotes.',
  MISSING_CHAR: 'Close what was opened, or put a comma between the items.',
  MULTILINE_IMPLICIT_KEY: 'A key stands on one line: check the indentation, and that no colon is missing.',
  UNEXPECTED_TOKEN: 'Check the indentation of this line, and quote a value that begins with a special character.',
  BAD_SCALAR_START: 'Put a value that begins with this character in quotes.',
  TAG_RESOLVE_FAILED: 'Tags are not used here: a value is typed by what it is compared with. Remove the tag.',
};

/** Full sentences for the parser's code and message. */
export function syntaxDetail(code: string, message: string): string {
  const said = message.replace(/\s+/g, ' ').trim().replace(/[.:]$/, '');
  return `${said}. ${remedies[code] ?? 'Nothing of this document can be read before that is repaired.'}`;
}
