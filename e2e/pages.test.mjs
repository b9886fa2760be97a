// Every kind of page once, at both widths: axe finds nothing, nothing sticks out, nothing is said
// in the console, nobody else is asked. And every link within the site leads somewhere.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { Site, WIDTHS, assertFits, closeBrowser, heading, openWindow } from './harness.mjs';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let site;
before(async () => {
  site = await Site.start();
});
after(async () => {
  await closeBrowser();
  await site?.stop();
});

// Each is one kind of page, with an address that shows it at its fullest.
const PAGES = {
  home: '/',
  strategy: '/strategy',
  'history of the strategy': '/strategy/history',
  themes: '/themes',
  theme: '/themes/infrastructure-connectivity',
  objective: '/objectives/scale-what-works',
  pipeline: '/pipeline',
  'filtered pipeline': '/pipeline?theme=data&stage=delivering&q=data',
  'empty pipeline': '/pipeline?q=zzzzqqqq',
  timeline: '/pipeline?view=timeline',
  board: '/pipeline?view=board',
  activity: '/activities/north-east-5g-innovation-region',
  history: '/activities/north-east-5g-innovation-region/history',
  organisations: '/organisations',
  organisation: '/organisations/north-east-combined-authority',
  groups: '/groups',
  group: '/groups/steering-group',
  areas: '/areas',
  area: '/areas/sunderland',
  signals: '/signals',
  signal: '/signals/ai-growth-zone-designated',
  indicators: '/indicators',
  indicator: '/indicators/more-jobs',
  'indicator with evidence': '/indicators/gigabit-coverage',
  index: '/indicators/digital-connectivity',
  'chart for other sites': '/indicators/gigabit-coverage/embed',
  datasets: '/datasets',
  dataset: '/datasets/gigabit-coverage',
  SQL: '/query',
  decisions: '/decisions',
  decision: '/decisions/ai-growth-zone-designated',
  milestones: '/milestones',
  editions: '/editions',
  edition: '/editions/1',
  'reconstructed edition': '/editions/r2',
  changes: '/changes',
  'changes between dates': '/changes?from=2020-03-01&to=2024-06-01',
  'changes, asked wrongly': '/changes?from=yesterday&to=1',
  'signing in': '/sign-in',
  'editions by e-mail': '/follow/letters',
  search: '/search',
  'search results': '/search?q=data',
  'search without results': '/search?q=zzzzqqqq',
  glossary: '/glossary',
  sources: '/sources',
  data: '/data',
  follow: '/follow',
  accessibility: '/accessibility',
  privacy: '/privacy',
  'past home': '/?as-of=2020-03-01',
  'past activity': '/activities/digital-durham-superfast?as-of=2020-03-01',
  'past edition': '/pipeline?edition=r2',
  'before the first date': '/?as-of=1900-01-01',
  'no page': '/no-such-page',
};
const REFUSED = { 'before the first date': 404, 'no page': 404, 'changes, asked wrongly': 400 };

let looked = 0;

// Each page is loaded once, looked at at each width; so many at a time.
const HANDS = 2;

test('every kind of page, at both widths', { timeout: 300_000, concurrency: HANDS }, async (t) => {
  const queue = Object.entries(PAGES);
  const hands = Array.from({ length: HANDS }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [kind, where] = next;
      await t.test(`${kind}: ${where}`, { timeout: 60_000 }, () => look(kind, where));
    }
  });
  await Promise.all(hands);
});

async function look(kind, where) {
  const { context, page, noticed } = await openWindow(site, { width: WIDTHS[0] });
  try {
    const response = await page.goto(where);
    assert.equal(response.status(), REFUSED[kind] ?? 200, `${where}: ${response.status()}`);
    const title = await heading(page);
    assert.ok((await page.title()).startsWith(title), `${await page.title()} | ${title}`);
    assert.deepEqual(noticed(), [], 'what no page may do');
    const found = [];
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      await assertFits(page);
      for (const each of await violations(page)) found.push(`${width} px: ${each}`);
    }
    assert.deepEqual(found, [], `axe on ${where}`);
    looked += 1;
  } finally {
    await context.close();
  }
}

/** What axe finds, with the rules of WCAG 2.2 AA and its own good practice. */
async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ['violations'], preload: false }));
  assert.ok(found.testEngine.version, 'axe has run');
  return found.violations.map(({ id, help, nodes }) => {
    const where = nodes.slice(0, 3).map((node) => node.target.join(' '));
    return `${id}: ${help}: ${nodes.length} times, as at ${where.join(', ')}`;
  });
}

