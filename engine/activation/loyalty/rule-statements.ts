/** Statements of a programme's rules, made when first needed and kept as long as the program. */
import type { Program } from '../../compiler/program.ts';
import type { Prepared } from '../../compiler/program-sql.ts';

const made = new WeakMap<Program, Map<string, Prepared>>();

/** `key` names the statement within the program. */
export function ruleStatement(program: Program, key: string, make: () => Prepared): Prepared {
  const known = made.get(program) ?? new Map<string, Prepared>();
  made.set(program, known);
  const statement = known.get(key) ?? make();
  known.set(key, statement);
  return statement;
}
