// The pipeline: filters whose state is in the address, as a list, a timeline and a board.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Site, assertFits, follow, heading, visit } from './harness.mjs';
import { journey } from './journey.mjs';

let site;
let activities;
before(async () => {
  site = await Site.start();
  activities = [];
  for (let where = '/api/v1/activities?limit=50'; where; ) {
    const response = await site.get(where);
    activities.push(...(await response.json()).items);
    where = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  }
});
after(async () => {
  await site?.stop();
});

/** The activities that a page of the pipeline shows, by their slugs. */
async function shown(page) {
  const hrefs = await page
    .locator('main a[href^="/activities/"]:not([href$=".csv"])')
    .evaluateAll((links) => links.map((link) => new URL(link.href).pathname));
  return new Set(hrefs.map((href) => href.split('/')[2]));
}

/** The slugs of the activities of a theme at a stage, as the API tells them. */
function expected(theme, stage) {
  const fits = (activity) => activity.record.theme === theme && (!stage || activity.record.stage === stage);
  return new Set(activities.filter(fits).map((activity) => activity.slug));
}

const form = (page) => page.getByRole('form', { name: 'Filter the pipeline' });
const box = (page, name, value) => form(page).locator(`input[name=${name}][value=${value}]`);
const submit = (page) => follow(page, form(page).locator('button[type=submit]'));

/** Opens the filters where they are folded away. */
async function unfold(page) {
  const field = form(page).locator('[name=theme]').first();
  if (!(await field.isVisible())) await form(page).locator('summary').click();
  assert.ok(await field.isVisible(), 'the filters can be reached');
}

async function filters({ page }) {
  await visit(page, '/pipeline');
  await assertFits(page);
  const all = await shown(page);
  assert.ok(all.size > 30, `${all.size} activities`);

  await unfold(page);
  await box(page, 'theme', 'workforce').check();
  await box(page, 'stage', 'completed').check();
  await submit(page);
  const url = new URL(page.url());
  assert.equal(url.pathname, '/pipeline');
  assert.equal(url.searchParams.get('theme'), 'workforce');
  assert.equal(url.searchParams.get('stage'), 'completed');
  const some = expected('workforce', 'completed');
  assert.ok(some.size > 0 && some.size < all.size);
  assert.deepEqual(await shown(page), some, 'the filtered list');
  await assertFits(page);

  // The address is all there is to it: a fresh visit shows the same, filters and list.
  await visit(page, `${url.pathname}${url.search}`);
  assert.deepEqual(await shown(page), some, 'the same list from the address');
  await unfold(page);
  assert.ok(await box(page, 'theme', 'workforce').isChecked());
  assert.ok(await box(page, 'stage', 'completed').isChecked());

  await box(page, 'stage', 'completed').uncheck();
  await submit(page);
  const more = await shown(page);
  for (const slug of some) assert.ok(more.has(slug), `${slug} is still there`);
  assert.ok(more.size > some.size, 'one filter less shows more');

  const chips = page.getByRole('list', { name: 'Filters in use' }).getByRole('link');
  assert.equal(await chips.count(), 1);
  await follow(page, chips.first());
  assert.equal(new URL(page.url()).search, '', 'the last filter is taken off by its chip');
  assert.deepEqual(await shown(page), all);
}

journey('the pipeline is filtered, and the address keeps it', () => site, filters);
journey(
  'without JavaScript, the pipeline is filtered, and the address keeps it',
  () => site,
  filters,
  { javaScriptEnabled: false },
);

for (const view of ['timeline', 'board']) {
  journey(`the pipeline as a ${view} keeps the filter`, () => site, async ({ page }) => {
    await visit(page, '/pipeline?theme=data');
    const link = page.locator(`main a[href*="view=${view}"]`).first();
    await follow(page, link);
    const url = new URL(page.url());
    assert.equal(url.searchParams.get('view'), view);
    assert.equal(url.searchParams.get('theme'), 'data', 'the filter stays');
    assert.deepEqual(await shown(page), expected('data'), 'the same activities');
    assert.match(await heading(page), /[Pp]ipeline|activit/);
    await assertFits(page);
    if (view === 'board') {
      const text = await page.locator('main').innerText();
      for (const stage of ['Delivering', 'Completed']) assert.ok(text.includes(stage), stage);
    } else {
      assert.ok((await page.locator('main svg, main .timeline').count()) > 0, 'a picture');
    }
  });
}

journey('free text finds, and an empty list says so', () => site, async ({ page }) => {
  await visit(page, '/pipeline?q=CyberNorth');
  assert.ok((await shown(page)).has('cybernorth-cluster'));
  await visit(page, '/pipeline?q=zzzzqqqq');
  assert.equal((await shown(page)).size, 0);
  assert.match(await page.locator('main').innerText(), /[Nn]o(thing| activit)/);
  await assertFits(page);
});

journey('every square of the home page leads to its activity', () => site, async ({ page }) => {
  await visit(page, '/');
  const squares = page.locator('.matrix a.sq');
  assert.equal(await squares.count(), activities.length);
  const title = (await squares.first().textContent()).trim();
  await follow(page, squares.first());
  assert.equal(await heading(page), title);
  await page.goBack();
  const cell = page.locator('.matrix a.matrix__n').first();
  const count = Number(/^\d+/.exec(await cell.textContent())[0]);
  await follow(page, cell);
  assert.equal((await shown(page)).size, count, 'a number leads to as many activities');
}, { widths: [1280] });

test('filters of every kind narrow the list', async () => {
  const count = async (query) => {
    const text = await site.text(`/pipeline?${query}`);
    return new Set(text.match(/href="\/activities\/[a-z0-9.-]+"/g) ?? []).size;
  };
  const all = await count('');
  for (const query of ['area=sunderland', 'organisation=dynamo-north-east', 'q=5G']) {
    const some = await count(query);
    assert.ok(some > 0 && some < all, `${query} shows ${some} of ${all}`);
  }
  assert.equal(await count('confidence=red'), 0, 'no source gives a confidence');
});
