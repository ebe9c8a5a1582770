/** A failure for people (stderr) and for programs (stdout, so that `--json` always prints one value). */
import type { Output } from './output.ts';
import { styleOf } from './style.ts';
import type { Format } from './view.ts';

/** Why a command ended with exit code 1. */
export interface Failure {
  readonly code: string;
  /** What is wrong and what to do, in full sentences. */
  readonly message: string;
  /** Only with PARCOURS_DEBUG=1. */
  readonly stack: string | null;
}

/** Shows the failure. */
export function showFailure(output: Output, format: Format, failure: Failure): void {
  const { code, message, stack } = failure;
  if (format === 'json') {
    output.write(`${JSON.stringify({ error: { code, message, ...(stack === null ? {} : { stack }) } }, null, 2)}\n`);
    return;
  }
  output.note(`${styleOf(output).removed('error')}[${code}]: ${message}\n`);
  if (stack !== null) output.note(`${stack}\n`);
}
