// What the home page weighs on the wire, with its style and its font, as the browser counts it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Site, WIDTHS, closeBrowser, openWindow, sleep, visit } from './harness.mjs';

let site;
before(async () => {
  site = await Site.start();
});
after(async () => {
  await closeBrowser();
  await site?.stop();
});

const LIMIT = 100_000;

for (const width of WIDTHS) {
  test(`the home page weighs less than 100 KB, ${width} px wide`, async (t) => {
    const { context, page } = await openWindow(site, { width });
    const wire = await context.newCDPSession(page);
    const names = new Map();
    const parts = new Map();
    await wire.send('Network.enable');
    await wire.send('Network.setCacheDisabled', { cacheDisabled: true });
    wire.on('Network.requestWillBeSent', ({ requestId, request }) => {
      names.set(requestId, new URL(request.url).pathname);
    });
    wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      parts.set(names.get(requestId), encodedDataLength);
    });
    await visit(page, '/');
    await page.waitForLoadState('networkidle');
    await page.evaluate(() => document.fonts.ready.then(() => true));
    await sleep(200);
    await context.close();
    let total = 0;
    for (const [name, bytes] of parts) {
      t.diagnostic(`${String(bytes).padStart(7)} bytes ${name}`);
      total += bytes;
    }
    t.diagnostic(`${String(total).padStart(7)} bytes in all, of at most ${LIMIT}`);
    const has = (end) => [...parts.keys()].some((name) => name.endsWith(end));
    assert.ok(parts.has('/') && has('.css') && has('.woff2'), 'page, style and font are counted');
    assert.ok(total < LIMIT, `the home page weighs ${total} bytes`);
  });
}
