// What others take away: tables, feeds and the API.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Site, follow, heading, visit } from './harness.mjs';
import { journey } from './journey.mjs';

const ADDRESS = 'https://strategy.example';

let site;
before(async () => {
  site = await Site.start({ address: ADDRESS });
});
after(async () => {
  await site?.stop();
});

/** The rows of a table, as RFC 4180 writes them. */
function readCsv(text) {
  const rows = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    assert.ok(match, `not CSV at ${field.lastIndex}`);
    rows.at(-1).push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (match[3] !== ',' && field.lastIndex < text.length) rows.push([]);
  }
  return rows;
}

const TABLES = [
  'activities',
  'signals',
  'organisations',
  'relationships',
  'indicators',
  'observations',
  'decisions',
  'milestones',
  'objectives',
  'themes',
];

for (const table of TABLES) {
  test(`/${table}.csv is a table that no spreadsheet executes`, async () => {
    const response = await site.get(`/${table}.csv`);
    assert.match(response.headers.get('content-type'), /^text\/csv/);
    const rows = readCsv((await response.text()).replace(/^\uFEFF/, ''));
    assert.ok(rows.length > 2, `${rows.length} rows`);
    const [head, ...body] = rows;
    assert.ok(head.every(Boolean), 'every column has a name');
    for (const row of body) {
      assert.equal(row.length, head.length, `a row of ${row.length} under ${head.length}`);
      for (const cell of row) {
        const isNumber = /^-?\d+(\.\d+)?$/.test(cell);
        assert.ok(isNumber || !/^[=+\-@\t\r]/.test(cell), `a spreadsheet would execute “${cell}”`);
      }
    }
    const { total } = await (await site.get(`/api/v1/${table}?limit=1`)).json();
    assert.equal(body.length, total, 'the API counts the same');
  });
}

journey('a reader comes from the footer to data, API and feeds', () => site, async ({ page }) => {
  await visit(page, '/');
  const foot = page.getByRole('contentinfo');
  await follow(page, foot.getByRole('link', { name: 'Data and API' }));
  assert.match(await heading(page), /[Dd]ata/);
  const hrefs = await page
    .locator('main a[href^="/"]')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  const csv = hrefs.filter((href) => href.endsWith('.csv'));
  assert.ok(csv.length >= 5, `${csv.length} tables are offered`);
  for (const href of new Set(hrefs)) await (await site.get(href)).arrayBuffer();
  assert.ok(hrefs.some((href) => href.startsWith('/api/v1')), 'the API is offered');
  await visit(page, '/');
  await follow(page, foot.getByRole('link', { name: 'Follow changes' }));
  const feed = page.locator('main a[href="/feeds/changes.atom"]');
  assert.ok((await feed.count()) > 0, 'the feed is offered');
});

for (const feed of ['changes', 'decisions']) {
  journey(`the feed of ${feed} is Atom`, () => site, async ({ page }) => {
    const response = await site.get(`/feeds/${feed}.atom`);
    assert.match(response.headers.get('content-type'), /^application\/atom\+xml/);
    const text = await response.text();
    await visit(page, '/');
    const told = await page.evaluate((xml) => {
      const feed = new DOMParser().parseFromString(xml, 'application/xml');
      const all = (name) => [...feed.getElementsByTagNameNS('http://www.w3.org/2005/Atom', name)];
      return {
        fault: feed.querySelector('parsererror')?.textContent ?? null,
        root: feed.documentElement.localName,
        ids: all('entry').map((entry) => entry.getElementsByTagName('id')[0].textContent),
        updated: all('updated').map((time) => time.textContent),
        links: all('link').map((link) => link.getAttribute('href')),
      };
    }, text);
    assert.equal(told.fault, null);
    assert.equal(told.root, 'feed');
    assert.ok(told.ids.length > 0, 'it has entries');
    assert.equal(new Set(told.ids).size, told.ids.length, 'each has an id of its own');
    for (const time of told.updated) assert.ok(!Number.isNaN(Date.parse(time)), time);
    for (const link of told.links) {
      assert.ok(link.startsWith(`${ADDRESS}/`), `${link} is an address for readers elsewhere`);
      await (await site.get(link.slice(ADDRESS.length))).arrayBuffer();
    }
  }, { widths: [1280] });
}

test('every address of the API description answers', async (t) => {
  const description = await (await site.get('/api/v1/openapi.json')).json();
  assert.match(description.openapi, /^3\.1/);
  const paths = Object.keys(description.paths).filter((where) => !where.includes('{'));
  assert.ok(paths.length > 15, `${paths.length} paths`);
  t.diagnostic(`${paths.length} addresses without a slug are asked`);
  for (const where of paths) {
    const needed = description.paths[where].get.parameters?.some((each) => each.required);
    const response = await fetch(`${site.origin}${where}${needed ? '?from=r1&to=1' : ''}`);
    assert.equal(response.status, 200, where);
    assert.match(response.headers.get('content-type'), /^application\/(openapi\+)?json/, where);
    await response.json();
  }
});

test('a list is read page by page, each record once', async () => {
  const slugs = [];
  let total;
  for (let where = '/api/v1/signals?limit=7'; where; ) {
    const response = await site.get(where);
    const page = await response.json();
    assert.ok(page.items.length > 0 && page.items.length <= 7);
    total = page.total;
    slugs.push(...page.items.map((item) => item.slug));
    where = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  }
  assert.equal(slugs.length, total);
  assert.equal(new Set(slugs).size, total);
});

test('what has not changed is not sent again', async () => {
  for (const where of ['/', '/activities.csv', '/api/v1/activities', '/feeds/changes.atom']) {
    const first = await site.get(where);
    const etag = first.headers.get('etag');
    assert.ok(etag, `${where} has no ETag`);
    const again = await fetch(site.origin + where, { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304, where);
    assert.equal((await again.arrayBuffer()).byteLength, 0);
    const other = await fetch(site.origin + where, { headers: { 'if-none-match': '"other"' } });
    assert.equal(other.status, 200, where);
  }
});

test('a fault of the API is a problem that a program reads', async () => {
  for (const [where, status] of [
    ['/api/v1/activities/no-such', 404],
    ['/api/v1/no-such', 404],
    ['/api/v1/activities?limit=many', 400],
    ['/api/v1/activities?as-of=yesterday', 400],
  ]) {
    const response = await fetch(site.origin + where);
    assert.equal(response.status, status, where);
    assert.match(response.headers.get('content-type'), /^application\/problem\+json/, where);
    const problem = await response.json();
    assert.equal(problem.status, status);
    assert.ok(problem.title && problem.detail, JSON.stringify(problem));
  }
});
