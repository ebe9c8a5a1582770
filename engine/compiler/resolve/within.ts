/**
 * Places inside a scalar: the range of some of its characters, for texts that have a grammar of their own. Where the scalar is
 * spelled over several lines or with escapes, the whole of it is meant.
 */
import { make } from '../../diagnostics/codes.ts';
import type { CompilerCode } from '../../diagnostics/compiler-codes.ts';
import type { SourceRange } from '../../diagnostics/diagnostic.ts';
import { type Place, rangeOf } from './place.ts';

/** Offsets in UTF-16 units of the scalar's value; the end is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The range of a part of the scalar at the place. */
export function rangeWithin(place: Place, { from, to }: Span): SourceRange {
  const whole = rangeOf(place);
  const text = String(place.value);
  const quotes = whole.endColumn - whole.column - [...text].length;
  if (whole.line !== whole.endLine || (quotes !== 0 && quotes !== 2)) return whole;
  const start = whole.column + quotes / 2 + [...text.slice(0, from)].length;
  return { ...whole, column: start, endColumn: start + [...text.slice(from, to)].length };
}

/** Says what is wrong with a part of the scalar at the place. */
export function faultWithin(
  place: Place,
  code: CompilerCode,
  {
    detail,
    span,
    suggestion,
  }: { readonly detail: string; readonly span: Span; readonly suggestion?: string | undefined },
): void {
  place.at.diagnostics.push(make(code, { detail, range: rangeWithin(place, span), suggestion }));
}
