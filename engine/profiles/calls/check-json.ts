/**
 * Whether a value that came as JSON can be taken at all: not too deep, not too wide, no text that the store can't hold, no number beyond
 * all numbers, no name that programs mistake for their own. Says where, and never what.
 */
import { isStorable } from '../clean-text.ts';

/** Levels of objects and lists. */
export const depthMax = 12;
/** Keys and items in all. */
const nodesMax = 5_000;

const reservedNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** The first place that can't be taken with the reason, or null. Bounded whatever the value is. */
export function checkJson(value: unknown): string | null {
  let nodes = 0;

  function visit(one: unknown, path: string, depth: number): string | null {
    if (typeof one === 'string') return isStorable(one) ? null : `${path} holds a null character or half a character`;
    if (typeof one === 'number') return Number.isFinite(one) ? null : `${path} is a number beyond all numbers`;
    if (typeof one !== 'object' || one === null) return null;
    if (depth > depthMax) return `${path} is nested deeper than ${depthMax} levels`;
    for (const [key, inner] of Object.entries(one)) {
      nodes += 1;
      if (nodes > nodesMax) return `the call holds more than ${nodesMax} values`;
      if (!Array.isArray(one) && reservedNames.has(key)) return `${path} has a key of a reserved name`;
      if (!isStorable(key)) return `${path} has a key with a null character or half a character`;
      const found = visit(inner, childPath(path, key, Array.isArray(one)), depth + 1);
      if (found !== null) return found;
    }
    return null;
  }

  return visit(value, '', 0);
}

/** Keys that are no plain names may be personal data: they aren't repeated. */
function childPath(path: string, key: string, isItem: boolean): string {
  return `${path}/${isItem || /^[A-Za-z_][A-Za-z0-9_-]{0,39}$/.test(key) ? key : '…'}`;
}
