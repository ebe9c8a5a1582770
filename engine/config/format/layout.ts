/**
 * The layout of a YAML text: what stands where, comments included, as the printer needs it. Built by `read-layout.ts`,
 * filled with comments by `attach-comments.ts`, written by `print-layout.ts`. No meaning: keys and values are text here.
 */

/** A comment that has a line of its own. */
export interface Remark {
  /** From `#` on, without the spaces at its end. */
  readonly text: string;
  readonly hasBlankBefore: boolean;
}

/** A comment behind something, with the column (code points, from 0) in which it stood. */
export interface SideRemark {
  readonly text: string;
  readonly column: number;
}

/** A pair of a map, an item of a list, or the one thing that a document holds. Remarks are attached while it is built. */
export interface LayoutItem {
  /** Null in lists. */
  readonly key: { readonly text: string; readonly name: string } | null;
  /** Offset of the key, or of the value in lists. */
  readonly start: number;
  readonly hasBlankBefore: boolean;
  readonly value: LayoutNode | null;
  readonly before: Remark[];
  /** Behind the key of a value that goes on below. */
  head: SideRemark | null;
  /** Behind the value; behind the header of a block scalar. */
  side: SideRemark | null;
}

export interface LayoutScalar {
  readonly kind: 'scalar';
  readonly start: number;
  readonly end: number;
  /** `&name`, or empty. */
  readonly anchor: string;
  /** `line`: on one line · `lines`: a plain or quoted text over several · `block`: a header, then its lines without indent. */
  readonly form: 'line' | 'lines' | 'block';
  readonly lines: readonly string[];
}

export interface LayoutCollection {
  readonly kind: 'map' | 'list';
  readonly start: number;
  readonly end: number;
  readonly anchor: string;
  /** Written in brackets. */
  readonly isFlow: boolean;
  /** Of its items, in code units from 0; one more for a list that isn't indented under its key. */
  readonly column: number;
  readonly items: LayoutItem[];
  /** Behind the last item, on lines of their own. */
  readonly tail: Remark[];
}

export type LayoutNode = LayoutScalar | LayoutCollection;

/** One document of a file. */
export interface LayoutDocument {
  readonly root: LayoutNode;
  /** Above all, set apart from the first key. */
  readonly head: Remark[];
  readonly tail: Remark[];
  /** Keys keep their order where a value is named and used again: it must be named first. */
  readonly hasAliases: boolean;
}
