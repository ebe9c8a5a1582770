/**
 * Text to YAML documents with a bound on depth. The package's composer calls itself once a level and takes the whole
 * process down when the stack ends inside a regular expression; so levels are counted before, where nothing recurs.
 */
import { Composer, type Document, Lexer, Parser } from 'yaml';

/** Maps and lists inside each other. */
export const documentDepthMax = 64;

export type Composed =
  | { readonly kind: 'documents'; readonly documents: readonly Document[] }
  /** The text from this offset (in UTF-16 units) lies deeper than the limit. */
  | { readonly kind: 'too deep'; readonly offset: number };

/** YAML 1.2. Duplicate keys are left to the reader: the package's own check takes quadratic time. */
export function composeYaml(text: string): Composed {
  const parser = new Parser();
  const tokens = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > documentDepthMax + stackBesidesCollections) {
      return { kind: 'too deep', offset: Math.min(parser.offset, text.length) };
    }
  }
  tokens.push(...parser.end());
  const composer = new Composer({ version: '1.2', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  return { kind: 'documents', documents: [...composer.compose(tokens)] };
}

/** The parser's stack holds the document and the scalar at hand too. */
const stackBesidesCollections = 2;
