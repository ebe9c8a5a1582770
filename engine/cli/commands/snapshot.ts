/** `parcours snapshot`: counts that may be published, for pull requests that can't reach the store. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { readSnapshot } from '../../measure/snapshot/snapshot.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode } from '../context.ts';
import { snapshotView } from '../views/snapshot-view.ts';

interface SnapshotOptions {
  readonly out?: string;
}

export const snapshotCommand: DefineCommand = (run) =>
  newCommand('snapshot', 'Count who stands where, for pull requests: counts alone, small ones withheld.', [
    'parcours snapshot --out snapshot.json',
    'parcours report --base origin/main --snapshot snapshot.json',
    'parcours snapshot | jq .journeys      # without --out it goes to stdout',
  ])
    .option('--out <file>', 'where to write it (default: stdout)')
    .option('--json', 'print what was written where as JSON')
    .action((options: SnapshotOptions, command) =>
      run(command.optsWithGlobals(), (context) => snapshot(context, options)),
    );

async function snapshot(context: Context, { out }: SnapshotOptions): Promise<ExitCode> {
  const store = await context.openStore();
  const made = await store.withSession((session) => readSnapshot(session, context.clock.now()));
  const text = `${JSON.stringify(made, null, 2)}\n`;
  if (out === undefined) {
    context.output.write(text);
    return 0;
  }
  const file = resolve(context.cwd, out);
  await mkdir(dirname(file), { recursive: true });
  // Whoever reads it meanwhile finds the old one or the new one.
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
  const { segments, journeys, cellMin } = made;
  context.show(snapshotView, { file: out, segments: segments.length, journeys: journeys.length, cellMin });
  return 0;
}
