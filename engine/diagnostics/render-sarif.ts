/**
 * Diagnostics as SARIF 2.1.0, which code scanners and editors read. The rules are the whole catalogue with its explanations, so
 * this is loaded only where SARIF is asked for.
 */
import { allCodes, type DiagnosticCode, entryOf } from './codes.ts';
import { compareDiagnostics, type Diagnostic, type SourceRange } from './diagnostic.ts';
import { explanationOf } from './explanations/explanation-of.ts';
import { firstSentence, nameInvisible, suggestionWords } from './plain-text.ts';

export interface SarifOptions {
  /** Of this program, such as `0.1.0`. */
  readonly version: string;
  /** The way from the root of the repository to the workspace, empty or ending with `/`. */
  readonly folder?: string;
}

/** The name by which SARIF speaks of the root of a repository. */
const root = '%SRCROOT%';
const workspaceFile = 'parcours.yaml';

/** The log as text, ending with a newline. */
export function renderSarif(diagnostics: readonly Diagnostic[], options: SarifOptions): string {
  const codes = allCodes();
  const folder = options.folder ?? '';
  const results = [...diagnostics].sort(compareDiagnostics).map((d) => resultOf(d, codes.indexOf(d.code), folder));
  const driver = {
    name: 'Parcours',
    version: options.version,
    rules: codes.map((code) => ruleOf(code as DiagnosticCode)),
  };
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver },
        columnKind: 'unicodeCodePoints',
        originalUriBaseIds: { [root]: { description: { text: 'The root of the repository.' } } },
        results,
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleOf(code: DiagnosticCode): object {
  const { summary, severity } = entryOf(code);
  const known = explanationOf(code);
  const text = known?.explanation ?? summary;
  return {
    id: code,
    shortDescription: { text: `${summary}.` },
    fullDescription: { text: firstSentence(text) },
    help: helpOf(text, known?.example ?? null),
    defaultConfiguration: { level: severity },
  };
}

function helpOf(text: string, example: { readonly invalid: string; readonly valid: string } | null): object {
  if (example === null) return { text, markdown: text };
  const { invalid, valid } = { invalid: nameInvisible(example.invalid), valid: nameInvisible(example.valid) };
  return {
    text: `${text}\n\nRefused:\n\n${invalid}\nRight:\n\n${valid}`,
    markdown: `${text}\n\nRefused:\n\n\`\`\`yaml\n${invalid}\`\`\`\n\nRight:\n\n\`\`\`yaml\n${valid}\`\`\`\n`,
  };
}

function resultOf(d: Diagnostic, ruleIndex: number, folder: string): object {
  const related = (d.related ?? []).map(({ message, range }, id) => ({
    id,
    ...locationOf(range, folder),
    message: { text: message },
  }));
  return {
    ruleId: d.code,
    ...(ruleIndex < 0 ? {} : { ruleIndex }),
    level: d.severity,
    message: { text: `${d.detail}${suggestionWords(d.suggestion)}` },
    locations: [
      d.range === undefined ? { physicalLocation: artifact(`${folder}${workspaceFile}`) } : locationOf(d.range, folder),
    ],
    ...(related.length === 0 ? {} : { relatedLocations: related }),
  };
}

/** Ends are exclusive here and there. */
function locationOf({ file, line, column, endLine, endColumn }: SourceRange, folder: string): object {
  const region = { startLine: line, startColumn: column, endLine, endColumn };
  return { physicalLocation: { ...artifact(`${folder}${file}`), region } };
}

function artifact(path: string): object {
  const uri = path.split('/').map(encodeURIComponent).join('/');
  return { artifactLocation: { uri, uriBaseId: root } };
}
