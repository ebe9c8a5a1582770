/**
 * Holds the map of DESIGN §3: who may import whom, no cycles, one reader of the clock, few who print, SQL where it belongs. Reads
 * the import statements of engine/ as text; a rule that must give way is changed here, with its reason.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const engine = fileURLToPath(new URL('../engine', import.meta.url));

/** Imports go one way: a room may import those before it in the row. */
const row = ['diagnostics', 'config', 'compiler', 'store', 'profiles', 'loyalty', 'activation', 'reconcile'];
/** Leaves import no other room; every room may import them. */
const leaves = ['clock', 'channels'];

/** The rooms that each room may import, itself and the leaves apart. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(row.map((room, i) => [room, row.slice(0, i)])),
  clock: [],
  channels: [],
  measure: ['diagnostics', 'config', 'compiler', 'store'],
  activation: [...row.slice(0, row.indexOf('activation')), 'measure'],
  // What a pull request is told may come from a published measure.
  reconcile: [...row.slice(0, row.indexOf('reconcile')), 'measure'],
  server: [...row, 'measure'],
  cli: [...row, 'measure', 'server'],
};

/** Files outside `store/` and `queries.ts` whose text is SQL, each with its reason. */
const sqlFiles: Readonly<Record<string, string>> = {
  'compiler/condition-sql.ts': 'conditions become SQL',
  'compiler/event-selection.ts': 'which events count, inside conditions',
  'compiler/event-sql.ts': 'how many events count and what they add up to, inside conditions',
  'compiler/lane-joins.ts': 'events of whole lanes read once',
  'compiler/lanes-sql.ts': 'conditions over whole lanes',
  'compiler/entity-sql.ts': 'rows of entities inside conditions',
  'compiler/leaf-values.ts': 'what the leaves of conditions found',
  'compiler/message-sql.ts': 'messages inside conditions',
  'compiler/moment-sql.ts': 'instants inside conditions',
  'compiler/pair.ts': 'the joins that conditions share',
  'compiler/earning-sql.ts': 'what events are worth in points',
  'compiler/holders-sql.ts': 'whose history of points is whose',
  'compiler/points-sql.ts': 'points and tiers inside conditions',
  'compiler/referral-sql.ts': 'who of those that were brought by others has qualified',
  'compiler/planned-sql.ts': 'conditions of definitions that nobody applied yet become SQL',
  'compiler/trait-sql.ts': 'computed traits become SQL',
  'compiler/scale-sql.ts': 'bounds of quantiles over everybody',
  'compiler/affinity-sql.ts': 'what a person does, held against what everybody does',
  'compiler/prediction-sql.ts': 'histories of customers, and what models say of them',
  'compiler/scopes.ts': 'where conditions read what they refer to',
  'compiler/value-sql.ts': 'tests of values inside conditions',
  'compiler/as-of.ts': 'conditions as of a time',
  'compiler/muted-sql.ts': 'whom mutes keep from journeys',
  'compiler/reach-sql.ts': 'whom purposes reach by channels',
  'compiler/reasons-sql.ts': 'leaves of conditions counted over lanes',
  'compiler/program-sql.ts': 'the statements of a compiled program',
  'compiler/program.ts': 'the statements of a compiled program',
  'compiler/trigger-sql.ts': 'when people may enter journeys by time',
  'compiler/wait-sql.ts': 'the moments that people wait for',
  'compiler/sql.ts': 'the pieces of which statements are put together',
};

interface SourceFile {
  /** Relative to engine/, with `/`. */
  readonly path: string;
  readonly room: string;
  /** Without comments and with the contents of strings kept. */
  readonly code: string;
  readonly imports: readonly string[];
}

function readSources(folder: string): readonly SourceFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const path = relative(folder, file).split('\\').join('/');
      const code = withoutComments(readFileSync(file, 'utf8'));
      return { path, room: path.split('/')[0] as string, code, imports: importsOf(path, code) };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Block comments, and line comments that stand alone or after a space; `https://` inside strings stays. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

/** The files of ours that a file imports, relative to engine/, type imports too. */
function importsOf(path: string, code: string): readonly string[] {
  const statements = code.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)['"](\.[^'"]+)['"]/g);
  const targets = [...statements].map((match) => posix.normalize(posix.join(dirname(path), match[1] as string)));
  return [...new Set(targets)];
}

const sources = readSources(engine);

