// Journeys: what a person does on the site, at a desk and on a small phone.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WIDTHS, closeBrowser, openWindow } from './harness.mjs';

const PICTURES = fileURLToPath(new URL('test-results', import.meta.url));

after(closeBrowser);

/**
 * A journey through the site: one test at each width, each in a fresh window. What no page may do
 * fails every journey; a failure tells the page, the server's log and where the picture is.
 */
export function journey(name, siteOf, body, { widths = WIDTHS, ...options } = {}) {
  for (const width of widths) {
    test(`${name}, ${width} px wide`, { timeout: 120_000 }, async (t) => {
      const site = siteOf();
      const { context, page, noticed } = await openWindow(site, { width, ...options });
      try {
        await body({ t, site, context, page, width });
        assert.deepEqual(noticed(), [], 'what no page may do');
      } catch (error) {
        fs.mkdirSync(PICTURES, { recursive: true });
        const picture = path.join(PICTURES, `${name.replace(/\W+/g, '-')}-${width}.png`);
        await page.screenshot({ path: picture }).catch(() => {});
        error.message += `\nat ${page.url()}, see ${picture}\n${site.log()}`;
        throw error;
      } finally {
        await context.close();
      }
    });
  }
}
