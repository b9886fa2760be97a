// The past: marked as such, kept while following links, and honest about where it begins.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Site, assertFits, follow, heading, visit } from './harness.mjs';
import { journey } from './journey.mjs';

let site;
before(async () => {
  site = await Site.start();
});
after(async () => {
  await site?.stop();
});

const DATE = '2020-03-01';
const banner = (page) => page.getByRole('region', { name: 'You are looking at the past' });
const squares = (page) => page.locator('.matrix a.sq');

journey('the past is marked, and stays while links are followed', () => site, async ({ page }) => {
  await visit(page, '/');
  assert.equal(await banner(page).count(), 0, 'the present is not the past');
  const now = await squares(page).count();

  await visit(page, `/?as-of=${DATE}`);
  await assertFits(page);
  assert.match(await banner(page).innerText(), /the past: 1 March 2020/);
  const then = await squares(page).count();
  assert.ok(then > 0 && then < now, `${then} activities then, ${now} now`);

  // Every link to a page of the strategy stays in the past, but for the way out of it and the desk.
  const links = await page.locator('a[href^="/"]').evaluateAll((all) =>
    all.filter((link) => !link.closest('.past') && link.getAttribute('href') !== '/sign-in').map((link) => link.getAttribute('href')));
  const lost = links.filter((href) => !new URL(href, 'http://x').searchParams.get('as-of'));
  assert.ok(links.length > 30, `${links.length} links`);
  assert.deepEqual([...new Set(lost)], [], 'links that lose the date');

  await follow(page, page.locator('main a[href^="/themes/"]').first());
  assert.equal(new URL(page.url()).searchParams.get('as-of'), DATE);
  assert.ok(await banner(page).isVisible());
  await follow(page, page.locator('main a[href^="/activities/"]').first());
  assert.equal(new URL(page.url()).searchParams.get('as-of'), DATE);
  assert.ok(await banner(page).isVisible());
  const title = await heading(page);
  await assertFits(page);

  await follow(page, banner(page).getByRole('link'));
  assert.equal(new URL(page.url()).search, '', 'the way back leads to the present');
  assert.equal(await banner(page).count(), 0);
  assert.equal(await heading(page), title);
});

journey('a search in the past stays there', () => site, async ({ page }) => {
  await visit(page, `/search?q=broadband&as-of=${DATE}`);
  assert.ok(await banner(page).isVisible());
  const found = page.locator('main a[href^="/activities/"]');
  assert.ok((await found.count()) > 0, 'something is found');
  await follow(page, found.first());
  assert.equal(new URL(page.url()).searchParams.get('as-of'), DATE);
});

journey('a date before the first says so', () => site, async ({ page }) => {
  await visit(page, '/?as-of=1900-01-01', 404);
  assert.match(await heading(page), /^Nothing is recorded before \d+ \w+ \d{4}$/);
  await assertFits(page);
  const first = page.locator('main').getByRole('link', { name: 'See the first date' });
  await follow(page, first);
  assert.ok(await banner(page).isVisible());
});

journey('a date that is none is answered with an example', () => site, async ({ page }) => {
  await visit(page, '/?as-of=yesterday', 400);
  assert.match(await page.locator('main').innerText(), /Write it like 2020-03-01/);
});

journey('what the site said on a day', () => site, async ({ page }) => {
  await visit(page, '/?known-at=2019-01-01', 404);
  assert.match(await heading(page), /had said nothing by then/);
  const today = new Date().toISOString().slice(0, 10);
  await visit(page, `/?known-at=${today}`);
  assert.match(await banner(page).innerText(), /what this site said on/);
});

journey('a reconstructed edition is marked so', () => site, async ({ page }) => {
  await visit(page, '/?edition=r1');
  assert.match(await banner(page).innerText(), /reconstructed/i);
  await visit(page, '/editions');
  assert.match(await page.locator('main').innerText(), /reconstructed/i);
  await assertFits(page);
});

test('an activity that came later is not there yet', async () => {
  const later = '/activities/north-east-ai-growth-zone';
  await site.get(later);
  const before = await fetch(`${site.origin}${later}?as-of=${DATE}`);
  assert.equal(before.status, 404);
  const api = await fetch(`${site.origin}/api/v1${later}?as-of=${DATE}`);
  assert.equal(api.status, 404);
  assert.match(api.headers.get('content-type'), /^application\/problem\+json/);
});