describe('the rooms of engine/', () => {
  it('are those of the map', () => {
    expect(sources.filter((file) => allowed[file.room] === undefined).map((file) => file.path)).toEqual([]);
  });

  it('import only what the table allows', () => {
    const wrong = sources.flatMap((file) =>
      file.imports
        .map((target) => target.split('/')[0] as string)
        .filter((room) => room !== file.room && !leaves.includes(room) && !allowed[file.room]?.includes(room))
        .map((room) => `${file.path} imports ${room}`),
    );
    expect(wrong).toEqual([]);
  });

  it('import files that exist', () => {
    const known = new Set(sources.map((file) => file.path));
    const lost = sources.flatMap((file) =>
      file.imports
        .filter((target) => target.endsWith('.ts') && !known.has(target))
        .map((target) => `${file.path}: ${target}`),
    );
    expect(lost).toEqual([]);
  });

  it('have no cycles between files', () => {
    expect(cycles(sources)).toEqual([]);
  });

  it('leave no room out of the reading', () => {
    expect(sources.flatMap((file) => file.imports).length).toBeGreaterThan(100);
  });
});

describe('what only some may do', () => {
  it('nothing but the clock reads the time', () => {
    const time = /\bDate\.now\b|\bnew Date\(\s*\)|\bnew Date\b(?!\s*\()|\bperformance\.now\b|\bprocess\.hrtime\b/;
    expect(offenders(time, (file) => file.room === 'clock')).toEqual([]);
  });

  it('nothing but views and the entry of the program prints', () => {
    const print = /\bconsole\.|\bprocess\.(stdout|stderr)\b/;
    expect(offenders(print, (file) => file.path.startsWith('cli/views/') || file.path === 'cli/main.ts')).toEqual([]);
  });

  it('SQL lives in the store, in files named queries.ts and in the compiler of conditions', () => {
    const statement =
      /[`'"]\s*(?:select\b[\s\S]{0,400}?\bfrom\b|select [a-z_.]+\(|insert into\b|update [a-z_.]+ |delete from\b|with [a-z_]+ as\b|create (?:table|index|schema)\b)/;
    const mayHold = (file: SourceFile) =>
      file.room === 'store' || file.path.endsWith('/queries.ts') || sqlFiles[file.path] !== undefined;
    expect(offenders(statement, mayHold)).toEqual([]);
  });

  it('the work of a transaction uses the session that it is handed', () => {
    expect(sources.flatMap(({ path, code }) => outerSessions(code).map((found) => `${path}: ${found}`))).toEqual([]);
    expect(outerSessions('own.transaction(() => answer(own, 1))')).toEqual(['own.transaction(() => answer(own, 1))']);
    expect(outerSessions('own.transaction((tx) => answer(tx, { own: 1 }, its.own)); own.query()')).toEqual([]);
  });

  it('nothing is typed any', () => {
    // Explanations hold examples of the language, where `any` is a condition.
    const isText = (file: SourceFile) => file.path.startsWith('diagnostics/explanations/');
    expect(offenders(/(?::|<|\bas)\s*any\b/, isText)).toEqual([]);
  });

  it('no file passes its files on: there are no barrels', () => {
    expect(offenders(/^export (?:\*|\{[^}]*\}) from/m, () => false)).toEqual([]);
  });
});

/** Transactions within which the session that began them is named: what it sends goes on when the transaction has ended. */
function outerSessions(code: string): readonly string[] {
  const wrong: string[] = [];
  for (const match of code.matchAll(/([\w.]+)\s*\.transaction\(/g)) {
    const [start, outer] = [match.index + match[0].length, match[1] as string];
    const work = code.slice(start, closingOf(code, start));
    const isNamed = new RegExp(`(?<![\\w.])${outer.replaceAll('.', '\\.')}\\b(?!\\s*:)`).test(work);
    if (isNamed) wrong.push(`${match[0]}${work})`);
  }
  return wrong;
}

/** Where the parenthesis that was opened before `start` is closed. Those in texts are taken for real. */
function closingOf(code: string, start: number): number {
  let open = 1;
  for (let at = start; at < code.length; at += 1) {
    if (code[at] === '(') open += 1;
    if (code[at] === ')') open -= 1;
    if (open === 0) return at;
  }
  return code.length;
}

function offenders(pattern: RegExp, mayDo: (file: SourceFile) => boolean): readonly string[] {
  return sources
    .filter((file) => !mayDo(file))
    .map((file) => ({ path: file.path, found: pattern.exec(file.code)?.[0] }))
    .filter((one) => one.found !== undefined)
    .map((one) => `${one.path}: ${one.found}`);
}

/** Each cycle once, as the way around it. */
function cycles(files: readonly SourceFile[]): readonly string[] {
  const importsByPath = new Map(files.map((file) => [file.path, file.imports]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) {
      found.push([...way.slice(start), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const target of importsByPath.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const file of files) visit(file.path, []);
  return found;
}
