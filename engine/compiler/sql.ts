/**
 * SQL as a value: text in parts and parameters between them. User text only ever enters by `param`, so it can't become SQL
 * text; what is written literally comes from this program. No statement of ours is kept here.
 */

/** A piece of SQL. `parts` has one element more than `params`. */
export interface Sql {
  readonly parts: readonly string[];
  readonly params: readonly unknown[];
}

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A parameter. Cast it in the template: `${param(x)}::text`. */
export function param(value: unknown): Sql {
  return { parts: ['', ''], params: [value] };
}

/** Template tag: interpolates only `Sql`. */
export function sql(strings: TemplateStringsArray, ...inner: readonly Sql[]): Sql {
  const parts: string[] = [strings[0] ?? ''];
  const params: unknown[] = [];
  inner.forEach((piece, i) => {
    parts[parts.length - 1] += piece.parts[0] ?? '';
    piece.params.forEach((value, j) => {
      params.push(value);
      parts.push(piece.parts[j + 1] ?? '');
    });
    parts[parts.length - 1] += strings[i + 1] ?? '';
  });
  return { parts, params };
}

/** Text of our own (an alias, a column); never user text. */
export function raw(text: string): Sql {
  return { parts: [text], params: [] };
}

/** Pieces with a separator between them. */
export function join(pieces: readonly Sql[], separator: string): Sql {
  return pieces.reduce((all, piece, i) => (i === 0 ? piece : sql`${all}${raw(separator)}${piece}`), raw(''));
}

/** The cast that follows a parameter. */
const castPattern = /^::[a-z]+(\[\])?/;

/** Numbers the parameters from `first`; equal values under the same cast share a number. */
export function render(piece: Sql, first = 1): Statement {
  const values: unknown[] = [];
  const seen = new Map<string, number>();
  let text = piece.parts[0] ?? '';
  piece.params.forEach((value, i) => {
    // The first cast gives the parameter its type: text read back from an interval is no longer what was written.
    const cast = castPattern.exec(piece.parts[i + 1] ?? '')?.[0];
    const key = JSON.stringify([value instanceof Date, typeof value, value, cast]);
    let at = seen.get(key);
    if (at === undefined) {
      at = values.push(value) - 1;
      seen.set(key, at);
    }
    text += `$${first + at}${piece.parts[i + 1] ?? ''}`;
  });
  return { text, values };
}
