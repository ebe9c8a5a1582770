/** Shares as bars of text: `[#####-----]` of a whole, `#####` beside others. */

const width = 24;

/** How much of the whole is done; nothing of nothing is all of it. */
export function bar(done: number, whole: number): string {
  const filled = whole === 0 ? width : Math.floor((Math.min(done, whole) / whole) * width);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}]`;
}

/** A length among lengths: the longest fills the width, and what isn't nothing is seen. */
export function barOf(value: number, longest: number): string {
  return longest === 0 ? '' : '#'.repeat(Math.ceil((value / longest) * width));
}
