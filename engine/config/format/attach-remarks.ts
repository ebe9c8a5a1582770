/**
 * Gives each comment its place in the layout: behind the value it stands beside, before the item it stands above, or at
 * the end of the list or map to which its column belongs. None is lost, none is given twice.
 */
import type { LayoutCollection, LayoutDocument, LayoutItem, Remark } from './layout.ts';
import { isCollection } from './read-layout.ts';
import type { FoundRemark } from './read-remarks.ts';

/** An item with the collections around it, the innermost last. */
interface Placed {
  readonly item: LayoutItem;
  readonly around: readonly LayoutCollection[];
  /** The item that holds the innermost of them; undefined for the root. */
  readonly owner: Placed | undefined;
}

/** Attaches the comments of one document, in their order. */
export function attachRemarks(document: LayoutDocument, remarks: readonly FoundRemark[]): void {
  const placed: Placed[] = [];
  if (isCollection(document.root)) collect(document.root, [], undefined, placed);
  for (const remark of remarks) {
    if (remark.isOwnLine) attachAbove(document, placed, remark);
    else attachBeside(document, placed, remark);
  }
}

function collect(
  collection: LayoutCollection,
  around: readonly LayoutCollection[],
  owner: Placed | undefined,
  placed: Placed[],
): void {
  for (const item of collection.items) {
    const one: Placed = { item, around: [...around, collection], owner };
    placed.push(one);
    if (isCollection(item.value)) collect(item.value, one.around, one, placed);
  }
}

/** The last item that begins before the offset, left by as many brackets as are closed there. */
function itemBefore(placed: readonly Placed[], offset: number): Placed | undefined {
  let found = placed.findLast(({ item }) => item.start < offset);
  while (found?.owner !== undefined) {
    const collection = found.around.at(-1)!;
    if (!collection.isFlow || collection.end > offset) break;
    found = found.owner;
  }
  return found;
}

function attachBeside(document: LayoutDocument, placed: readonly Placed[], remark: FoundRemark): void {
  const found = itemBefore(placed, remark.offset)?.item;
  if (found === undefined) {
    const isBelow = !isCollection(document.root) && document.root.start < remark.offset;
    (isBelow ? document.tail : document.head).push({ text: remark.text, hasBlankBefore: false });
    return;
  }
  const side = { text: remark.text, column: remark.column };
  const { value } = found;
  const isAboveValue = value !== null && value.start > remark.offset;
  if (isAboveValue && isCollection(value)) {
    if (found.key !== null && !value.isFlow && found.head === null) found.head = side;
    else found.before.push({ text: remark.text, hasBlankBefore: false });
  } else if (found.side === null) found.side = side;
  else found.before.push({ text: remark.text, hasBlankBefore: false });
}

function attachAbove(document: LayoutDocument, placed: readonly Placed[], remark: FoundRemark): void {
  homeOf(document, placed, remark).push({ text: remark.text, hasBlankBefore: remark.hasBlankBefore });
}

function homeOf(document: LayoutDocument, placed: readonly Placed[], { offset, column }: FoundRemark): Remark[] {
  const { root } = document;
  if (!isCollection(root)) return root.start > offset ? document.head : document.tail;
  const before = itemBefore(placed, offset);
  const brackets = bracketsAround(before, offset);
  if (brackets !== undefined) {
    return brackets.items.find((item) => item.start > offset)?.before ?? brackets.tail;
  }
  if (before === undefined) return document.head;
  const { value } = before.item;
  if (value !== null && value.start > offset && (!isCollection(value) || value.isFlow)) return before.item.before;
  const next = placed.find(({ item }) => item.start > offset);
  const ended = before.around.findLast(
    (collection) => next?.around.includes(collection) !== true && column >= collection.column,
  );
  if (ended !== undefined) return ended.tail;
  return next === undefined ? root.tail : next.item.before;
}

/** The innermost brackets that are open at the offset. */
function bracketsAround(before: Placed | undefined, offset: number): LayoutCollection | undefined {
  const value = before?.item.value ?? null;
  const all = before === undefined ? [] : isCollection(value) ? [...before.around, value] : before.around;
  return all.findLast((one) => one.isFlow && one.start < offset && offset < one.end);
}
