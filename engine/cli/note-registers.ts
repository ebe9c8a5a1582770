/** A word beside a plan where countries name registers that were never imported: until they are, nobody there is called or sent a text. */
import type { Bundle } from '../compiler/ir.ts';
import { readRegisters } from '../profiles/registers/queries.ts';
import type { Store } from '../store/store.ts';
import type { Context } from './context.ts';

export async function noteRegisters(context: Context, store: Store, bundle: Bundle): Promise<void> {
  const named = bundle.resources.flatMap((one) =>
    one.kind === 'country' ? one.body.registers.map((register) => ({ register, country: one.id })) : [],
  );
  if (named.length === 0) return;
  const imported = new Set((await store.withSession(readRegisters)).map(({ register }) => register));
  const missing = new Map<string, string[]>();
  for (const { register, country } of named) {
    if (!imported.has(register)) missing.set(register, [...(missing.get(register) ?? []), country]);
  }
  for (const [register, countries] of missing) {
    context.output.note(
      `Register ${register} was never imported, so nobody of ${countries.join(', ')} is called or sent a text: parcours registers import ${register} FILE\n`,
    );
  }
}
