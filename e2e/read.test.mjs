// A resident reads: with a mouse or a thumb, with the keyboard alone, without JavaScript, on paper.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Site, WIDTHS, assertFits, follow, heading, openWindow, visit } from './harness.mjs';
import { journey } from './journey.mjs';

let site;
before(async () => {
  site = await Site.start();
});
after(async () => {
  await site?.stop();
});

const ACTIVITY = { slug: 'cybernorth-cluster', title: 'CyberNorth cyber security cluster' };

async function readToTheSources({ page }) {
  await visit(page, '/');
  await follow(page, page.locator('main').getByRole('link', { name: 'Workforce' }).first());
  assert.equal(new URL(page.url()).pathname, '/themes/workforce');
  assert.equal(await heading(page), 'Workforce');
  assert.match(await page.title(), /^Workforce/);
  await assertFits(page);

  const activities = page.locator('main a[href^="/activities/"]');
  const first = activities.first();
  const title = (await first.innerText()).trim();
  await follow(page, first);
  assert.match(new URL(page.url()).pathname, /^\/activities\/[a-z0-9-]+$/);
  assert.ok(title.includes(await heading(page)), `the link said “${title}”`);
  await assertFits(page);

  const sources = page.getByRole('region', { name: 'Sources' }).getByRole('link');
  assert.ok((await sources.count()) > 0, 'an activity names its sources');
  assert.match(await sources.first().getAttribute('href'), /^https?:\/\//);
  assert.ok(await sources.first().isVisible());
  const trail = page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link');
  await follow(page, trail.first());
}

/** Searches from wherever the search field is at this width. */
async function search(page, words) {
  const inHead = page.locator('header input[name=q]');
  if (!(await inHead.isVisible())) {
    const main = page.getByRole('navigation', { name: 'Main' });
    await follow(page, main.getByRole('link', { name: 'Search' }));
  }
  const form = (await inHead.isVisible()) ? page.locator('header form') : page.locator('main form');
  await form.locator('input[name=q]').fill(words);
  await follow(page, form.getByRole('button', { name: 'Search' }));
}

async function searchFinds({ page }) {
  await visit(page, '/');
  await search(page, 'cyber security cluster');
  const url = new URL(page.url());
  assert.equal(url.pathname, '/search');
  assert.equal(url.searchParams.get('q'), 'cyber security cluster');
  await assertFits(page);
  const found = page.locator(`main a[href="/activities/${ACTIVITY.slug}"]`).first();
  await follow(page, found);
  assert.equal(await heading(page), ACTIVITY.title);

  await visit(page, '/search?q=zzzzqqqq');
  const nothing = await page.locator('main').innerText();
  assert.match(nothing, /no(thing| match| result)/i, 'a search without results says so');
  assert.equal(await page.locator('main a[href^="/activities/"]').count(), 0);
}

journey('a resident reads from the home page to the sources', () => site, readToTheSources);
journey('a resident finds an activity by searching', () => site, searchFinds);
journey(
  'without JavaScript, a resident reads from the home page to the sources',
  () => site,
  readToTheSources,
  { javaScriptEnabled: false },
);
journey(
  'without JavaScript, a resident finds an activity by searching',
  () => site,
  searchFinds,
  { javaScriptEnabled: false },
);

/** What has the focus, and whether a person can see that, once the page has scrolled to it. */
async function focused(page) {
  const inView = page.waitForFunction(
    () => {
      const box = document.activeElement.getBoundingClientRect();
      return box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight;
    },
    null,
    { timeout: 2_000 },
  );
  await inView.catch(() => {});
  return page.evaluate(() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    const here = { outline: style.outline, shadow: style.boxShadow, back: style.backgroundColor };
    element.blur();
    const rest = getComputedStyle(element);
    const changed = here.shadow !== rest.boxShadow || here.back !== rest.backgroundColor;
    element.focus();
    return {
      tag: element.tagName,
      id: element.id,
      href: element.getAttribute('href'),
      text: element.textContent.trim(),
      shows: outlined || changed,
      inView: box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight,
    };
  });
}

journey('a resident uses the keyboard alone', () => site, async ({ page }) => {
  await visit(page, '/');
  await page.keyboard.press('Tab');
  const skip = await focused(page);
  assert.equal(skip.href, '#main', 'the first stop is the skip link');
  assert.ok(skip.shows && skip.inView, `the skip link can be seen: ${JSON.stringify(skip)}`);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.id === 'main');

  // From there on: every stop can be seen, until the first theme's page is reached.
  const stops = new Set();
  let theme = null;
  for (let presses = 0; presses < 250 && !theme; presses += 1) {
    await page.keyboard.press('Tab');
    const stop = await focused(page);
    assert.notEqual(stop.tag, 'BODY', `the focus was lost after ${presses} stops`);
    assert.ok(stop.shows && stop.inView, `a stop cannot be seen: ${JSON.stringify(stop)}`);
    stops.add(stop.href);
    if (/^\/themes\/[a-z-]+$/.test(stop.href ?? '')) theme = stop;
  }
  assert.ok(theme, `no theme among ${stops.size} stops`);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.equal(new URL(page.url()).pathname, theme.href);
  assert.equal(await heading(page), theme.text);
});

for (const [where, words] of [
  ['/', 'pipeline'],
  ['/themes/workforce', 'Workforce'],
  [`/activities/${ACTIVITY.slug}`, ACTIVITY.title],
  ['/changes', 'What changed'],
]) {
  journey(`${where} prints`, () => site, async ({ page }) => {
    await visit(page, where);
    await page.emulateMedia({ media: 'print' });
    const main = page.locator('main');
    assert.ok(await page.locator('h1').isVisible(), 'the heading is printed');
    const text = await main.innerText();
    assert.ok(text.includes(words), `“${words}” is printed`);
    assert.ok(text.length > 500, `only ${text.length} characters are printed`);
    const hidden = await page.locator('nav[aria-label=Main]').isHidden();
    assert.ok(hidden, 'the navigation is of no use on paper');
    const pdf = await page.pdf({ format: 'A4' });
    assert.ok(pdf.length > 5_000, `the printed document has ${pdf.length} bytes`);
  }, { widths: [1280] });
}

test('the pages are the same with and without JavaScript', async () => {
  const texts = [];
  for (const javaScriptEnabled of [true, false]) {
    const { context, page } = await openWindow(site, { javaScriptEnabled, width: WIDTHS[0] });
    await visit(page, '/');
    texts.push(await page.locator('body').innerText());
    await context.close();
  }
  assert.equal(texts[0], texts[1]);
});
