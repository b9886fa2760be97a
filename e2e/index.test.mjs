// An index from the figures of its indicators to its page: every number worked out here once more, in
// another language, from the region's headline figures and from the publisher's own files.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { REGION, ROOT, Site, assertFits, copyRegion, dfg, edit, follow, heading, makeFolder, run, until, visit } from './harness.mjs';
import { journey } from './journey.mjs';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const INDEX = 'digital-connectivity';
const WHERE = `/indicators/${INDEX}`;
const FILE = `indicators/${INDEX}.toml`;
// Slugs, codes and names of the areas compared, and of the four indicators their publisher's files.
const AREAS = {
  northumberland: ['E06000057', 'Northumberland'],
  'newcastle-upon-tyne': ['E08000021', 'Newcastle upon Tyne'],
  'north-tyneside': ['E08000022', 'North Tyneside'],
  gateshead: ['E08000037', 'Gateshead'],
  'south-tyneside': ['E08000023', 'South Tyneside'],
  'county-durham': ['E06000047', 'County Durham'],
  sunderland: ['E08000024', 'Sunderland'],
};
const SOURCES = {
  'gigabit-coverage': 'gigabit-capable-broadband.csv',
  'slow-broadband': 'premises-below-30.csv',
  'mobile-4g': '4g-coverage.csv',
  'mobile-5g': '5g-coverage.csv',
};
const DATA = process.env.SHARED_DATA ?? path.join(ROOT, '../shared/data');

/** The cells of a line, quoted or not. */
const cells = (line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell]) => cell.replace(/^"|"$/g, ''));

/** The rows of a table. */
function rows(file) {
  const [head, ...lines] = fs.readFileSync(file, 'utf8').replace('\ufeff', '').trim().split(/\r?\n/);
  const names = cells(head);
  return lines.map((line) => {
    const own = cells(line);
    return Object.fromEntries(names.map((name, at) => [name, own[at]]));
  });
}

const mean = (list) => list.reduce((sum, one) => sum + one, 0) / list.length;
const best = (a, b) => b.score - a.score;

/** The index by hand: of four shares the mean of two means, and the rank that it gives. */
function workOut(figures) {
  const scored = Object.entries(figures).map(([area, of]) => {
    const fixed = mean([of['gigabit-coverage'], 100 - of['slow-broadband']]);
    const mobile = mean([of['mobile-4g'], of['mobile-5g']]);
    return { area, fixed, mobile, score: mean([fixed, mobile]) };
  });
  const ranked = scored.sort(best);
  return ranked.map((one) => ({ ...one, rank: 1 + scored.filter((other) => other.score > one.score + 1e-9).length }));
}

/** The ranks where each figure runs from the worst of the areas to the best instead. */
function rankFromWorstToBest(figures) {
  const areas = Object.keys(figures);
  const scaled = Object.fromEntries(areas.map((area) => [area, {}]));
  for (const indicator of Object.keys(SOURCES)) {
    const good = (area) => (indicator === 'slow-broadband' ? -1 : 1) * figures[area][indicator];
    const all = areas.map(good);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    for (const area of areas) {
      const share = ((good(area) - low) / (high - low)) * 100;
      scaled[area][indicator] = indicator === 'slow-broadband' ? 100 - share : share;
    }
  }
  return Object.fromEntries(workOut(scaled).map((one) => [one.area, one.rank]));
}

/** The latest figure of each place in the region's own headline tables, by the place's code. */
function headlines() {
  const figures = {};
  for (const [area, [code]] of Object.entries(AREAS)) {
    figures[code] = {};
    for (const indicator of Object.keys(SOURCES)) {
      const own = rows(path.join(REGION, 'observations', `${indicator}.csv`)).filter((row) => row.area === area);
      assert.equal(own.length, 1, `${indicator} of ${area}`);
      figures[code][indicator] = Number(own[0].value);
    }
  }
  return figures;
}

