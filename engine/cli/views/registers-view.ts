/** Registers for people and programs: how many numbers and how old, never whose. */
import type { RegisterSummary } from '../../profiles/registers/import-register.ts';
import type { RegisterRow } from '../../profiles/registers/queries.ts';
import { counted, formatCount, formatTime, table } from './style.ts';
import type { View } from './view.ts';

export interface NamedRegister {
  readonly register: string;
  readonly countries: readonly string[];
  /** Null: it was never imported, so nobody of its countries is called. */
  readonly list: RegisterRow | null;
  /** The list is older than a month: most issuers ask for a newer one by then. */
  readonly isOld: boolean;
}

export const registersView: View<readonly NamedRegister[]> = {
  human: (registers) => {
    if (registers.length === 0) return 'No country names a register.\n';
    const rows = registers.map(({ register, countries, list }) => [
      ...[register, countries.join(', ') || '(none)', list === null ? null : formatCount(list.entries)],
      ...[
        list === null ? 'never imported' : formatTime(list.as_of),
        list === null ? null : formatTime(list.imported_at),
      ],
    ]);
    const never = registers.filter(({ list, countries }) => list === null && countries.length > 0);
    const warning = never.map(
      ({ register }) =>
        `Nobody is called or written to by number where ${register} counts, until it is imported: parcours registers import ${register} FILE\n`,
    );
    const old = registers
      .filter(({ isOld }) => isOld)
      .map(({ register }) => `The list of ${register} is older than a month.\n`);
    return `${table(['register', 'countries', 'numbers', 'as of', 'imported'], rows, { align: 'llrll', indent: '' })}${warning.join('')}${old.join('')}`;
  },
  json: (registers) => ({
    registers: registers.map(({ register, countries, list, isOld }) => ({
      ...{ register, countries, numbers: list?.entries ?? null, as_of: list?.as_of ?? null, old: isOld },
      imported_at: list?.imported_at ?? null,
    })),
  }),
};

export const registerImportView: View<RegisterSummary> = {
  human: ({ register, entries, lines, unread, unreadLines }) => {
    const head = `${register}: ${counted(entries, 'number')} from ${counted(lines, 'line')}. The list counts from now on.\n`;
    if (unread === 0) return head;
    const where = unreadLines.join(', ');
    return `${head}No number in ${counted(unread, 'line')}: ${where}${unread > unreadLines.length ? ', …' : ''}\n`;
  },
  json: ({ register, entries, lines, unread, unreadLines }) => ({
    register,
    numbers: entries,
    lines,
    unread,
    unread_lines: unreadLines,
  }),
};
