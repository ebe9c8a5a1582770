/** The entry of the program: gives the process's streams, environment and signals to `run-cli.ts`, and takes its exit code. */
import type { CliHost } from './context.ts';
import { runCli } from './run-cli.ts';
import { endQuietlyOnBrokenPipe, processOutput } from './views/output.ts';

endQuietlyOnBrokenPipe();

/** Only who asks for it ends gracefully; for all others the signals keep their ordinary meaning, and a second one always does. */
function stopSignal(): AbortSignal {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  return ending.signal;
}

const host: CliHost = {
  output: processOutput(process.env),
  env: process.env,
  cwd: process.cwd(),
  stopSignal,
};
process.exitCode = await runCli(process.argv.slice(2), host);