test('axe finds a fault where there is one', async () => {
  const { context, page } = await openWindow(site);
  await page.goto('/');
  await page.evaluate(() => document.querySelector('h1').insertAdjacentHTML('afterend', '<img src="/assets/favicon.svg">'));
  assert.match((await violations(page)).join(), /image-alt/);
  await context.close();
});

const unescape = (text) =>
  text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code)).replaceAll('&amp;', '&');

/** A page's kind: its address without the names in it. */
function kindOf({ pathname, searchParams }) {
  if (pathname.startsWith('/api/')) return '/api/…? ';
  const [first, second, ...rest] = pathname.split('/').slice(1);
  const names = [...new Set(searchParams.keys())].sort().join('&');
  const view = searchParams.get('view') ?? '';
  return `/${[first, second && '…', ...rest].filter(Boolean).join('/')}?${names} ${view}`;
}

test('every link within the site leads somewhere', { timeout: 120_000 }, async (t) => {
  // Lists can be filtered in more ways than anybody can follow: so many of a kind are followed.
  const most = { plain: 1_500, asked: 25 };
  const counts = new Map();
  const seen = new Set(['/']);
  const queue = ['/'];
  const from = new Map();
  const anchors = [];
  const ids = new Map();
  let left = 0;
  const broken = new Map();
  while (queue.length) {
    const batch = queue.splice(0, 8);
    await Promise.all(batch.map(async (where) => {
      const response = await fetch(site.origin + where, { redirect: 'manual' });
      const text = await response.text();
      if (response.status !== 200) {
        const kind = kindOf(new URL(where, site.origin)).split('?')[0];
        broken.set(kind, [...(broken.get(kind) ?? []), `${where}: ${response.status}, on ${from.get(where)}`]);
        return;
      }
      if (!/^text\/html/.test(response.headers.get('content-type'))) return;
      ids.set(where, new Set([...text.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1])));
      for (const [, raw] of text.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
        const url = new URL(unescape(raw), site.origin + where);
        if (url.origin !== site.origin) continue;
        const target = url.pathname + url.search;
        if (url.hash) anchors.push([where, target, decodeURIComponent(url.hash.slice(1))]);
        if (seen.has(target)) continue;
        seen.add(target);
        const kind = kindOf(url);
        const count = counts.get(kind) ?? 0;
        if (count >= (url.search ? most.asked : most.plain)) {
          left += 1;
          continue;
        }
        counts.set(kind, count + 1);
        from.set(target, where);
        queue.push(target);
      }
    }));
  }
  const followed = [...counts.values()].reduce((a, b) => a + b, 0);
  t.diagnostic(`${followed} addresses of ${counts.size} kinds followed, ${left} variants left out`);
  const some = [...broken].map(([kind, all]) => `${kind}: ${all.length}, as ${all[0]}`);
  assert.deepEqual(some, [], 'broken links');
  const missing = anchors
    .filter(([, target, id]) => ids.has(target) && !ids.get(target).has(id))
    .map(([where, target, id]) => `${where} links to ${target}#${id}, which is not there`);
  assert.deepEqual([...new Set(missing)].slice(0, 20), [], 'broken anchors');
  assert.ok(followed > 500, `only ${followed} addresses`);

  // A kind of page that is linked must be looked at above.
  const known = new Set(Object.values(PAGES).map((where) => kindOf(new URL(where, site.origin))));
  const plain = [...counts.keys()].filter((kind) => kind.endsWith('? '));
  const isPage = (kind) => !/\.(css|csv|atom|svg|png|woff2|json|txt)|^\/(api|assets|feeds)\b/.test(kind);
  const paths = (kinds) => new Set([...kinds].map((kind) => kind.split('?')[0].replace(/^\/[a-z]+\/…\/history$/, '/…/history')));
  const lookedAt = paths(known);
  const unknown = [...paths(plain.filter(isPage))].filter((each) => !lookedAt.has(each));
  assert.deepEqual(unknown, [], 'kinds of page that no test looks at');
});

after(() => {
  const all = Object.keys(PAGES).length;
  console.log(`${looked} of ${all} pages were looked at, at ${WIDTHS.join(' and ')} px, and found good; ${all - looked} not.`);
});
