/** How long the text of a Handlebars source may get, told before anything is rendered. What it says is `template-variables.ts`. */
import { type Node, type Program, parse } from './template-walk.ts';

/** How long a variable is taken to be when the length of a message is told beforehand. */
const variableLength = 10;

/** The words of a source as one text: the longer way of each block, once; variables as ten letters. Null: it doesn't parse. */
export function longestText(source: string): string | null {
  const program = parse(source);
  return typeof program === 'string' ? null : textOfProgram(program);
}

function textOfProgram(program: Program | undefined): string {
  return (program?.body ?? []).map(textOfStatement).join('');
}

function textOfStatement(node: Node): string {
  switch (node.type) {
    case 'ContentStatement':
      return (node as hbs.AST.ContentStatement).value;
    case 'MustacheStatement':
      return 'x'.repeat(variableLength);
    case 'BlockStatement': {
      const { program, inverse } = node as hbs.AST.BlockStatement;
      const [one, other] = [textOfProgram(program), textOfProgram(inverse)];
      return one.length >= other.length ? one : other;
    }
    default:
      return '';
  }
}
