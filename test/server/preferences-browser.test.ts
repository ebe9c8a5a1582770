/** The pages for people in a real browser: without JavaScript, by the keyboard, on a small screen. One browser for the file. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openBrowser } from './browser.ts';
import { faultsOf, focused } from './page-checks.ts';
import { type PreferenceShop, preferenceShop } from './preference-shop.ts';

let browser: Browser | null = null;
beforeAll(async () => {
  browser = await openBrowser();
}, 90_000);
afterAll(async () => {
  await browser?.close();
});

interface Sight {
  readonly shop: PreferenceShop;
  readonly page: Page;
  readonly base: string;
  /** What the browser complained of. */
  readonly complaints: readonly string[];
}

/** The shop's pages on a screen of that width; null where there is no browser. */
async function look(width: number): Promise<Sight | null> {
  if (browser === null) return null;
  const shop = await preferenceShop();
  await shop.s.person({ external_id: 'ana', consents: { 'newsletter/email': 'granted' } });
  const { port } = await shop.server.listen({ host: '127.0.0.1', port: 0 });
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width, height: 640 } });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('requestfailed', (request) => complaints.push(request.url()));
  return { shop, page, base: `http://127.0.0.1:${port}`, complaints };
}

/** Presses Tab until the name has the focus; what was on the way, each seen. */
async function tabTo(page: Page, name: string): Promise<readonly string[]> {
  const way: string[] = [];
  for (let i = 0; i < 40; i += 1) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    expect(at, 'the focus is seen').toMatchObject({ isSeen: true });
    way.push(at.name);
    if (at.name === name) return way;
  }
  throw new Error(`${name} is not reached: ${way.join(' | ')}`);
}

describe('in Chromium', { timeout: 120_000 }, () => {
  it('preferences are chosen by the keyboard alone, without JavaScript', async () => {
    const sight = await look(1024);
    if (sight === null) return;
    const { shop, page, base, complaints } = sight;
    await page.goto(base + (await shop.link('ana', 'preferences')));
    expect(await faultsOf(page)).toEqual([]);
    const way = await tabTo(page, 'checkbox allow marketing/email');
    expect(way).toEqual(['checkbox allow marketing/email']);
    await page.keyboard.press('Space');
    await tabTo(page, 'checkbox allow newsletter/email');
    // The radios are one stop, and arrows choose.
    await tabTo(page, 'radio frequency');
    await page.keyboard.press('ArrowDown');
    await tabTo(page, 'checkbox pause yes');
    await page.keyboard.press('Space');
    await tabTo(page, 'select-one language en');
    await page.keyboard.press('ArrowDown');
    await tabTo(page, 'submit Save');
    await page.keyboard.press('Enter');
    await page.waitForURL(/saved=yes/);
    expect(await page.getAttribute('html', 'lang')).toBe('es');
    expect(await page.textContent('[role=status]')).toBe('Tus preferencias se han guardado.');
    // Who reads by ear is led to what was said.
    expect((await focused(page)).name).toContain('Tus preferencias se han guardado.');
    expect(await faultsOf(page)).toEqual([]);
    expect(await page.isChecked('[value="marketing/email"][type=checkbox]')).toBe(false);
    expect(await page.isChecked('[name=pause]')).toBe(true);
    expect(await page.isChecked('[name=frequency][value=weekly]')).toBe(true);
    await shop.s.settle();
    const told = (await shop.consents('ana')).map(({ line }) => line);
    expect(told).toEqual(['newsletter email granted', 'marketing email denied', 'newsletter email confirmed']);
    expect(complaints).toEqual([]);
  });

  it('unsubscribing takes one press on a screen of 320 pixels, and leads on', async () => {
    const sight = await look(320);
    if (sight === null) return;
    const { shop, page, base, complaints } = sight;
    await page.goto(base + (await shop.link('ana', 'unsubscribe', { purpose: 'marketing' })));
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Unsubscribe' }).click();
    await page.getByRole('status').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('link', { name: 'Choose what you receive' }).click();
    await page.getByRole('heading', { name: 'Your preferences' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    expect(await page.getByRole('group', { name: 'Ideas & <offers>' }).getByLabel('Email').isChecked()).toBe(false);
    await page.getByRole('button', { name: 'Unsubscribe from everything' }).click();
    await page.waitForURL(/saved=yes/);
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0);
    await page.goto(base + (await shop.link('ana', 'confirm', { purpose: 'newsletter' })));
    expect(await page.getByRole('status').textContent()).toContain('nothing to confirm');
    const bad = await page.goto(`${base}/preferences/x`);
    expect([bad?.status(), await faultsOf(page)]).toEqual([404, []]);
    expect(complaints.filter((one) => !one.includes('404'))).toEqual([]);
  });
});
