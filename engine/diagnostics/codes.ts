/**
 * The one catalogue of what can be wrong with a user's files: a code and its short, constant summary. The entries of
 * config stand here, those of the compiler in `compiler-codes.ts`. Codes are never reused and never change their
 * meaning. What is wrong in a given place is said by `detail`, which the rooms write; no rule is checked here.
 */
import { compilerCodes } from './compiler-codes.ts';
import type { Diagnostic, Severity, SourceRange } from './diagnostic.ts';

/** What can be wrong with files, with YAML, and with the shape of a resource. */
const configSummaries = {
  CFG001: 'This is not valid YAML',
  CFG002: 'A key is written twice',
  CFG003: 'The file is not UTF-8 text',
  CFG004: 'The file is too large',
  CFG005: 'The file can not be read',
  CFG006: 'The document is too deep or too large',
  CFG007: 'This form of YAML is not used here',
  CFG008: 'There is no workspace here',
  CFG009: 'The document is not a resource',
  CFG010: 'Unknown kind',
  CFG011: 'Unknown key',
  CFG012: 'A key is missing',
  CFG013: 'Wrong type of value',
  CFG014: 'Unknown value',
  CFG015: 'This is not a name',
  CFG016: 'This is not a duration',
  CFG017: 'This is not a time of the day',
  CFG018: 'This is not a moment',
  CFG019: 'The number is out of range',
  CFG020: 'Too few, too many or repeated',
  CFG021: 'Nothing here says what it is',
  CFG022: 'Two things in one place',
  CFG023: 'The same resource is defined twice',
  CFG024: 'The workspace document is out of place',
  CFG025: 'Not run by this version',
  CFG026: 'Unknown time zone',
  CFG027: 'This is not a locale',
  CFG028: 'This is not a currency',
  CFG029: 'A secret in plain text',
  CFG030: 'This key has no meaning here',
  CFG031: 'This is not a field',
  CFG032: 'Too many files',
  CFG033: 'A tab in the indentation',
  CFG034: 'A time of the day without quotes',
  CFG035: 'A word that others read as true or false',
  CFG036: 'A number that begins with zero',
  CFG037: 'An invisible character',
  CFG038: 'A character that can not be stored',
  CFG039: 'A space that is none',
  CFG040: 'An invisible character turns the text',
} as const;

/** Valid as YAML 1.2, and misread by other readers: the rest are errors. */
const configWarnings: ReadonlySet<string> = new Set(['CFG034', 'CFG035', 'CFG040']);

/** A key of the catalogue. */
export type DiagnosticCode = keyof typeof configSummaries | keyof typeof compilerCodes;

const catalogue = new Map<string, { readonly summary: string; readonly severity: Severity }>([
  ...Object.entries(configSummaries).map(
    ([code, summary]) => [code, { summary, severity: configWarnings.has(code) ? 'warning' : 'error' }] as const,
  ),
  ...Object.entries(compilerCodes),
]);

/** What a diagnostic says beyond its code; see `Diagnostic`. */
export interface DiagnosticParts {
  readonly detail: string;
  readonly range?: SourceRange | undefined;
  readonly related?: Diagnostic['related'] | undefined;
  readonly suggestion?: string | undefined;
}

/** A diagnostic with the summary and severity of its code. */
export function make(code: DiagnosticCode, parts: DiagnosticParts): Diagnostic {
  return {
    code,
    ...entryOf(code),
    detail: parts.detail,
    ...(parts.range === undefined ? {} : { range: parts.range }),
    ...(parts.related === undefined || parts.related.length === 0 ? {} : { related: parts.related }),
    ...(parts.suggestion === undefined ? {} : { suggestion: parts.suggestion }),
  };
}

/** All codes, in the order of the catalogue. */
export function allCodes(): readonly string[] {
  return [...catalogue.keys()];
}

/** Summary and severity of a code. */
export function entryOf(code: DiagnosticCode): { readonly summary: string; readonly severity: Severity } {
  const entry = catalogue.get(code);
  if (entry === undefined) throw new Error(`assert: ${code} is not in the catalogue`);
  return entry;
}
