/**
 * How long `plan` and `apply` take, and moving people to new steps. The first four are whole commands of the built program in dist/ (`npm run
 * build`), as people start them, with Node's own start.
 *
 * no-op      `plan` of so many resources that are live already, warm; and its greatest memory.
 * one        `plan` after one segment changed, without people and with them (an empty store: what counting costs by itself).
 * apply      `apply` of a fifth as many new resources, all at once.
 * terraform  the same of as many `terraform_data`; only where it is on PATH.
 * migrate    enrollments taken to another version of their journey (`in_flight: migrate`) by the engine, beside one `update` by hand.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { elapsedMs } from '../engine/clock/clock.ts';
import { resetEmbedded } from '../engine/store/embedded-server.ts';
import { type Benchmark, type BenchOptions, limitRow, type Pair, type Row, ratioLimitRow } from './harness.ts';
import { migrationRow } from './plan-migration.ts';
import { segmentPath, segmentText, writeLargeWorkspace } from './validate-data.ts';

const noopSecondsMax = 3;
const changeSecondsMax = 3;
const applySecondsMax = 3;
const memoryMbMax = 400;
/** Of a hand-written update. */
const migrationRatioMax = 2;

const program = fileURLToPath(new URL('../bin/parcours.js', import.meta.url));
const peakScript = fileURLToPath(new URL('./validate-peak.mjs', import.meta.url));

/** Seconds of a whole command that ends well. */
function seconds(root: string, ...args: readonly string[]): number {
  const began = elapsedMs();
  execFileSync(process.execPath, [program, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  return (elapsedMs() - began) / 1000;
}

/** The greatest memory of a command, in MB. */
function peakMb(root: string, ...args: readonly string[]): number {
  const stdio = ['ignore', 'ignore', 'inherit', 'pipe'] as const;
  const { output, status } = spawnSync(process.execPath, [peakScript, ...args], { cwd: root, stdio: [...stdio] });
  if (status !== 0) throw new Error('the command failed while its memory was measured');
  return Number(output[3]?.toString()) / 1e6;
}

/** Objects that terraform keeps in a file beside them. */
interface Terraform {
  write(count: number): void;
  seconds(...args: readonly string[]): number;
}

function terraformIn(folder: string): Terraform | null {
  if (spawnSync('terraform', ['version'], { stdio: 'ignore' }).status !== 0) return null;
  mkdirSync(folder);
  const run = (args: readonly string[]): number => {
    const began = elapsedMs();
    execFileSync('terraform', args, { cwd: folder, stdio: 'ignore' });
    return (elapsedMs() - began) / 1000;
  };
  const write = (count: number): void => {
    const objects = Array.from(
      { length: count },
      (_, n) => `resource "terraform_data" "object_${n}" {\n  input = ${n}\n}\n`,
    );
    writeFileSync(join(folder, 'main.tf'), objects.join('\n'));
  };
  write(1);
  run(['init', '-input=false']);
  return { write, seconds: (...args) => run(args) };
}

/** Ours beside terraform's, measured one after the other. */
function beside(name: string, ours: readonly number[], theirs: readonly number[]): Row {
  const pairs: Pair[] = ours.map((own, i) => ({ ours: own, floor: theirs[i % theirs.length] as number }));
  return ratioLimitRow(name, 's', pairs, null);
}

async function commandRows({ size, pairs, note }: BenchOptions, folder: string): Promise<readonly Row[]> {
  const root = join(folder, 'workspace');
  // A journey for each five segments, and a dozen of the house.
  const segments = Math.max(5, Math.round((size - 12) / 1.2));
  const added = Math.max(1, Math.round(size / 5));
  writeLargeWorkspace(root, segments);
  const firstApply = seconds(root, 'apply', '--yes', '--no-impact');
  note(`${size} resources applied in ${firstApply.toFixed(1)} s`);
  const times = (measure: (round: number) => number) => Array.from({ length: pairs }, (_, round) => measure(round));
  const change = (round: number): void => writeFileSync(join(root, segmentPath(7)), segmentText(7, 200 + round));
  seconds(root, 'plan');
  const noop = times(() => seconds(root, 'plan'));
  const memory = [peakMb(root, 'plan')];
  note('no-op: done');
  const one = times((round) => {
    change(round);
    return seconds(root, 'plan', '--no-impact');
  });
  const counted = times((round) => {
    change(pairs + round);
    return seconds(root, 'plan');
  });
  writeFileSync(join(root, segmentPath(7)), segmentText(7));
  note('one change: done');
  const applied = times((round) => {
    mkdirSync(join(root, 'added'), { recursive: true });
    for (let n = 0; n < added; n += 1) {
      const id = segments + round * added + n;
      writeFileSync(join(root, 'added', `segment-${id}.yaml`), segmentText(id));
    }
    return seconds(root, 'apply', '--yes', '--no-impact');
  });
  note('apply: done');
  await resetEmbedded(root);
  const terraform = terraformIn(join(folder, 'terraform'));
  const rows = [
    limitRow(`plan, nothing to do, ${size} resources`, 's', noop, noopSecondsMax),
    limitRow('its greatest memory', 'MB', memory, memoryMbMax),
    limitRow('plan, one change, --no-impact', 's', one, changeSecondsMax),
    limitRow('plan, one change, people counted', 's', counted, null),
    limitRow(`apply, ${added} new resources`, 's', applied, applySecondsMax),
  ];
  return terraform === null ? rows : [...rows, ...terraformRows(terraform, { size, added, noop, applied, note })];
}

interface Ours {
  readonly size: number;
  readonly added: number;
  readonly noop: readonly number[];
  readonly applied: readonly number[];
  note(line: string): void;
}

/** Once each: it takes minutes. Applied in two parts, the second being as much as ours. */
function terraformRows(terraform: Terraform, { size, added, noop, applied, note }: Ours): readonly Row[] {
  terraform.write(added);
  const apply = terraform.seconds('apply', '-auto-approve', '-input=false');
  note(`terraform apply of ${added} objects: ${apply.toFixed(1)} s`);
  terraform.write(size);
  terraform.seconds('apply', '-auto-approve', '-input=false');
  const plan = terraform.seconds('plan', '-input=false');
  note(`terraform plan of ${size} objects: ${plan.toFixed(1)} s`);
  return [
    beside(`plan, nothing to do / terraform plan of ${size} objects`, noop, [plan]),
    beside(`apply / terraform apply of ${added} objects`, applied, [apply]),
  ];
}

async function run(options: BenchOptions): Promise<readonly Row[]> {
  if (!existsSync(fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)))) {
    throw new Error('the benchmark measures the built program: run `npm run build` first');
  }
  const folder = mkdtempSync(join(tmpdir(), 'parcours-bench-'));
  try {
    const rows = await commandRows(options, folder);
    return [...rows, await migrationRow({ ...options, target: migrationRatioMax })];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const plan: Benchmark = {
  name: 'plan',
  title: 'plan and apply of a large workspace, and people taken to new steps',
  defaultSize: 5_000,
  sizeUnit: 'resources',
  run,
};
