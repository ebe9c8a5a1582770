/**
 * Which words are near enough to be proposed.
 */
import { expect, test } from 'vitest';
import { suggest } from '../../engine/diagnostics/suggest.ts';

const keys = ['where', 'when', 'channel', 'template', 'in_last', 'id', 'as'];

test.each([
  ['wher', 'where'],
  ['chanel', 'channel'],
  ['Channel', 'channel'],
  ['in-last', 'in_last'],
  ['inlast', 'in_last'],
  ['temlpate', 'template'],
  ['whree', 'where'],
])('%s means %s', (word, meant) => {
  expect(suggest(word, keys)).toBe(meant);
});

test.each(['', 'x', 'xy', 'audience', 'wait', 'x'.repeat(1000)])('nothing is near %j', (word) => {
  expect(suggest(word, keys)).toBeUndefined();
});

test('a word that is known already is not proposed for itself', () => {
  expect(suggest('where', ['where'])).toBeUndefined();
});

test('among equals the first of the alphabet is proposed, in whatever order they come', () => {
  expect(suggest('cat', ['hat', 'bat', 'rat'])).toBe('bat');
  expect(suggest('cat', ['rat', 'bat', 'hat'])).toBe('bat');
});
