/**
 * Formulas of computed traits: `+ - * /`, parentheses, numbers and names of traits, parsed by hand so that a mistake is shown at
 * its column. And their type: a number, or money where exactly one factor is money. What names mean is told by the caller.
 */
import type { Formula } from './ir.ts';

/** A name in a formula, and where: offsets in UTF-16 units of the text. */
export interface FormulaName {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface FormulaFault {
  /** A full sentence. */
  readonly reason: string;
  readonly from: number;
  readonly to: number;
}

export type ParsedFormula =
  | { readonly formula: Formula; readonly names: readonly FormulaName[] }
  | { readonly fault: FormulaFault };

interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
  readonly from: number;
}

/** Deeper ones are mistakes, and would overflow the stack. */
const depthMax = 50;

class FormulaError extends Error {
  readonly fault: FormulaFault;
  constructor(reason: string, token: Token) {
    super(reason);
    this.fault = { reason, from: token.from, to: token.from + Math.max(1, token.text.length) };
  }
}

/** The formula of a text, or what is wrong with it. */
export function parseFormula(text: string): ParsedFormula {
  try {
    const reader = new FormulaReader(tokensOf(text));
    return { formula: reader.readAll(), names: reader.names };
  } catch (error) {
    if (error instanceof FormulaError) return { fault: error.fault };
    throw error;
  }
}

const tokenPattern = /\s*(?:(\d+(?:\.\d+)?)|([a-z][a-z0-9]*(?:_[a-z0-9]+)*)|([-+*/()]))/y;

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (text.slice(at).trim() !== '') {
    tokenPattern.lastIndex = at;
    const match = tokenPattern.exec(text);
    if (match === null) {
      const from = at + text.slice(at).search(/\S/);
      const found = String.fromCodePoint(text.codePointAt(from) as number);
      const reason = `\`${found}\` has no meaning in a formula, which holds numbers, traits, \`+ - * /\` and parentheses.`;
      throw new FormulaError(reason, { kind: 'sign', text: found, from });
    }
    const piece = (match[1] ?? match[2] ?? match[3]) as string;
    at = tokenPattern.lastIndex;
    const kind = match[1] !== undefined ? 'number' : match[2] !== undefined ? 'name' : 'sign';
    tokens.push({ kind, text: piece, from: at - piece.length });
  }
  tokens.push({ kind: 'end', text: '', from: Math.max(0, text.trimEnd().length - 1) });
  return tokens;
}

class FormulaReader {
  readonly names: FormulaName[] = [];
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  readAll(): Formula {
    const formula = this.#sum(0);
    const rest = this.#next();
    if (rest.kind === 'end') return formula;
    const reason =
      rest.text === ')'
        ? 'This parenthesis was never opened.'
        : `An operator is missing before \`${rest.text}\`: write \`+\`, \`-\`, \`*\` or \`/\`.`;
    throw new FormulaError(reason, rest);
  }

  #next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #take(): Token {
    const token = this.#next();
    if (token.kind !== 'end') this.#at += 1;
    return token;
  }

  #sum(depth: number): Formula {
    let left = this.#product(depth);
    for (let sign = this.#next().text; sign === '+' || sign === '-'; sign = this.#next().text) {
      this.#take();
      left = { kind: sign, left, right: this.#product(depth) };
    }
    return left;
  }

  #product(depth: number): Formula {
    let left = this.#operand(depth);
    for (let sign = this.#next().text; sign === '*' || sign === '/'; sign = this.#next().text) {
      this.#take();
      const token = this.#next();
      const right = this.#operand(depth);
      if (sign === '/' && right.kind === 'number' && right.value === 0) {
        throw new FormulaError('Nothing can be divided by zero.', token);
      }
      left = { kind: sign, left, right };
    }
    return left;
  }

  #operand(depth: number): Formula {
    const token = this.#take();
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.kind === 'name') {
      this.names.push({ name: token.text, from: token.from, to: token.from + token.text.length });
      return { kind: 'trait', trait: token.text };
    }
    if (token.text === '-' && this.#next().kind === 'number') {
      return { kind: 'number', value: -Number(this.#take().text) + 0 };
    }
    if (token.text === '(') return this.#group(token, depth + 1);
    const found = token.kind === 'end' ? 'the formula ends' : `\`${token.text}\` stands`;
    throw new FormulaError(`A number or a trait is expected here, and ${found}.`, token);
  }

  #group(open: Token, depth: number): Formula {
    if (depth > depthMax) throw new FormulaError(`Parentheses are more than ${depthMax} deep here.`, open);
    const inner = this.#sum(depth);
    const close = this.#take();
    if (close.text === ')') return inner;
    if (close.kind === 'end') throw new FormulaError('This parenthesis is never closed.', open);
    throw new FormulaError(`An operator or \`)\` is expected before \`${close.text}\`.`, close);
  }
}

export type FormulaType = 'number' | 'money';

/** The type of a formula by that of its traits, or in words why it has none. */
export function typeOfFormula(
  formula: Formula,
  typeOf: (trait: string) => FormulaType,
): FormulaType | { readonly reason: string } {
  if (formula.kind === 'number') return 'number';
  if (formula.kind === 'trait') return typeOf(formula.trait);
  const left = typeOfFormula(formula.left, typeOf);
  const right = typeOfFormula(formula.right, typeOf);
  if (typeof left === 'object') return left;
  if (typeof right === 'object') return right;
  switch (formula.kind) {
    case '+':
    case '-':
      if (left === right) return left;
      return { reason: `\`${formula.kind}\` stands between money and a bare number, which have no common unit` };
    case '*':
      if (left === 'money' && right === 'money') return { reason: 'money is multiplied by money, which is no amount' };
      return left === 'money' ? left : right;
    case '/':
      if (right === 'money' && left === 'number') return { reason: 'a number is divided by money, which is no amount' };
      return right === 'money' ? 'number' : left;
  }
}
