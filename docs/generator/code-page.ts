/** The page of all codes of `parcours validate`, from the catalogue and its explanations. */
import { allCodes, type DiagnosticCode, entryOf } from '../../engine/diagnostics/codes.ts';
import { explanationOf } from '../../engine/diagnostics/explanations/explanation-of.ts';
import { nameInvisible } from '../../engine/diagnostics/plain-text.ts';
import { markdownTable } from './schema-text.ts';

/** A table of all, then each with its explanation and examples. */
export function codePage(): string {
  const codes = [...allCodes()].sort() as DiagnosticCode[];
  const rows = codes.map((code) => [
    `[${code}](#${code.toLowerCase()})`,
    entryOf(code).severity,
    entryOf(code).summary,
  ]);
  return `${markdownTable(['code', '', 'summary'], rows)}\n${codes.map(section).join('\n\n')}`;
}

function section(code: DiagnosticCode): string {
  const { summary, severity } = entryOf(code);
  const known = explanationOf(code);
  const example = known?.example;
  return [
    `### ${code}`,
    `**${summary}** (${severity}). ${known?.explanation ?? ''}`,
    ...(example ? [`Refused:\n\n${fence(example.invalid)}`, `Right:\n\n${fence(example.valid)}`] : []),
  ].join('\n\n');
}

/** Not marked as whole documents: the test of the pages reads only fences without a word behind `yaml`. */
function fence(text: string): string {
  return `\`\`\`yaml example\n${nameInvisible(text)}\`\`\``;
}
