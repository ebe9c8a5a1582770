/**
 * Whatever stands in a file, it is read, checked and compiled without a crash, within bounds, and each mistake has its place. Mutants of
 * the repository's own files, from fixed seeds, each with the rest of its workspace. `npm run proof` makes 20,000, `npm test` a twentieth.
 *
 * Nothing is timed: what a file can cost is bounded by its size, its depth and its number of values (`compose-yaml.ts`,
 * `document-reader.ts`), and a mutant that went on for ever would end the test by its own limit.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../engine/compiler/compile.ts';
import type { CompileMemo } from '../../engine/compiler/compile-memo.ts';
import { type DocumentReport, reportFile } from '../../engine/config/file-report.ts';
import { findConfigFiles, workspaceFile } from '../../engine/config/find-files.ts';
import { openDocument, parseYaml } from '../../engine/config/parse.ts';
import type { Resource } from '../../engine/config/project.ts';
import { allCodes } from '../../engine/diagnostics/codes.ts';
import { type Diagnostic, hasErrors, type SourceRange } from '../../engine/diagnostics/diagnostic.ts';
import { namesMemo } from '../compiler/names-memo.ts';
import { proofSize } from '../support/proof.ts';
import { type Mutation, mutate, mutations, sequence } from './mutate.ts';

const repository = join(import.meta.dirname, '../..');
/** Folders that are a workspace, with what they leave out. */
const workspaces = ['', 'examples/cdnow', 'bench/workspace'];
const mutantsWhole = 20_000;
const mutants = proofSize(mutantsWhole);

interface Ground {
  readonly name: string;
  readonly texts: ReadonlyMap<string, string>;
  /** The resources of each file as it stands. */
  readonly resources: ReadonlyMap<string, readonly Resource[]>;
  /** What is known of these, as long as the names are those of the files as they stand. */
  readonly memo: CompileMemo;
}

async function groundOf(name: string): Promise<Ground> {
  const root = join(repository, name);
  const top = parseYaml(workspaceFile, readFileSync(join(root, workspaceFile), 'utf8')).documents[0];
  const { ignore } = (top?.body ?? {}) as { readonly ignore?: readonly string[] };
  const paths = (await findConfigFiles(root, ignore ?? [])) ?? [];
  return groundOfTexts(name, new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')])));
}

function groundOfTexts(name: string, texts: ReadonlyMap<string, string>): Ground {
  const resources = new Map(
    [...texts].map(([path, text]) => [path, resourcesOf(path, text, reportFile(path, text).documents)]),
  );
  const memo = namesMemo();
  compile({ root: '', resources: [...resources.values()].flat(), files: texts }, memo);
  return { name, texts, resources, memo };
}

/** Each fixture that is a workspace by itself, and shows forms that the workspaces don't use. */
function groundsOfFixtures(): readonly Ground[] {
  const folder = join(repository, 'test/fixtures/compiler');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) =>
      groundOfTexts('test/fixtures/compiler', new Map([[name, readFileSync(join(folder, name), 'utf8')]])),
    );
}

function resourcesOf(file: string, text: string, documents: readonly DocumentReport[]): readonly Resource[] {
  return documents.flatMap(({ index, kind, id, valid }) => {
    if (valid === null || id === null) return [];
    const { locate, sourceText } = openDocument({ file, text, index, ...valid });
    return [{ kind, id, body: valid.body, file, locate, sourceText }];
  });
}

/** What is said of the workspace with one file changed: by the file alone, else by the compiler. */
function judge({ resources, memo }: Ground, path: string, text: string): readonly Diagnostic[] {
  const report = reportFile(path, text);
  if (hasErrors(report.diagnostics)) return report.diagnostics;
  const changed = new Map(resources).set(path, resourcesOf(path, text, report.documents));
  const all = [...changed.values()].flat();
  const names = all.map(({ kind, id }) => (kind === 'workspace' ? kind : `${kind}/${id}`));
  // The loader says these two before the compiler is asked.
  if (new Set(names).size < names.length || !names.includes('workspace')) return report.diagnostics;
  const { diagnostics, findings } = compile({ root: '', resources: all, files: new Map([[path, text]]) }, memo);
  return [...report.diagnostics, ...diagnostics, ...findings.map(({ diagnostic }) => diagnostic)];
}

/** A place that exists in the text that it speaks of: its line is there, and its columns are within. */
function isWithin(range: SourceRange, texts: ReadonlyMap<string, string>): boolean {
  const lines = texts.get(range.file)?.split('\n');
  const first = lines?.[range.line - 1];
  const last = lines?.[range.endLine - 1];
  if (first === undefined || last === undefined) return false;
  const isForward = range.endLine > range.line || range.endColumn >= range.column;
  return (
    isForward && range.column >= 1 && range.column <= [...first].length + 1 && range.endColumn <= [...last].length + 1
  );
}

const codes = new Set(allCodes());

function faultsOf(diagnostics: readonly Diagnostic[], texts: ReadonlyMap<string, string>): readonly string[] {
  return diagnostics.flatMap((one) => {
    const places = [one.range, ...(one.related ?? []).map(({ range }) => range)];
    if (!codes.has(one.code)) return [`${one.code} is not in the catalogue`];
    if (one.detail.trim() === '' || /\bundefined\b|\[object /.test(one.detail))
      return [`${one.code} says "${one.detail}"`];
    const astray = places.filter((range) => range === undefined || !isWithin(range, texts));
    return astray.map((range) => `${one.code} has no place: ${JSON.stringify(range)}`);
  });
}

describe('whatever stands in a file, it is answered', async () => {
  const grounds = [...(await Promise.all(workspaces.map(groundOf))), ...groundsOfFixtures()];
  const files = grounds.flatMap((ground) => [...ground.texts.keys()].map((path) => ({ ground, path })));

  test('the files themselves have no errors', () => {
    for (const { ground, path } of files) {
      expect(judge(ground, path, ground.texts.get(path)!).filter(({ severity }) => severity === 'error')).toEqual([]);
    }
  });

  test.each(mutations.map((mutation, index) => ({ mutation, index })))(
    '$mutation.name: no mutant crashes, and each mistake has a place',
    ({ mutation, index }) => {
      const found: string[] = [];
      let refused = 0;
      for (let n = 0; n < mutants / mutations.length; n += 1) {
        const seed = index * 1_000_003 + n;
        const diagnostics = tryMutant(mutation, seed, found);
        if (hasErrors(diagnostics)) refused += 1;
      }
      expect(found).toEqual([]);
      // A mutation that never breaks anything would prove nothing.
      expect(refused).toBeGreaterThan(0);
    },
    1_800_000,
  );

  function tryMutant(mutation: Mutation, seed: number, found: string[]): readonly Diagnostic[] {
    const random = sequence(seed);
    const { ground, path } = files[Math.floor(random() * files.length)]!;
    const other = files[Math.floor(random() * files.length)]!;
    const text = mutate(mutation, ground.texts.get(path)!, { random, other: other.ground.texts.get(other.path)! });
    const name = `seed ${seed}, ${ground.name}/${path}`;
    try {
      const diagnostics = judge(ground, path, text);
      const faults = faultsOf(diagnostics, new Map(ground.texts).set(path, text));
      found.push(...faults.map((fault) => `${name}: ${fault}`));
      return diagnostics;
    } catch (error) {
      found.push(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
      return [];
    }
  }
});
