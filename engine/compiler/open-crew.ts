/** The crew that reads and compiles a workspace. Loads neither the parser nor the compiler. */
import { type Crew, openCrew } from '../config/crew.ts';

/** For as many threads as are given, the calling one among them. `fromMs`: the work from which others take part; 0: from any. */
export function openCompilerCrew(threads: number, fromMs?: number): Crew {
  const isSource = import.meta.url.endsWith('.ts');
  const program = new URL(`./crew-thread.${isSource ? 'ts' : 'js'}`, import.meta.url);
  return openCrew(program, { others: threads - 1, ...(fromMs !== undefined && { fromMs }) });
}
