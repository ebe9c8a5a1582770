/**
 * What is valid YAML 1.2, or nearly, and yet read by people or by other tools as something else: words that YAML 1.1 takes for
 * booleans, clocks that it takes for numbers, tabs, invisible characters. Pure functions of texts; places are the callers'.
 */
import type { DiagnosticCode } from '../diagnostics/codes.ts';

export interface Trap {
  readonly code: DiagnosticCode;
  readonly detail: string;
  readonly suggestion?: string;
  /** Whether there is no value that could be read instead. */
  readonly isFatal: boolean;
}

const booleansOf11 = /^(?:yes|no|on|off)$/i;
const clock = /^\d{1,2}:\d{2}(?::\d{2})?$/;
const longestBoolean = 'off'.length;
const longestClock = '00:00:00'.length;

/** What is wrong or risky with a text as a value. `isPlain`: written without quotes, on its own. */
export function valueTrap(text: string, isPlain: boolean): Trap | undefined {
  if (!isPlain) return unstorable(text);
  if (text.length <= longestBoolean && booleansOf11.test(text)) return booleanOf11(text);
  if (text.length <= longestClock && clock.test(text)) return clockOf11(text);
  return spaceAfterColon(text);
}

/** The same of a key. */
export function keyTrap(key: string, isPlain: boolean): Trap | undefined {
  if (!isPlain) return unstorable(key);
  if (strangeSpace.test(key)) {
    const detail =
      'The key holds a space that is none for YAML (a no-break space, say, as word processors write it), so it is not the key that it looks like. Write ordinary spaces, and none inside of keys.';
    return { code: 'CFG039', detail, isFatal: true };
  }
  return key.length <= longestBoolean && booleansOf11.test(key) ? booleanOf11(key) : undefined;
}

function booleanOf11(word: string): Trap {
  const detail = `Without quotes, \`${word}\` is a text here, as YAML 1.2 says, but many tools still read YAML 1.1 and take it for true or false. Put it in quotes.`;
  return { code: 'CFG035', detail, suggestion: `"${word}"`, isFatal: false };
}

function clockOf11(time: string): Trap {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const detail = `Without quotes, \`${time}\` is a text here, as YAML 1.2 says, but many tools still read YAML 1.1 and take it for the number ${hours * 60 + minutes}. Put it in quotes.`;
  return { code: 'CFG034', detail, suggestion: `"${time}"`, isFatal: false };
}

/** Spaces that YAML doesn't take for such. */
const strangeSpace = /[\u00a0\u2000-\u200b\u202f\u3000]/;
const swallowedKey = /^[A-Za-z_][\w-]*:[\u00a0\u2000-\u200b\u202f\u3000]/;

function spaceAfterColon(text: string): Trap | undefined {
  if (!swallowedKey.test(text)) return undefined;
  const detail =
    'After the colon stands a space that is none for YAML (a no-break space, say, as word processors write it), so this is one text and no key with a value. Write an ordinary space.';
  return { code: 'CFG039', detail, isFatal: true };
}

/** Only quotes can spell these: a file with the characters themselves is refused before. */
function unstorable(text: string): Trap | undefined {
  if (!/[\0\p{Surrogate}]/u.test(text)) return undefined;
  const detail =
    'The text holds a zero character or half of a surrogate pair, written by an escape. No store keeps it and no message can carry it. Remove the escape.';
  return { code: 'CFG038', detail, isFatal: true };
}

/** A character of the text that doesn't show and changes what is read, by its offset. */
export interface Hidden {
  readonly at: number;
  readonly trap: Trap;
}

const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]|\r(?!\n)/;
const directions = /[\u202a-\u202e\u2066-\u2069]/;

/** The first control character, which YAML forbids; else the first that turns the direction of the text around it. */
export function hiddenIn(text: string): Hidden | undefined {
  const control = controls.exec(text);
  if (control !== null) return { at: control.index, trap: controlTrap(control[0]) };
  const direction = directions.exec(text);
  return direction === null ? undefined : { at: direction.index, trap: directionTrap(direction[0]) };
}

function controlTrap(character: string): Trap {
  const code = 'CFG037';
  if (character === '\r') {
    const detail =
      "The line ends in a carriage return alone, which YAML doesn't take for the end of a line. Save the file with the line ends of Unix or of Windows.";
    return { code, detail, isFatal: true };
  }
  if (character === '\ufeff') {
    const detail =
      'Here stands a byte order mark, which belongs to the very beginning of a file: two files were probably joined. It is invisible, and part of the word that follows. Remove it.';
    return { code, detail, isFatal: true };
  }
  const detail = `Here stands the invisible character ${named(character)}, which YAML forbids. Remove it, or write it as an escape in double quotes if the text needs it.`;
  return { code, detail, isFatal: true };
}

function directionTrap(character: string): Trap {
  const detail = `Here stands the invisible character ${named(character)}, which turns the direction of the text around it: what a reviewer sees may not be what is read. Remove it, or write it as an escape in double quotes if a text needs it.`;
  return { code: 'CFG040', detail, isFatal: false };
}

function named(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The offset of a tab in the indentation of the line at the offset or of the one before it; undefined when there is none. */
export function tabBefore(text: string, offset: number): number | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const before = lineStart === 0 ? 0 : text.lastIndexOf('\n', lineStart - 2) + 1;
  for (const start of [lineStart, before]) {
    const indentation = /^[ \t]*/.exec(text.slice(start, start + indentationMax))![0];
    const tab = indentation.indexOf('\t');
    if (tab !== -1) return start + tab;
  }
  return undefined;
}

/** Deeper, nobody looks for a tab. */
const indentationMax = 1_000;

/** A number that other readers take for an octal or hexadecimal one, or that is one. */
export function looksOctal(spelling: string): boolean {
  return /^[-+]?0[0-9oxb_]/i.test(spelling);
}
