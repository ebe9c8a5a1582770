/**
 * Where the CDNOW file is, its content as plain rows, and a generated stand-in of the same shape for clones without it. It reads the
 * file by itself, on purpose: the test's figures must not come through the product's reader.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chanceFrom } from '../../demo/chance.ts';

export interface Purchase {
  readonly customer: string;
  /** UTC midnight of the day, milliseconds since the epoch. */
  readonly at: number;
  readonly cents: number;
}

const dayMs = 86_400_000;
const customers = 2357;
const purchases = 6919;

/**
 * The file's path: `CDNOW_FILE`, else the shared folder beside the checkout. Where it is missing, a generated file is written to
 * `standIn` and said so on stderr; with `PARCOURS_REQUIRE_DATA=1` its absence is an error.
 */
export function cdnowFile(standIn: string): string {
  const path =
    process.env.CDNOW_FILE ?? fileURLToPath(new URL('../../../shared/data/cdnow-sample.txt', import.meta.url));
  if (existsSync(path)) return path;
  if (process.env.PARCOURS_REQUIRE_DATA === '1') {
    throw new Error(`The CDNOW file is not at ${path}, and PARCOURS_REQUIRE_DATA=1 demands it. Set CDNOW_FILE.`);
  }
  process.stderr.write(`The CDNOW file is not at ${path}: the test runs on generated purchases of the same shape.\n`);
  writeFileSync(standIn, generatedFile());
  return standIn;
}

/** The rows, read by a plain loop. */
export function readPurchases(path: string): readonly Purchase[] {
  const rows: Purchase[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [customer, , date, , amount] = line.trim().split(/\s+/);
    if (!customer || !date || !amount) continue;
    const at = Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8)));
    const [whole, fraction = ''] = amount.split('.');
    rows.push({ customer, at, cents: Number(whole) * 100 + Number(fraction.padEnd(2, '0')) });
  }
  return rows;
}

/** As many customers and purchases as the real file: first purchase in the first quarter of 1997, the rest until June 1998. */
function generatedFile(): string {
  const chance = chanceFrom(1997);
  const first = Date.UTC(1997, 0, 1);
  const days = Math.round((Date.UTC(1998, 5, 30) - first) / dayMs);
  const lines: { readonly customer: number; readonly day: number; readonly text: string }[] = [];
  for (let n = 0; n < purchases; n += 1) {
    // Everybody buys once; the rest falls mostly on a few good customers.
    const customer = n < customers ? n : Math.floor(customers * chance.unit() ** 3);
    const day = n < customers ? chance.between(0, 89) : Math.floor(90 + (days - 89) * chance.unit() ** 1.6);
    const cds = chance.between(1, 5);
    const date = new Date(first + day * dayMs).toISOString().slice(0, 10).replaceAll('-', '');
    const amount = ((cds * chance.between(1000, 1800)) / 100).toFixed(2).padStart(7);
    const ids = `${String(customer * 10 + 4).padStart(5, '0')} ${String(customer + 1).padStart(4, '0')}`;
    lines.push({ customer, day, text: ` ${ids} ${date} ${String(cds).padStart(2)} ${amount}\r\n` });
  }
  lines.sort((a, b) => a.customer - b.customer || a.day - b.day);
  return lines.map((line) => line.text).join('');
}
