/** A set of few names. A batch has four for each of its people, most of them empty, and a `Set` has its table before anything is in it. */

const none: readonly string[] = [];

/** In the order in which they were added. */
export class Names implements Iterable<string> {
  private list: string[] | null = null;

  add(name: string): void {
    if (this.list === null) this.list = [name];
    else if (!this.list.includes(name)) this.list.push(name);
  }

  has(name: string): boolean {
    return this.list?.includes(name) === true;
  }

  [Symbol.iterator](): IterableIterator<string> {
    return (this.list ?? none)[Symbol.iterator]();
  }

  /** Whether one of them is among the others. */
  overlaps(others: ReadonlySet<string>): boolean {
    return this.list?.some((name) => others.has(name)) === true;
  }
}
