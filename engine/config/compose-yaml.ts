/**
 * Text to YAML documents with a bound on depth. The package's composer calls itself once a level and takes the whole
 * process down when the stack ends inside a regular expression; so levels are counted before, where nothing recurs.
 */
import type { CST, Document } from 'yaml';
import { yaml } from './yaml-package.ts';

/** Maps and lists inside each other. */
export const documentDepthMax = 64;

export type Composed =
  | { readonly kind: 'documents'; readonly documents: readonly Document[] }
  /** The text from this offset (in UTF-16 units) lies deeper than the limit. */
  | { readonly kind: 'too deep'; readonly offset: number };

/** YAML 1.2. Duplicate keys are left to the reader: the package's own check takes quadratic time. */
export function composeYaml(text: string): Composed {
  return withPlainEnvironment(() => compose(text));
}

function compose(text: string): Composed {
  const { Composer, Lexer, Parser } = yaml();
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > documentDepthMax + stackBesidesCollections) {
      return { kind: 'too deep', offset: Math.min(parser.offset, text.length) };
    }
  }
  for (const token of parser.end()) tokens.push(token);
  const composer = new Composer({ version: '1.2', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  return { kind: 'documents', documents: [...composer.compose(tokens)] };
}

/** The parser's stack holds the document and the scalar at hand too. */
const stackBesidesCollections = 2;

/**
 * The package looks for a debugging switch in `process.env` at every lexeme, and each look asks the system: a third of the time of
 * parsing. While it works, which is never across an `await`, the environment is an empty object.
 */
function withPlainEnvironment<Result>(work: () => Result): Result {
  const environment = process.env;
  process.env = {};
  try {
    return work();
  } finally {
    process.env = environment;
  }
}
