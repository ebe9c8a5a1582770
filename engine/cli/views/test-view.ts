/**
 * What became of tests, in each form. A failure is shown as a mistake of the file is: the line, what was expected, what was found; why the
 * engine did otherwise is `test-words.ts`.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { renderConcise } from '../../diagnostics/render-concise.ts';
import { renderGithub } from '../../diagnostics/render-github.ts';
import { attributes, escapeXml } from '../../diagnostics/render-junit.ts';
import { renderPretty } from '../../diagnostics/render-pretty.ts';
import type { PlacedOutcome } from '../play-tests.ts';
import { counted, type Style } from './style.ts';
import { missWords, timeWords, whyWords } from './test-words.ts';

export const testFormats = ['pretty', 'concise', 'json', 'github', 'junit'] as const;
export type TestFormat = (typeof testFormats)[number];

/** The tests of one workspace. */
export interface PlayedPart {
  /** The way from where paths are read to the workspace, empty or ending with `/`. */
  readonly folder: string;
  /** The text of each file by its path in the workspace, for frames. */
  readonly files: ReadonlyMap<string, string>;
  readonly outcomes: readonly PlacedOutcome[];
}

/** The text, ending with a newline. */
export function renderPlayed(format: TestFormat, parts: readonly PlayedPart[], style: Style): string {
  switch (format) {
    case 'pretty':
      return `${parts.map((part) => prettyPart(part, style)).join('')}${summary(parts, style)}`;
    case 'concise':
      return `${parts.map(({ folder, outcomes }) => concise(outcomes, folder)).join('')}${summary(parts, style)}`;
    case 'github':
      return `${parts.map(({ folder, outcomes }) => renderGithub(outcomes.flatMap(failures), { folder })).join('')}${summary(parts, style)}`;
    case 'json':
      return `${JSON.stringify(jsonOf(parts), null, 2)}\n`;
    case 'junit':
      return junitOf(parts);
  }
}

/** Of a failed test in one line, for a log: `birthday-of-nobody (journeys/birthday.yaml:70:5): expected sent: gift, found nothing`. */
export function failureLine({ test, failure, places, range }: PlacedOutcome): string {
  const { file, line, column } = places[0] ?? range;
  const words = failure?.problem ?? failure?.misses.map(missWords).join('; ') ?? '';
  return `${test} (${file}:${line}:${column}): ${words}`;
}

function prettyPart({ folder, files, outcomes }: PlayedPart, style: Style): string {
  const lines = outcomes.map(({ test, journey, failure }) => {
    const mark = failure === null ? style.added('✓') : style.removed('✗');
    return `${mark} ${test}  ${style.faint(journey)}\n`;
  });
  const colour = style.strong('') !== '';
  const frames = renderPretty(outcomes.flatMap(failures), files, { colour, folder, isCounted: false });
  return `${lines.join('')}${frames === '' ? '' : `\n${frames}`}`;
}

function concise(outcomes: readonly PlacedOutcome[], folder: string): string {
  const failed = outcomes.flatMap(failures);
  return failed.length === 0 ? '' : renderConcise(failed, { folder, max: failed.length });
}

function summary(parts: readonly PlayedPart[], style: Style): string {
  const { tests, failed } = countsOf(parts);
  if (tests === 0) return 'The files declare no test.\n';
  if (failed === 0) return `${counted(tests, 'test')} passed.\n`;
  return `\n${style.removed(`${failed} of ${counted(tests, 'test')} failed.`)}\n`;
}

function countsOf(parts: readonly PlayedPart[]): { readonly tests: number; readonly failed: number } {
  const outcomes = parts.flatMap((part) => part.outcomes);
  return { tests: outcomes.length, failed: outcomes.filter(({ failure }) => failure !== null).length };
}

/** A failure as what is wrong at its places; the code is the test's name. */
function failures(outcome: PlacedOutcome): readonly Diagnostic[] {
  const { test, journey, failure, places } = outcome;
  if (failure === null) return [];
  const common = { code: test, severity: 'error' } as const;
  if (failure.problem !== null) {
    const range = places[0] ?? outcome.range;
    return [{ ...common, summary: 'This test can not be played', detail: failure.problem, range }];
  }
  return failure.misses.map((miss, i) => ({
    ...common,
    summary: 'It came out otherwise',
    detail: [`${timeWords(failure)}: ${missWords(miss)}.`, ...whyWords(journey, failure, miss)].join('\n'),
    range: places[i] ?? outcome.range,
  }));
}

function jsonOf(parts: readonly PlayedPart[]): unknown {
  const { tests, failed } = countsOf(parts);
  const each = parts.flatMap(({ folder, outcomes }) =>
    outcomes.map((one) => ({
      test: one.test,
      journey: one.journey,
      file: `${folder}${one.range.file}`,
      line: one.range.line,
      passed: one.failure === null,
      failure: one.failure === null ? null : failureJson(one, folder),
    })),
  );
  return { passed: tests - failed, failed, tests: each };
}

function failureJson({ failure, places, journey, range }: PlacedOutcome, folder: string): unknown {
  if (failure === null) return null;
  const { at, zone, problem, misses } = failure;
  const place = (i: number) => {
    const { file, line, column } = places[i] ?? range;
    return { file: `${folder}${file}`, line, column };
  };
  return {
    ...{ at, zone, problem, ...place(0) },
    expectations: misses.map((miss, i) => ({
      ...place(i),
      ...{ key: miss.key, expected: miss.expected, found: miss.found, step: miss.step },
      why: whyWords(journey, failure, miss),
    })),
  };
}

/** A suite a file, a case a test. */
function junitOf(parts: readonly PlayedPart[]): string {
  const { tests, failed } = countsOf(parts);
  const suites = parts.flatMap(({ folder, outcomes }) => {
    const files = [...new Set(outcomes.map(({ range }) => range.file))].sort();
    return files.flatMap((file) =>
      suite(
        `${folder}${file}`,
        outcomes.filter(({ range }) => range.file === file),
      ),
    );
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'parcours test', tests, failures: failed, errors: 0 })}>`,
    ...suites,
    '</testsuites>\n',
  ].join('\n');
}

function suite(name: string, outcomes: readonly PlacedOutcome[]): readonly string[] {
  const failed = outcomes.filter(({ failure }) => failure !== null).length;
  const cases = outcomes.flatMap((one) => {
    const head = attributes({ name: one.test, classname: one.journey, file: name, line: one.range.line });
    const found = failures(one);
    if (found.length === 0) return [`    <testcase${head}/>`];
    const message = failureLine(one);
    const text = found.map(({ detail, range }) => `${name}:${range?.line}:${range?.column}\n${detail}`).join('\n\n');
    return [
      `    <testcase${head}>`,
      `      <failure${attributes({ type: 'expectation', message })}>${escapeXml(text)}</failure>`,
      '    </testcase>',
    ];
  });
  return [
    `  <testsuite${attributes({ name, tests: outcomes.length, failures: failed, errors: 0 })}>`,
    ...cases,
    '  </testsuite>',
  ];
}
