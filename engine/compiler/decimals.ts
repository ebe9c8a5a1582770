/**
 * Numbers and money from decimal text, exactly: no amount ever passes through binary fractions. Currencies and their number
 * of decimals come from `Intl`, so there is no table of ours to grow old.
 */
import type { Money } from './ir.ts';

const decimalPattern = /^([+-]?)(\d+)(?:\.(\d+))?$/;
const numberPattern = /^[+-]?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d{1,3})?$/;

/** An integer within what a double holds exactly, or null. `12.0` is no integer: it is spelled as a fraction. */
export function parseInteger(text: string): number | null {
  if (!/^[+-]?\d+$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value + 0 : null;
}

/** A finite decimal number, or null. */
export function parseNumber(text: string): number | null {
  if (!numberPattern.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value + 0 : null;
}

/** `text` times ten to the power of `digits`, from its digits alone; null when that is no safe integer. */
export function scaleDecimal(text: string, digits: number): number | null {
  const match = decimalPattern.exec(text);
  if (match === null) return null;
  const fraction = match[3] ?? '';
  if (/[^0]/.test(fraction.slice(digits))) return null;
  const scaled = Number(`${match[2]}${fraction.slice(0, digits).padEnd(digits, '0')}`);
  if (!Number.isSafeInteger(scaled)) return null;
  return match[1] === '-' && scaled !== 0 ? -scaled : scaled;
}

const currencies = new Set(Intl.supportedValuesOf('currency'));
const minorDigits = new Map<string, number>();

/** Whether the text is a currency code of ISO 4217, in capitals. */
export function isCurrency(text: string): boolean {
  return currencies.has(text);
}

/** How many decimals the currency's amounts have: EUR 2, JPY 0, TND 3. The currency must be known. */
export function currencyDigits(currency: string): number {
  let digits = minorDigits.get(currency);
  if (digits === undefined) {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    minorDigits.set(currency, digits);
  }
  return digits;
}

/** An amount in major units (`12.50`) as integers of the minor unit; null when it isn't one or has too many decimals. */
export function parseAmount(text: string, currency: string): Money | null {
  if (!isCurrency(currency)) return null;
  const amount = scaleDecimal(text, currencyDigits(currency));
  return amount === null ? null : { amount, currency };
}

/** `80 EUR`, `12.50 USD`; null for anything else. */
export function parseMoney(text: string): Money | null {
  const match = /^(\S+) +([A-Z]{3})$/.exec(text);
  return match === null ? null : parseAmount(match[1] as string, match[2] as string);
}

/** `80 EUR` back from its stored form. */
export function formatMoney({ amount, currency }: Money): string {
  const digits = currencyDigits(currency);
  const text = String(Math.abs(amount)).padStart(digits + 1, '0');
  const major = text.slice(0, text.length - digits);
  const minor = text.slice(text.length - digits);
  const fraction = /[^0]/.test(minor) ? `.${minor}` : '';
  return `${amount < 0 ? '-' : ''}${major}${fraction} ${currency}`;
}
