/**
 * A place in a resource's document: the value there, how to go deeper, how it is spelled, and how to say what is wrong with it.
 * Resolvers read documents only through places, so that each mistake is shown where it was made.
 */

import type { Path, Resource } from '../../config/project.ts';
import { make } from '../../diagnostics/codes.ts';
import type { CompilerCode } from '../../diagnostics/compiler-codes.ts';
import type { Diagnostic, SourceRange } from '../../diagnostics/diagnostic.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import type { Names } from '../names.ts';

/** One resource under resolution: what it may name, what it names, what is wrong with it. */
export interface Resolving {
  readonly resource: Resource;
  readonly names: Names;
  readonly diagnostics: Diagnostic[];
  /** `kind/id` of what the resource references. */
  readonly needs: Set<string>;
}

export interface Place {
  readonly at: Resolving;
  readonly path: Path;
  readonly value: unknown;
}

/** The whole document. */
export function root(at: Resolving): Place {
  return { at, path: [], value: at.resource.body };
}

/** The value under a key or index, or undefined when it isn't there. */
export function child(place: Place, key: string | number): Place | undefined {
  if (typeof place.value !== 'object' || place.value === null || !Object.hasOwn(place.value, key)) return undefined;
  const value = (place.value as Readonly<Record<string | number, unknown>>)[key];
  return value === undefined ? undefined : { at: place.at, path: [...place.path, key], value };
}

/** The value under a key that the schema of the kind demands; its absence is our bug, not the user's mistake. */
export function demand(place: Place, key: string | number): Place {
  const found = child(place, key);
  if (found === undefined) throw new Error(`assertion failed: a valid ${place.at.resource.kind} has \`${key}\` here`);
  return found;
}

/** Keys and their places, in the order of the file; none for what is no map. */
export function entries(place: Place | undefined): readonly (readonly [string, Place])[] {
  if (place === undefined || !isMap(place.value)) return [];
  return Object.keys(place.value).flatMap((key) => {
    const value = child(place, key);
    return value === undefined ? [] : [[key, value] as const];
  });
}

/** The items of a list; one item for what is no list, none for what is missing. */
export function items(place: Place | undefined): readonly Place[] {
  if (place === undefined) return [];
  if (!Array.isArray(place.value)) return [place];
  return place.value.map((value, index) => ({ at: place.at, path: [...place.path, index], value }));
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The scalar as spelled in the file (`01`, not 1); empty for what is no scalar. */
export function textOf(place: Place): string {
  if (typeof place.value === 'string') return place.value;
  if (typeof place.value === 'object') return '';
  return place.at.resource.sourceText(place.path) ?? String(place.value);
}

/** The text under a key, or undefined. */
export function textAt(place: Place, key: string): string | undefined {
  const found = child(place, key);
  return found === undefined || found.value === null ? undefined : textOf(found);
}

/** The texts of a list (or the one text) under a key. */
export function textsAt(place: Place, key: string): readonly string[] {
  return items(child(place, key)).map(textOf);
}

/** Where the place is, for `related`. */
export function rangeOf(place: Place, on: 'key' | 'value' = 'value'): SourceRange {
  return place.at.resource.locate(place.path, on);
}

interface Extra {
  readonly on?: 'key' | 'value';
  readonly related?: Diagnostic['related'];
  readonly suggestion?: string | undefined;
}

/** Says what is wrong at the place. `detail` holds full sentences: what, why it matters, what to do. */
export function fault(place: Place, code: CompilerCode, detail: string, extra: Extra = {}): void {
  const { on = 'value', related, suggestion } = extra;
  place.at.diagnostics.push(make(code, { detail, range: rangeOf(place, on), related, suggestion }));
}

/** Says that a name is unknown, with the nearest known one. `what` as in "segment". */
export function faultUnknown(
  place: Place,
  code: CompilerCode,
  words: { readonly what: string; readonly name: string; readonly known: Iterable<string>; readonly remedy: string },
): void {
  const suggestion = suggest(words.name, [...words.known]);
  fault(place, code, `There is no ${words.what} \`${words.name}\`. ${words.remedy}`, { suggestion });
}
