/** Two texts as a unified diff, by Myers's shortest edit script over lines. What the texts are is not known here. */

const contextLines = 3;
/** Beyond so many differing lines the edit script takes too long; then all old lines go and all new ones come. */
const editsMax = 1_000;

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

/** The hunks with three lines around each change, without head; empty for equal texts. */
export function unifiedDiff(before: string, after: string): string {
  const edits = editScript(linesOf(before), linesOf(after));
  const isNear = edits.map((_, at) =>
    edits.slice(Math.max(0, at - contextLines), at + contextLines + 1).some(({ sign }) => sign !== ' '),
  );
  let [oldLine, newLine] = [1, 1];
  let out = '';
  for (let at = 0; at < edits.length; ) {
    let end = at;
    while (end < edits.length && isNear[end] === isNear[at]) end += 1;
    const part = edits.slice(at, end);
    const olds = part.filter(({ sign }) => sign !== '+').length;
    const news = part.filter(({ sign }) => sign !== '-').length;
    if (isNear[at]) {
      out += `@@ -${oldLine},${olds} +${newLine},${news} @@\n${part.map(({ sign, line }) => `${sign}${line}\n`).join('')}`;
    }
    oldLine += olds;
    newLine += news;
    at = end;
  }
  return out;
}

/** All lines, each behind its sign (` `, `-`, `+`); ends with a newline. */
export function markedLines(before: string, after: string): string {
  return editScript(linesOf(before), linesOf(after))
    .map(({ sign, line }) => `${sign} ${line}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n');
}

function editScript(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let [a, b] = [before.length, after.length];
  while (a > start && b > start && before[a - 1] === after[b - 1]) [a, b] = [a - 1, b - 1];
  const same = (lines: readonly string[]) => lines.map((line): Edit => ({ sign: ' ', line }));
  return [
    ...same(before.slice(0, start)),
    ...middle(before.slice(start, a), after.slice(start, b)),
    ...same(before.slice(a)),
  ];
}

function middle(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const trace = shortestTrace(before, after);
  if (trace === null) {
    return [...before.map((line): Edit => ({ sign: '-', line })), ...after.map((line): Edit => ({ sign: '+', line }))];
  }
  const edits: Edit[] = [];
  let [x, y] = [before.length, after.length];
  for (let depth = trace.length - 1; depth >= 0; depth -= 1) {
    const reach = trace[depth]!;
    const k = x - y;
    const isDown = k === -depth || (k !== depth && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
    const fromX = depth === 0 ? 0 : (reach.get(isDown ? k + 1 : k - 1) ?? 0);
    const fromY = depth === 0 ? 0 : fromX - (isDown ? k + 1 : k - 1);
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      edits.push({ sign: ' ', line: before[x]! });
    }
    if (depth > 0) edits.push(isDown ? { sign: '+', line: after[fromY]! } : { sign: '-', line: before[fromX]! });
    [x, y] = [fromX, fromY];
  }
  return edits.reverse();
}

/** For each number of edits, how far each diagonal reached before it; null beyond the limit. */
function shortestTrace(before: readonly string[], after: readonly string[]): readonly Map<number, number>[] | null {
  const trace: Map<number, number>[] = [];
  const reach = new Map<number, number>([[1, 0]]);
  for (let depth = 0; depth <= editsMax; depth += 1) {
    trace.push(new Map(reach));
    for (let k = -depth; k <= depth; k += 2) {
      const isDown = k === -depth || (k !== depth && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
      let x = isDown ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x += 1;
      reach.set(k, x);
      if (x >= before.length && x - k >= after.length) return trace;
    }
  }
  return null;
}
