/**
 * How long `parcours validate` takes on a large workspace: cold, warm, and after one file changed. Everything runs in processes of its
 * own, from the built program in dist/ (`npm run build`).
 *
 * cold       loading and compiling without a cache, timed inside a fresh process, beside the floor: reading and parsing the same files
 *            with the `yaml` package alone, timed in the same way, in turn. On one thread and on two.
 * warm, one  the whole command as people start it, with Node's own start, by the clock on the wall.
 * terraform  the whole command, too: `terraform validate` of as many `terraform_data` as there are segments; only where it is on PATH.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { elapsedMs } from '../engine/clock/clock.ts';
import { type Benchmark, type BenchOptions, inTurn, limitRow, type Pair, type Row, ratioLimitRow } from './harness.ts';
import { segmentPath, segmentText, writeLargeWorkspace } from './validate-data.ts';

/** Of the floor, on one thread and on two. */
const coldRatioMax = { one: 1.3, two: 0.7 };
const warmSecondsMax = 0.6;
const changedSecondsMax = 1;
const memoryMbMax = 400;

const program = fileURLToPath(new URL('../bin/parcours.js', import.meta.url));

function script(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url));
}

/** What a script prints as JSON. Throws what it says when it fails. */
function answerOf<Answer>(name: string, args: readonly string[]): Answer {
  return JSON.parse(execFileSync(process.execPath, [script(name), ...args], { encoding: 'utf8' })) as Answer;
}

function floorMs(root: string): number {
  return answerOf<{ readonly ms: number }>('validate-floor.mjs', [root]).ms;
}

function coldMs(root: string, threads: number): number {
  const { ms, found } = answerOf<{ readonly ms: number; readonly found?: { readonly detail: string } }>(
    'validate-ours.mjs',
    [root, String(threads)],
  );
  if (found !== undefined) throw new Error(`the workspace of the benchmark is not right: ${found.detail}`);
  return ms;
}

/** Seconds of the whole command, which must find nothing wrong. */
function commandSeconds(root: string, options: readonly string[] = []): number {
  const began = elapsedMs();
  execFileSync(process.execPath, [program, 'validate', ...options], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return (elapsedMs() - began) / 1000;
}

/** The greatest memory of a command without a cache, in MB. */
function peakMb(root: string): number {
  const { output, status } = spawnSync(process.execPath, [script('validate-peak.mjs'), 'validate', '--no-cache'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  if (status !== 0) throw new Error('the command failed while its memory was measured');
  return Number(output[3]?.toString()) / 1e6;
}

/** Measures something several times over. */
function times(count: number, measure: (round: number) => number): readonly number[] {
  return Array.from({ length: count }, (_, round) => measure(round));
}

async function coldPairs(root: string, threads: number, count: number): Promise<readonly Pair[]> {
  return inTurn(
    count,
    async () => coldMs(root, threads) / 1000,
    async () => floorMs(root) / 1000,
  );
}

function terraformRows(folder: string, size: number, pairs: number, ours: () => number): readonly Row[] {
  if (spawnSync('terraform', ['version'], { stdio: 'ignore' }).status !== 0) return [];
  const objects = Array.from(
    { length: size },
    (_, n) => `resource "terraform_data" "object_${n}" {\n  input = ${n}\n}\n`,
  );
  mkdirSync(folder);
  writeFileSync(join(folder, 'main.tf'), objects.join('\n'));
  const run = (...args: readonly string[]) => execFileSync('terraform', args, { cwd: folder, stdio: 'ignore' });
  run('init', '-input=false');
  const seconds = (): number => {
    const began = elapsedMs();
    run('validate');
    return (elapsedMs() - began) / 1000;
  };
  const measured = Array.from({ length: pairs }, () => ({ ours: ours(), floor: seconds() }));
  return [ratioLimitRow(`whole command, no cache / terraform validate of ${size} objects`, 's', measured, null)];
}

async function run({ size, pairs, note }: BenchOptions): Promise<readonly Row[]> {
  if (!existsSync(fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)))) {
    throw new Error('the benchmark measures the built program: run `npm run build` first');
  }
  const folder = mkdtempSync(join(tmpdir(), 'parcours-bench-'));
  try {
    const root = join(folder, 'workspace');
    const files = writeLargeWorkspace(root, size).length;
    note(`${files} files: ${size} segments and ${Math.ceil(size / 5)} journeys of 60 lines`);
    const one = await coldPairs(root, 1, pairs);
    note('cold on one thread: done');
    const two = await coldPairs(root, 2, pairs);
    note('cold on two threads: done');
    const first = commandSeconds(root);
    const warm = times(pairs, () => commandSeconds(root));
    const changed = times(pairs, (round) => {
      writeFileSync(join(root, segmentPath(7)), segmentText(7, 200 + round));
      return commandSeconds(root);
    });
    note('warm and one file changed: done');
    return [
      ratioLimitRow('cold, one thread / yaml alone', 's', one, coldRatioMax.one),
      ratioLimitRow('cold, two threads / yaml alone', 's', two, coldRatioMax.two),
      limitRow('whole command, empty cache', 's', [first], null),
      limitRow('whole command, warm', 's', warm, warmSecondsMax),
      limitRow('whole command, one file changed', 's', changed, changedSecondsMax),
      limitRow(
        'memory, whole command, no cache',
        'MB',
        times(3, () => peakMb(root)),
        memoryMbMax,
      ),
      ...terraformRows(join(folder, 'terraform'), size, Math.min(pairs, 3), () => commandSeconds(root, ['--no-cache'])),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const validate: Benchmark = {
  name: 'validate',
  title: '`parcours validate` of a large workspace beside the yaml package alone, and beside terraform',
  defaultSize: 5_000,
  sizeUnit: 'segments',
  run,
};
