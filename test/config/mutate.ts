/** Changes of texts by chance, as hands, editors, merges and cosmic rays make them; the same for the same seed. */

export interface Chance {
  /** From 0 to 1, exclusive. */
  readonly random: () => number;
  /** A text to take pieces from. */
  readonly other: string;
}

export interface Mutation {
  readonly name: string;
  /** One change. It is made up to three times. */
  readonly change: (text: string, chance: Chance) => string;
}

/** One to three changes of a kind. A byte order mark and zero bytes never reach the parser: files with them are refused or cleaned before. */
export function mutate(mutation: Mutation, text: string, chance: Chance): string {
  let changed = text;
  for (let times = 1 + pick(chance, 3); times > 0; times -= 1) changed = mutation.change(changed, chance);
  return changed
    .replace(/^\ufeff/, '')
    .replaceAll('\0', '')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}

/** A whole number below `below`; 0 where there is none. */
function pick({ random }: Chance, below: number): number {
  return below < 1 ? 0 : Math.floor(random() * below);
}

function oneOf<T>(chance: Chance, items: readonly T[]): T {
  return items[pick(chance, items.length)] as T;
}

function onLines(change: (lines: string[], chance: Chance) => void): Mutation['change'] {
  return (text, chance) => {
    const lines = text.split('\n');
    change(lines, chance);
    return lines.join('\n');
  };
}

/** Changes one line of those that the pattern fits. */
function onLineWith(pattern: RegExp, change: (line: string, chance: Chance) => string): Mutation['change'] {
  return onLines((lines, chance) => {
    const fitting = lines.flatMap((line, index) => (pattern.test(line) ? [index] : []));
    if (fitting.length === 0) return;
    const at = oneOf(chance, fitting);
    lines[at] = change(lines[at]!, chance);
  });
}

const values = [
  '',
  '~',
  'null',
  'true',
  'no',
  '0',
  '-1',
  '01',
  '1e3',
  '.inf',
  '12:30',
  '7d',
  '7m',
  '999999d',
  '80 EUR',
  '80',
  '2026-02-30',
  'in 3d',
  '7d ago',
  '""',
  '"\\0"',
  '"\\ud800"',
  '[]',
  '{}',
  '[a, b]',
  '{ a: b }',
  '*x',
  '&x y',
  '!tag z',
  '|',
  '>-',
  '- a',
  '? b',
  '"open',
  "'open",
  '[open',
  '{ open: ',
  '__proto__',
  'constructor',
  'toString',
  'entry.total',
  'last',
  'any',
  `\${secret.X}`,
  `\${param.X}`,
  '{{x}}',
  '{{#if',
  '🎁',
  'é',
  '\u202e',
  '\u00a0',
  '100 %',
  '*/5 * * * *',
];
const keys = [
  'id',
  'kind',
  'where',
  'all',
  'any',
  'not',
  'event',
  'never',
  'trait',
  'field',
  'segment',
  'message',
  'last',
  'first',
  'count',
  'sum',
  'of',
  'in_last',
  'since',
  'within',
  'steps',
  'send',
  'wait',
  'wait_for',
  'branch',
  'switch',
  'split',
  'repeat',
  'exit',
  'goal',
  'entry',
  'when',
  'if',
  'then',
  'otherwise',
  'for',
  'as',
  'per',
  'goto',
  'title',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '<<',
  'on',
  '""',
  '1',
  '[a]',
  '{ a: b }',
  '? x',
  '🎁',
];
const characters = [...'\t\r\n {}[]:,-#&*!|>\'"%@`?=<>~\\/$.0aZé🎁\u0301\u00a0\u2028\u200b\u202e\ufeff\u0007\u0085'];

