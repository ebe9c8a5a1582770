/**
 * What a view is: one result, two forms. The human form is text; the JSON form is a value that is serialised here, so that no
 * prose can get between the braces.
 */
import type { Output } from './output.ts';
import { type Style, styleOf } from './style.ts';

export interface View<Result> {
  /** Text for people, ending with a newline; empty for nothing to say. */
  human(result: Result, style: Style): string;
  /** What programs read. */
  json(result: Result): unknown;
}

export type Format = 'human' | 'json';

/** Writes the result to stdout in the form that was asked for. */
export function show<Result>(output: Output, format: Format, view: View<Result>, result: Result): void {
  output.write(
    format === 'json' ? `${JSON.stringify(view.json(result), null, 2)}\n` : view.human(result, styleOf(output)),
  );
}