/** The publisher's latest figures of the areas whose codes are wanted. */
function publishedFigures(isWanted) {
  const figures = {};
  for (const [indicator, name] of Object.entries(SOURCES)) {
    for (const row of rows(path.join(DATA, 'ons-els', name)).filter((row) => isWanted(row.AREACD))) {
      assert.equal(row.Period, '2025-01');
      if (row.Observation !== '') (figures[row.AREACD] ??= {})[indicator] = Number(row.Observation);
    }
  }
  return figures;
}

/** The table of the page: rank, area, score, fixed, mobile, and where the rank lies. */
async function readTable(page) {
  const table = page.locator('table', { has: page.locator('caption', { hasText: 'the highest score first' }) });
  const lines = await table.locator('tbody tr').all();
  return Promise.all(lines.map((line) => line.locator('th, td').allInnerTexts()));
}

const expected = (figures) =>
  workOut(figures).map((one) => {
    const [, name] = Object.values(AREAS).find(([code]) => code === one.area);
    return [one.rank, name, one.score, one.fixed, one.mobile];
  });

function assertSame(table, figures) {
  const wanted = expected(figures);
  assert.equal(table.length, wanted.length);
  for (const [at, [rank, name, ...scores]] of wanted.entries()) {
    assert.deepEqual(table[at].slice(0, 2), [String(rank), name]);
    for (const [place, score] of scores.entries()) {
      // One digit after the point is shown.
      assert.ok(Math.abs(Number(table[at][2 + place]) - score) <= 0.05 + 1e-9, `${name}: ${table[at]} is not ${scores}`);
    }
  }
}

let site;
before(async () => {
  site = await Site.start({ more: ['--refresh', 'off'] });
});
after(async () => {
  await site?.stop();
});

journey('before anything is fetched, the scores are those of the region’s headline figures', () => site, async ({ page }) => {
  await visit(page, WHERE);
  assert.equal(await heading(page), 'Digital connectivity');
  assertSame(await readTable(page), headlines());
  const lede = await page.locator('.lede').innerText();
  assert.match(lede, /^North Tyneside scores highest of 7 areas in January 2025, 98\.1, and Northumberland lowest, 77\.4\./);
  await page.getByText('This is a construction, not an official statistic.').waitFor();
  assert.equal(await page.getByText('the region’s own headline figures').count(), 4);
  // The arithmetic ends at the score of the table.
  const [name] = /for (.*)/.exec(await page.getByRole('heading', { name: 'The arithmetic for' }).innerText()).slice(1);
  const steps = await page.locator('.arithmetic li').allInnerTexts();
  const own = (await readTable(page)).find((row) => row[1] === name);
  assert.equal(steps.length, 7);
  const last = Number(/= ([\d.]+)\.$/.exec(steps.at(-1))[1]);
  assert.ok(Math.abs(last - Number(own[2])) <= 0.055, `${steps.at(-1)} and ${own}`);
}, { javaScriptEnabled: false });

