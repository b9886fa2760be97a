// Takes the README's picture: the home page's first screens at a desk's width.
//
//     DFG=target/debug/dfg node screenshots.mjs

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, Site, closeBrowser, openWindow } from './harness.mjs';

const WIDTH = 1280;
const HEIGHT = 1400;
const LIMIT = 300_000;

const site = await Site.start();
const { context, page } = await openWindow(site, { width: WIDTH, reducedMotion: 'reduce' });
await page.setViewportSize({ width: WIDTH, height: HEIGHT });
await page.goto('/');
await page.evaluate(() => document.fonts.ready.then(() => true));
const picture = await page.screenshot({ clip: { x: 0, y: 0, width: WIDTH, height: HEIGHT } });
await context.close();
await closeBrowser();
await site.stop();
assert.ok(picture.length < LIMIT, `the picture has ${picture.length} bytes, of at most ${LIMIT}`);
const file = path.join(ROOT, 'docs/picture/home.png');
fs.mkdirSync(path.dirname(file), { recursive: true });
fs.writeFileSync(file, picture);
console.log(`${path.relative(ROOT, file)}: ${WIDTH} by ${HEIGHT} pixels, ${picture.length} bytes`);
