/** Asks a page in the browser what is wrong with it, and where its focus is. What is asked is in `in-page.js`, which knows the browser's own names. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const inPage = readFileSync(new URL('in-page.js', import.meta.url), 'utf8')
  .trim()
  .replace(/;$/, '');

/** Faults of the page as it stands; none is fine. */
export async function faultsOf(page: Page): Promise<readonly string[]> {
  return await page.evaluate<readonly string[]>(`${inPage}.faults()`);
}

export interface Focused {
  /** `checkbox allow marketing/email`. */
  readonly name: string;
  /** Whether an outline shows it. */
  readonly isSeen: boolean;
}

export async function focused(page: Page): Promise<Focused> {
  return await page.evaluate<Focused>(`${inPage}.focused()`);
}
