/**
 * Diagnostics as a JUnit report, which CI servers show as tests: a suite a file, a case a diagnostic, one passing case for a file
 * in which nothing is wrong.
 */
import { compareDiagnostics, type Diagnostic } from './diagnostic.ts';
import { suggestionWords } from './plain-text.ts';

export interface JunitOptions {
  /** The way from the root of the repository to the workspace, empty or ending with `/`. */
  readonly folder?: string;
  /** Whether warnings fail, too. */
  readonly isStrict?: boolean;
}

/** For what has no place in a file. */
const workspaceSuite = 'workspace';

/** The report as XML, with a suite for each of the files. */
export function renderJunit(
  diagnostics: readonly Diagnostic[],
  files: Iterable<string>,
  options: JunitOptions = {},
): string {
  const suites = new Map<string, Diagnostic[]>([...files].map((file) => [file, []]));
  for (const d of [...diagnostics].sort(compareDiagnostics)) {
    const name = d.range?.file ?? workspaceSuite;
    suites.set(name, [...(suites.get(name) ?? []), d]);
  }
  const names = [...suites.keys()].sort();
  const failures = diagnostics.filter((d) => fails(d, options)).length;
  const tests = names.reduce((sum, name) => sum + Math.max(1, suites.get(name)!.length), 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="parcours" tests="${tests}" failures="${failures}" errors="0">`,
    ...names.flatMap((name) => suite(name, suites.get(name)!, options)),
    '</testsuites>\n',
  ].join('\n');
}

function fails(d: Diagnostic, { isStrict }: JunitOptions): boolean {
  return d.severity === 'error' || isStrict === true;
}

function suite(file: string, found: readonly Diagnostic[], options: JunitOptions): readonly string[] {
  const name = file === workspaceSuite ? file : `${options.folder ?? ''}${file}`;
  const failures = found.filter((d) => fails(d, options)).length;
  const cases =
    found.length === 0
      ? [`    <testcase${attributes({ name: 'valid', classname: name })}/>`]
      : found.flatMap((d) => testcase(d, name, options));
  return [
    `  <testsuite${attributes({ name, tests: Math.max(1, found.length), failures, errors: 0 })}>`,
    ...cases,
    '  </testsuite>',
  ];
}

function testcase(d: Diagnostic, file: string, options: JunitOptions): readonly string[] {
  const place = d.range === undefined ? '' : `:${d.range.line}:${d.range.column}`;
  const head = attributes({ name: `${d.code}${place} ${d.summary}`, classname: file });
  const text = escapeXml(`${file}${place}: ${d.severity} ${d.code}\n${d.detail}${suggestionWords(d.suggestion)}`);
  const outcome = fails(d, options)
    ? `      <failure${attributes({ type: d.code, message: d.summary })}>${text}</failure>`
    : `      <system-out>${text}</system-out>`;
  return [`    <testcase${head}>`, outcome, '    </testcase>'];
}

/** Attributes of an element, escaped. */
export function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value)).replace(/[\t\n\r]/g, (c) => `&#${c.charCodeAt(0)};`)}"`)
    .join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** What XML 1.0 can't hold, not even escaped, becomes the replacement character. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => entities[character]!);
}
