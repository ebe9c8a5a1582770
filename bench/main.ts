/**
 * `npm run bench -- NAME [--size N | --profiles N] [--pairs 5] [--json] [--costs]` runs a benchmark; without a name it lists them. A missed target is
 * printed (`holds: false`) and ends with 0: a benchmark measures, it doesn't judge.
 */
import { parseArgs } from 'node:util';
import { decide } from './decide.ts';
import { dispatch } from './dispatch.ts';
import type { Benchmark } from './harness.ts';
import { idle } from './idle.ts';
import { importFiles } from './import.ts';
import { ingest } from './ingest.ts';
import { lanes } from './lanes.ts';
import { latency } from './latency.ts';
import { ledger } from './ledger.ts';
import { plan } from './plan.ts';
import { scale } from './scale.ts';
import { segments } from './segments.ts';
import { asJson, asTable } from './table.ts';
import { validate } from './validate.ts';

const benchmarks: readonly Benchmark[] = [
  lanes,
  latency,
  scale,
  idle,
  validate,
  segments,
  ledger,
  plan,
  ingest,
  importFiles,
  dispatch,
  decide,
];
const defaultPairs = 5;

const usage = 'npm run bench -- NAME [--size N | --profiles N] [--pairs N] [--json] [--costs]';

function list(): string {
  const lines = benchmarks.map(
    ({ name, title, defaultSize, sizeUnit }) => `  ${name.padEnd(9)}${title} (--size ${defaultSize} ${sizeUnit})`,
  );
  return `Benchmarks:\n${lines.join('\n')}\n\n${usage}\n`;
}

function count(option: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${option} is a whole number from 1, not ${text}`);
  return value;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      size: { type: 'string' },
      // What the size of `segments` counts, by its name.
      profiles: { type: 'string' },
      pairs: { type: 'string' },
      json: { type: 'boolean', default: false },
      costs: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [name] = positionals;
  if (name === undefined || values.help) {
    process.stdout.write(list());
    return;
  }
  const bench = benchmarks.find((one) => one.name === name);
  if (bench === undefined) {
    process.stderr.write(`There is no benchmark ${name}.\n\n${list()}`);
    process.exitCode = 1;
    return;
  }
  const rows = await bench.run({
    size: count('size', values.profiles ?? values.size, bench.defaultSize),
    pairs: count('pairs', values.pairs, defaultPairs),
    costs: values.costs,
    note: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(values.json ? asJson(bench, rows) : asTable(rows));
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
