/** A share as a bar of text: `[#####-----]`. */

const width = 24;

/** How much of the whole is done; nothing of nothing is all of it. */
export function bar(done: number, whole: number): string {
  const filled = whole === 0 ? width : Math.floor((Math.min(done, whole) / whole) * width);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}]`;
}
