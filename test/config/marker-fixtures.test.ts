/**
 * Each file of `test/fixtures/config/invalid` gives exactly the diagnostics that its markers say, on those lines; each of
 * `valid` gives none.
 */
import { describe, expect, test } from 'vitest';
import { loadProject } from '../../engine/config/load-project.ts';
import { allCodes } from '../../engine/diagnostics/codes.ts';
import { renderPretty } from '../../engine/diagnostics/render-pretty.ts';
import { foundIn, markerFixtures, markersOf } from '../support/marker-fixtures.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';

const invalid = markerFixtures('config/invalid');

describe('invalid files', () => {
  test.each(invalid)('$name', async ({ file, text, expected }) => {
    const { project, diagnostics } = await loadProject(writeWorkspace({ [file]: text }));
    expect(expected.length, 'a fixture without a marker proves nothing').toBeGreaterThan(0);
    expect(foundIn(diagnostics, file), renderPretty(diagnostics, project.files)).toEqual(expected);
  });
});

describe('valid files', () => {
  test.each(markerFixtures('config/valid'))('$name', async ({ file, text }) => {
    const { project, diagnostics } = await loadProject(writeWorkspace({ [file]: text }));
    expect(renderPretty(diagnostics, project.files)).toBe('');
    expect(project.resources.length).toBeGreaterThan(1);
  });
});

test('every code of config has a fixture, but for those of whole files and folders', () => {
  const withoutFixture = ['CFG003', 'CFG004', 'CFG005', 'CFG008', 'CFG032'];
  const shown = new Set(invalid.flatMap(({ text }) => markersOf(text)).map((marker) => marker.split(': ')[1]));
  expect(allCodes().filter((code) => code.startsWith('CFG') && !shown.has(code))).toEqual(withoutFixture);
});
