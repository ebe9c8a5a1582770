/**
 * The keywords that our schemas have beyond draft-07, as questions to a value. Two ask them: ajv, which can tell what is wrong, and
 * `quick-check.ts`, which only knows yes and no.
 */
import { forms } from './forms.ts';

/** Keywords that only speak to people or to `mistakes.ts`. */
export const annotations: readonly string[] = ['x-later', 'x-condition-with', 'x-heads', 'x-union'];

/** `x-form`: whether a text has the form of that name. */
export function hasForm(form: string, value: unknown): boolean {
  const test = forms[form]?.test;
  return test === undefined || typeof value !== 'string' || test(value);
}

/** `x-via-log`: whether a channel says that it goes elsewhere than by SMTP. */
export function isViaLog(_on: boolean, value: unknown): boolean {
  const via = (value as { readonly via?: unknown }).via;
  return via !== undefined && via !== 'smtp';
}

/** `x-one-of`: whether the map has just one of the keys. */
export function hasOneOf(keys: readonly string[], value: unknown): boolean {
  return keys.filter((key) => Object.hasOwn(value as object, key)).length === 1;
}

/** `x-any-of`: whether the map has one of the keys at least. */
export function hasAnyOf(keys: readonly string[], value: unknown): boolean {
  return keys.some((key) => Object.hasOwn(value as object, key));
}
