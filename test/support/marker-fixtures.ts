/**
 * Fixtures that say themselves what is wrong with them: `# ERROR CODE [CODE …]` at the end of a faulty line.
 * A new case is a new file. What reads the files (config, compiler) is the caller's.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Diagnostic } from '../../engine/diagnostics/diagnostic.ts';

export interface MarkerFixture {
  /** The file name without its ending. */
  readonly name: string;
  readonly file: string;
  readonly text: string;
  /** `line: CODE`, sorted; a code that is expected twice stands twice. */
  readonly expected: readonly string[];
}

/** The fixtures of a folder, by its path below `test/fixtures/`. */
export function markerFixtures(folder: string): readonly MarkerFixture[] {
  const path = fileURLToPath(new URL(`../fixtures/${folder}/`, import.meta.url));
  return readdirSync(path)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const text = readFileSync(`${path}${file}`, 'utf8');
      return { name: file.replace(/\.yaml$/, ''), file, text, expected: markersOf(text) };
    });
}

/** What the markers of a text expect, as `foundIn` writes it. */
export function markersOf(text: string): readonly string[] {
  return text
    .split('\n')
    .flatMap((line, index) => {
      const marker = /#\s*(?:ERROR|WARNING)((?:\s+[A-Z]{3}\d{3})+)\s*$/.exec(line);
      const codes = marker?.[1]?.trim().split(/\s+/) ?? [];
      return codes.map((code) => `${index + 1}: ${code}`);
    })
    .sort();
}

/** The diagnostics of one file as `line: CODE`, sorted; those of other files or of no place with where they are. */
export function foundIn(diagnostics: readonly Diagnostic[], file: string): readonly string[] {
  return diagnostics
    .map(({ code, range }) =>
      range?.file === file ? `${range.line}: ${code}` : `${range?.file ?? 'nowhere'}: ${code}`,
    )
    .sort();
}