journey('sound for everybody, and read by keyboard', () => site, async ({ page, width }) => {
  await visit(page, WHERE);
  await assertFits(page);
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`), []);
  // The chart says in words what it shows, and fits its column.
  const chart = page.locator('svg.chart').first();
  assert.match(await chart.locator('title').textContent(), /scores highest of 7 areas/);
  assert.match(await chart.locator('desc').textContent(), /The bar is the score/);
  assert.equal(await chart.locator('rect.bar').count(), 7);
  const texts = await chart.locator('text').evaluateAll((all) =>
    all.map((one) => ({ words: one.textContent, ...one.getBoundingClientRect().toJSON() })));
  for (const one of texts) {
    const hit = texts.find((other) => other !== one && one.left < other.right && other.left < one.right
      && one.top + 3 < other.bottom - 3 && other.top + 3 < one.bottom - 3);
    assert.equal(hit, undefined, `at ${width} px “${one.words}” lies on “${hit?.words}”`);
  }
  // From the link under the chart to the first area's page.
  await page.getByRole('link', { name: 'The same as a table' }).focus();
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
  await page.keyboard.press('Tab');
  assert.match(await focused(), /highest score first/, 'the table can be scrolled by keyboard');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'North Tyneside');
  await Promise.all([page.waitForURL('**/areas/north-tyneside'), page.keyboard.press('Enter')]);
  await follow(page, page.getByRole('link', { name: 'Digital connectivity' }));
  assert.equal(await heading(page), 'Digital connectivity');
});

journey('it is found on the evidence page and leads to what it is made of', () => site, async ({ page }) => {
  await visit(page, '/indicators');
  const section = page.locator('section', { has: page.getByRole('heading', { name: 'Several indicators in one score' }) });
  await section.getByText('North Tyneside scores highest').waitFor();
  await follow(page, section.getByRole('link', { name: 'Digital connectivity' }));
  await follow(page, page.getByRole('link', { name: 'Premises below 30 Mbit/s' }));
  assert.equal(await heading(page), 'Premises below 30 Mbit/s');
}, { javaScriptEnabled: false });

test('an area’s page tells its score, and the past has none', async () => {
  const area = await site.text('/areas/gateshead');
  assert.match(area, /Digital connectivity<\/a><\/th><td class="num">95\.9 points.*?<td>5 of 7<\/td>/s);
  const past = await site.text(`${WHERE}?as-of=2025-06-01`);
  assert.match(past, /Scores are worked out from the figures of today, and this page shows the past/);
});

test('the command, the download and its metadata say what the page says', async () => {
  const wanted = workOut(headlines());
  const printed = await dfg('evidence', 'index', INDEX, ...site.ledger);
  for (const one of wanted) {
    const [, name] = Object.values(AREAS).find(([code]) => code === one.area);
    assert.match(printed, new RegExp(`^${one.rank} .*${name} +${one.score.toFixed(1).replace('.', '\\.')} `, 'm'));
  }
  const csv = await site.text(`${WHERE}/figures.csv`);
  const [head, ...lines] = csv.trim().split(/\r?\n/).map((line) => line.split(','));
  const cell = (line, name) => line[head.indexOf(name)];
  assert.equal(lines.length, 7 * 7, 'seven areas, and for each the index, two groups and four indicators');
  for (const one of wanted) {
    const own = lines.filter((line) => cell(line, 'area') === one.area);
    const score = (part) => Number(cell(own.find((line) => cell(line, 'part') === part), 'score'));
    assert.ok(Math.abs(score(INDEX) - one.score) < 1e-9);
    assert.ok(Math.abs(score('mobile-coverage') - one.mobile) < 1e-9);
    const rank = Number(cell(own[0], 'rank'));
    assert.equal(rank, one.rank);
    assert.ok(Number(cell(own[0], 'low')) <= rank && rank <= Number(cell(own[0], 'high')));
  }
  const metadata = await (await site.get(`${WHERE}/figures.csv-metadata.json`)).json();
  assert.deepEqual(metadata.tableSchema.columns.map((column) => column.name), head);
});

test('what is wrong with its definition is told with file and line', async () => {
  const cases = [
    ['"slow-broadband"', '"slow-broadbant"', 'there is no indicator “slow-broadbant”'],
    ['weight = 1, worst = 100', 'weight = 0, worst = 100', 'a weight is a number above 0'],
    ['"mobile-4g"', '"more-jobs"', 'no figures for single areas'],
    ['["arithmetic"]', '["geometric"]\nfewest = 101', 'from 0 to 100 per cent'],
    ['worst = 100, best = 0', 'best = 0', 'a geometric mean needs scores above 0'],
  ];
  for (const [old, other, message] of cases) {
    const folder = copyRegion();
    const file = path.join(folder, FILE);
    if (message.startsWith('a geometric')) edit(file, '["arithmetic"]', '["geometric"]');
    edit(file, old, other);
    const line = fs.readFileSync(file, 'utf8').split('\n')
      .findIndex((text) => text.includes(message.startsWith('a geometric') ? 'geometric' : other.split('\n').at(-1))) + 1;
    const checked = await run(['region', 'check', folder]);
    assert.equal(checked.code, 1, checked.out + checked.err);
    assert.match(checked.out + checked.err, new RegExp(`${FILE}:${line}:\\d+: .*${message}`), `line ${line}`);
  }
});

test('without figures of its areas the page says so plainly', async () => {
  const region = copyRegion();
  const file = path.join(region, 'observations/mobile-5g.csv');
  const kept = fs.readFileSync(file, 'utf8').split('\n').filter((line) => !/^2025-01,[a-z]/.test(line));
  fs.writeFileSync(file, kept.join('\n'));
  const bare = await Site.start({ region, more: ['--refresh', 'off'] });
  const page = await bare.text(WHERE);
  assert.match(page, /Digital connectivity has no scores to show\./);
  assert.match(page, /There are no figures for single areas of “5G coverage” yet\./);
  assert.equal((await fetch(`${bare.origin}${WHERE}/figures.csv`)).status, 404);
  const printed = await run(['evidence', 'index', INDEX, ...bare.ledger]);
  assert.equal(printed.code, 1);
  assert.match(printed.err, /There are no figures for single areas of “5G coverage” yet/);
  await bare.stop();
});

test('from the publisher’s own files every number comes out as by hand', async (t) => {
  if (!fs.existsSync(DATA)) {
    t.diagnostic('not run: 1 test, the publisher’s files are not here');
    console.log('not run: 1 test of the index on the publisher’s own files, which are not here');
    return;
  }
  for (const dataset of Object.keys(SOURCES)) {
    const done = await run(['evidence', 'refresh', dataset, '--files', DATA, ...site.ledger], { timeout: 120_000 });
    assert.equal(done.code, 0, done.err);
  }
  await until('the computed figures', async () => !(await site.text(WHERE)).includes('the region’s own headline figures'));
  const codes = Object.values(AREAS).map(([code]) => code);
  const own = publishedFigures((code) => codes.includes(code));
  const printed = JSON.parse(await dfg('evidence', 'index', INDEX, '--json', ...site.ledger)).made;
  const [whole] = printed.scores.parts;
  const wanted = workOut(own);
  for (const one of wanted) {
    const at = printed.scores.units.indexOf(one.area);
    assert.ok(Math.abs(whole.scores[at] - one.score) < 1e-9, `${one.area}: ${whole.scores[at]} is not ${one.score}`);
    assert.equal(whole.ranks[at], one.rank);
  }
  // How far ranks move where the ends of the scale are the areas' own.
  const other = rankFromWorstToBest(own);
  const moved = wanted.map((one) => Math.abs(one.rank - other[one.area]));
  const shift = printed.sensitivity.shifts.find((one) => one.assumption.includes('worst to the best'));
  assert.ok(Math.abs(shift.mean - mean(moved)) < 1e-9, `${shift.mean} is not the mean of ${moved}`);
  assert.equal(shift.most, Math.max(...moved));

  // The same index over every local authority of England.
  const folder = copyRegion();
  edit(path.join(folder, FILE), 'period = "latest-common"', 'period = "latest-common"\nareas = ["E06", "E07", "E08", "E09"]');
  const wide = JSON.parse(await dfg('evidence', '--from', folder, 'index', INDEX, '--json', '--data', site.data)).made;
  const all = workOut(publishedFigures((code) => /^E0[6-9]/.test(code)));
  assert.ok(all.length > 290, `${all.length}`);
  assert.equal(wide.scores.units.length, all.length);
  for (const one of all) {
    const at = wide.scores.units.indexOf(one.area);
    assert.equal(wide.scores.parts[0].ranks[at], one.rank, one.area);
  }
  console.log(`${wanted.length} areas of the region and ${all.length} of England ranked as by hand`);
});

journey('the page shows the numbers of the publisher’s own files', () => site, async ({ page, t }) => {
  if (!fs.existsSync(DATA)) return t.diagnostic('not run: the publisher’s files are not here');
  await visit(page, WHERE);
  const codes = Object.values(AREAS).map(([code]) => code);
  assertSame(await readTable(page), publishedFigures((code) => codes.includes(code)));
  assert.equal(await page.getByText('Dataset:').count(), 4, 'each indicator leads to its dataset');
}, { javaScriptEnabled: false });
