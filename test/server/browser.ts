/**
 * Chromium for tests of pages: Debian's package, or what `CHROMIUM` names. A machine without one skips what it would show and says so on
 * stderr; with `PARCOURS_REQUIRE_BROWSER=1` its absence is an error.
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Null: there is none here. */
export async function openBrowser(): Promise<Browser | null> {
  const path = [process.env.CHROMIUM, ...places].find((one) => one !== undefined && existsSync(one));
  if (path === undefined) {
    if (process.env.PARCOURS_REQUIRE_BROWSER === '1') {
      throw new Error('There is no Chromium, and PARCOURS_REQUIRE_BROWSER=1 demands it. Install it, or set CHROMIUM.');
    }
    process.stderr.write('No Chromium here: pages are not looked at. Set CHROMIUM to look.\n');
    return null;
  }
  // Containers give little shared memory, and root no sandbox.
  return await chromium.launch({
    executablePath: path,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    timeout: 60_000,
  });
}
