/** `parcours explain-code`: what a code means, with an example of the mistake and of what is right. Needs no workspace. */
import { allCodes, type DiagnosticCode, entryOf } from '../../diagnostics/codes.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { codeListView, codeView } from '../views/code-view.ts';

/** Many codes are one letter or digit apart, so every near one is named, up to here. */
const nearMax = 3;

export const explainCodeCommand: DefineCommand = (run) =>
  newCommand(
    'explain-code [code]',
    'Tell what a code of `validate` means, with an example. Without a code: all of them.',
    ['parcours explain-code CFG012', 'parcours explain-code --json | jq -r .codes[].code'],
  )
    .option('--json', 'print JSON')
    .action((code: string | undefined, _options: object, command) =>
      run(command.optsWithGlobals(), async (context) => {
        if (code === undefined) {
          const codes = allCodes().map((one) => ({ code: one, ...entryOf(one as DiagnosticCode) }));
          context.show(codeListView, codes);
          return 0;
        }
        const known = findCode(code);
        // Only who asks for an explanation loads all of them.
        const { explanationOf } = await import('../../diagnostics/explanations/explanation-of.ts');
        context.show(codeView, {
          code: known,
          ...entryOf(known),
          ...(explanationOf(known) ?? { explanation: '', example: null }),
        });
        return 0;
      }),
    );

/** The code as it is spelled in the catalogue. Errors: `CliError` with the nearest. */
function findCode(written: string): DiagnosticCode {
  const code = written.toUpperCase().replace(/[^A-Z0-9]/g, '');
  const codes = allCodes();
  if (codes.includes(code)) return code as DiagnosticCode;
  const near = nearCodes(code, codes);
  const hint = near.length === 0 ? '`parcours explain-code` lists them all.' : `Did you mean ${near.join(' or ')}?`;
  throw new CliError('CLI_UNKNOWN', `There is no code "${written}". ${hint}`);
}

/** The same letters with a digit left out, changed or put in come first; else the nearest word. */
function nearCodes(code: string, codes: readonly string[]): readonly string[] {
  const padded = /^([A-Z]{3})(\d{1,2})$/.exec(code);
  const sameNumber = padded && `${padded[1]}${padded[2]!.padStart(3, '0')}`;
  if (sameNumber && codes.includes(sameNumber)) return [sameNumber];
  const nearest = suggest(code, codes);
  if (nearest === undefined) return [];
  const missing = codes.filter((one) => code.length === one.length - 1 && isWithoutOne(code, one));
  return [...new Set([...missing, nearest])].slice(0, nearMax);
}

function isWithoutOne(short: string, long: string): boolean {
  return [...long].some((_, index) => long.slice(0, index) + long.slice(index + 1) === short);
}