export const mutations: readonly Mutation[] = [
  {
    name: 'bytes flipped',
    change: (text, chance) => {
      const bytes = Buffer.from(text);
      for (let n = 1 + pick(chance, 4); n > 0; n -= 1) {
        const at = pick(chance, bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(chance, 8));
      }
      return bytes.toString('utf8');
    },
  },
  {
    name: 'lines deleted',
    change: onLines((lines, chance) => lines.splice(pick(chance, lines.length), 1 + pick(chance, 3))),
  },
  {
    name: 'lines repeated',
    change: onLines((lines, chance) => {
      const at = pick(chance, lines.length);
      lines.splice(pick(chance, lines.length), 0, ...lines.slice(at, at + 1 + pick(chance, 4)));
    }),
  },
  {
    name: 'lines exchanged',
    change: onLines((lines, chance) => {
      const [a, b] = [pick(chance, lines.length), pick(chance, lines.length)];
      [lines[a], lines[b]] = [lines[b]!, lines[a]!];
    }),
  },
  {
    name: 'keys renamed',
    change: onLineWith(/[\w"'-]+:/, (line, chance) => line.replace(/[\w"'-]+(?=:)/, () => oneOf(chance, keys))),
  },
  {
    name: 'inner keys renamed',
    change: onLineWith(/\{ *\w+:/, (line, chance) => line.replace(/\w+(?=:[^:]*$)/, () => oneOf(chance, keys))),
  },
  {
    name: 'letters of words changed',
    change: onLineWith(/\w{4,}/, (line, chance) => {
      const words = [...line.matchAll(/[a-z_-]{4,}/g)];
      if (words.length === 0) return line;
      const word = oneOf(chance, words);
      const at = word.index + pick(chance, word[0].length - 1);
      return `${line.slice(0, at)}${line[at + 1]}${line[at]}${line.slice(at + 2)}`;
    }),
  },
  {
    name: 'values replaced',
    change: onLineWith(/: *\S/, (line, chance) => line.replace(/: +[^,}\]]+/, () => `: ${oneOf(chance, values)}`)),
  },
  {
    name: 'items replaced',
    change: onLineWith(/[[,] *\w/, (line, chance) =>
      line.replace(/([[,] *)[\w.-]+/, (_all, before) => `${before}${oneOf(chance, values)}`),
    ),
  },
  {
    name: 'indentation shifted',
    change: onLines((lines, chance) => {
      const at = pick(chance, lines.length);
      const by = oneOf(chance, [' ', '  ', '\t', '    ', '-', '- ']);
      for (let n = at; n < Math.min(lines.length, at + 1 + pick(chance, 5)); n += 1) {
        lines[n] = chance.random() < 0.5 ? `${by}${lines[n]}` : lines[n]!.replace(/^ {1,2}/, '');
      }
    }),
  },
  { name: 'cut off', change: (text, chance) => text.slice(0, pick(chance, text.length)) },
  {
    name: 'a piece cut out',
    change: (text, chance) => {
      const at = pick(chance, text.length);
      return text.slice(0, at) + text.slice(at + 1 + pick(chance, 60));
    },
  },
  {
    name: 'characters put in',
    change: (text, chance) => {
      const at = pick(chance, text.length);
      return text.slice(0, at) + oneOf(chance, characters) + text.slice(at);
    },
  },
  {
    name: 'any character of Unicode put in',
    change: (text, chance) => {
      const at = pick(chance, text.length);
      return text.slice(0, at) + String.fromCodePoint(pick(chance, 0x110000)) + text.slice(at);
    },
  },
  {
    name: 'nested deeply',
    change: onLineWith(/: *\S/, (line, chance) => {
      const depth = 1 + pick(chance, 90);
      const [open, close] = oneOf(chance, [
        ['[', ']'],
        ['{ all: ', '}'],
        ['{ not: ', '}'],
        ['- ', ''],
      ] as const);
      return line.replace(/: +(\S.*)$/, (_all, value) => `: ${open.repeat(depth)}${value}${close.repeat(depth)}`);
    }),
  },
  {
    name: 'a piece of another file put in',
    change: (text, chance) => {
      const pieces = chance.other.split('\n');
      const from = pick(chance, pieces.length);
      const lines = text.split('\n');
      lines.splice(pick(chance, lines.length), 0, ...pieces.slice(from, from + 1 + pick(chance, 6)));
      return lines.join('\n');
    },
  },
  {
    name: 'documents joined',
    change: (text, chance) => (chance.random() < 0.5 ? `${text}---\n${chance.other}` : `${chance.other}\n${text}`),
  },
  {
    name: 'anchors and aliases',
    change: onLineWith(/: *\S/, (line, chance) =>
      line.replace(/: +/, () => `: ${oneOf(chance, ['&a ', '*a ', '&a [*a] #', '*nothing #'])}`),
    ),
  },
];

/** Numbers in [0, 1) from a seed (mulberry32). */
export function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
