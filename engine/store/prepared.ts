/**
 * One execution of a prepared statement on the driver's connection. The driver asks the server for the columns each time and builds a parser
 * for each; measured, that was a sixth of what a small statement costs in Node. Here they are asked for once a statement, and read from
 * then on. Texts, names and turns live in `session.ts`.
 */
import assert from 'node:assert';
import pg from 'pg';
import type { ParameterTypes } from './array-parameters.ts';
import type { BindMessage } from './bind-message.ts';
import { type ColumnParser, parserOf } from './column-parsers.ts';

/** What a statement's rows consist of, once the server has said it. */
export interface Columns {
  read(fields: readonly (string | null)[]): unknown;
}

interface Column {
  readonly name: string;
  readonly parse: ColumnParser;
}

/**
 * Reads a row. Its source is written for the statement, as an object of its columns: made by a loop over their names, a row takes five times as
 * long, which was 7 % of what Node does for a batch. The names are those of our statements, and quoted.
 */
function columnsOf(columns: readonly Column[]): Columns {
  const fields = columns.map(({ name }, i) => {
    assert(name !== '__proto__', 'no column sets what a row inherits');
    return `${JSON.stringify(name)}: fields[${i}] === null ? null : parse${i}(fields[${i}])`;
  });
  const parameters = columns.map((_, i) => `parse${i}`);
  const made = new Function(...parameters, `return (fields) => ({ ${fields.join(', ')} })`);
  return { read: made(...columns.map(({ parse }) => parse)) };
}

const noColumns = columnsOf([]);

export interface Execution {
  /** The statement's name on the connection. */
  readonly name: string;
  readonly text: string;
  /** The values, written for that name. */
  readonly message: BindMessage;
  readonly types: ParameterTypes;
  /** By the statement's name; this execution adds its own. */
  readonly known: Map<string, Columns>;
}

type Done = (error: unknown, rows: readonly unknown[]) => void;

/** What we use of the driver's connection. */
interface Wire {
  readonly stream: { write(bytes: Uint8Array): void };
  readonly parsedStatements: Record<string, string>;
  readonly submittedNamedStatements: Record<string, string>;
  parse(statement: { readonly name: string; readonly text: string; readonly types: readonly number[] }): void;
  describe(what: { readonly type: 'P'; readonly name: '' }): void;
}

/** A query for `client.query`, which hands it what the server answers. */
class Prepared {
  readonly name: string;
  readonly text: string;
  private readonly message: BindMessage;
  private readonly types: ParameterTypes;
  private readonly known: Map<string, Columns>;
  private columns: Columns | undefined;
  private readonly found: unknown[] = [];
  private fault: unknown = null;
  /** The driver replaces it where it gives up waiting. */
  callback: Done;

  constructor({ name, text, message, types, known }: Execution, done: Done) {
    this.name = name;
    this.text = text;
    this.message = message;
    this.types = types;
    this.known = known;
    this.callback = done;
  }

  submit(wire: Wire): null {
    const { name, text, types } = this;
    const { bytes, executeAt } = this.message;
    if (wire.parsedStatements[name] === undefined && wire.submittedNamedStatements[name] === undefined) {
      // What isn't said (0) the server works out.
      wire.parse({ name, text, types: Array.from(types, (type) => type?.arrayOid ?? 0) });
      wire.submittedNamedStatements[name] = text;
    }
    this.columns = this.known.get(name);
    if (this.columns !== undefined) wire.stream.write(bytes);
    else {
      wire.stream.write(bytes.subarray(0, executeAt));
      wire.describe({ type: 'P', name: '' });
      wire.stream.write(bytes.subarray(executeAt));
    }
    return null;
  }

  handleRowDescription({
    fields,
  }: {
    readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  }) {
    this.columns = columnsOf(fields.map((field) => ({ name: field.name, parse: parserOf(field.dataTypeID) })));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }) {
    if (this.fault !== null) return;
    try {
      this.found.push((this.columns as Columns).read(fields));
    } catch (error) {
      this.fault = error;
    }
  }

  handleCommandComplete() {
    // A statement without rows has no columns, and needn't be asked again.
    this.known.set(this.name, this.columns ?? noColumns);
  }

  handleEmptyQuery() {}

  handleError(error: unknown) {
    this.callback(this.fault ?? error, []);
  }

  handleReadyForQuery() {
    this.callback(this.fault, this.found);
  }
}

// The driver lets nothing but its own kind into a pipelined connection. Its constructor, which copies what it is given, isn't called.
Object.setPrototypeOf(Prepared.prototype, pg.Query.prototype);

/** Executes the statement: its rows, or the server's or the connection's error. */
export function execute<Row>(client: pg.Client, execution: Execution): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const done: Done = (error, rows) => (error ? reject(error) : resolve(rows as Row[]));
    client.query(new Prepared(execution, done) as unknown as pg.Query);
  });
}
