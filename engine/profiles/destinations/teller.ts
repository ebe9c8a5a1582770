/** What a way of delivering makes of people: rows of a table, or hashes of an audience. Who is told is decided in `deliver.ts`. */
import { hash } from 'node:crypto';
import type { OwnSession, Session } from '../../store/session.ts';
import { type Cell, type Column, cellsOf, type DeliveredPerson, readBy } from './columns.ts';
import type { Sink } from './sink.ts';

/** A person with what is to be told of him. */
export interface Telling<Said> {
  readonly lane: number;
  readonly id: number;
  readonly said: Said;
}

export interface TellingBatch<Said> {
  readonly puts: readonly Telling<Said>[];
  readonly gone: readonly { readonly lane: number; readonly id: number }[];
  /** Numbers of people who were erased. */
  readonly erased: readonly number[];
}

export interface Counts {
  readonly told: number;
  readonly removed: number;
  readonly unnamed: number;
}

/** Errors: `DeliveryError`, and those of the store. */
export interface Teller<Said> {
  /** What must be read of people. */
  readonly reads: { readonly identifiers: readonly string[]; readonly segments: readonly string[] };
  read(person: DeliveredPerson): Said;
  /** Of what is said: who is told the same again is not told. */
  digestOf(said: Said): string;
  /** Within the transaction that notes what was told. */
  tell(session: Session, batch: TellingBatch<Said>): Promise<Counts>;
  settle(): Promise<readonly number[]>;
  /** What is removed at the end is counted here. */
  finish(session: OwnSession): Promise<{ readonly artifacts: readonly string[]; readonly removed: number }>;
  close(): Promise<void>;
}

/** People as rows. */
export function rowsTeller(sink: Sink, columns: readonly Column[]): Teller<readonly Cell[]> {
  return {
    reads: readBy(columns),
    read: (person) => cellsOf(person, columns),
    digestOf: (cells) => hash('md5', JSON.stringify(cells), 'hex'),
    async tell(_session, { puts, gone, erased }) {
      const ids = [...gone.map(({ id }) => id), ...erased];
      await sink.tell([
        ...puts.map(({ id, said }) => ({ kind: 'put', id, cells: said }) as const),
        ...ids.map((id) => ({ kind: 'remove', id }) as const),
      ]);
      return { told: puts.length, removed: ids.length, unnamed: 0 };
    },
    settle: () => sink.settle(),
    finish: async () => ({ artifacts: await sink.finish(), removed: 0 }),
    close: () => sink.close(),
  };
}
