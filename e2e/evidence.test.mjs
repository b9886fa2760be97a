// From a publisher's file to a page: refreshed by command while the site runs, read as its readers
// read it, asked in SQL, and broken on purpose.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { DFG, REGION, ROOT, Site, assertFits, dfg, heading, makeFolder, run, until, visit } from './harness.mjs';
import { journey } from './journey.mjs';
import { internetUsers, published } from './publisher.mjs';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** The same with a byte-order mark before it, as some publishers have. */
const marked = (...about) => `\ufeff${published(...about)}`;

let site;
let files;
before(async () => {
  assert.ok(fs.existsSync(path.join(path.dirname(DFG), 'dfg-engine')), 'no engine: run cargo build -p dfg-engine');
  files = makeFolder('files');
  fs.writeFileSync(path.join(files, 'gigabit-capable-broadband_one.csv'), marked('2024-07', 70));
  site = await Site.start({ more: ['--refresh', 'off'] });
});
after(async () => {
  await site?.stop();
});

const evidence = (...args) => run(['evidence', ...args, ...site.ledger]);

test('before anything was fetched, the region’s own headline figures are shown', async () => {
  const page = await site.text('/indicators/gigabit-coverage');
  assert.match(page, /The region publishes these headline figures itself/);
  assert.match(page, /Gigabit-capable broadband in the North East stood at/);
  assert.match(await site.text('/datasets/gigabit-coverage'), /It has not been fetched yet/);
});

test('a file is taken in while the site runs, and the page says so within seconds', async () => {
  const done = await evidence('refresh', '--files', files);
  assert.equal(done.code, 0, done.err + done.out);
  assert.match(done.out, /gigabit-coverage: 329 rows from gigabit-capable-broadband_one.csv, through 2024-07/);
  const { ms } = await until('the new figure', async () =>
    (await site.text('/indicators/gigabit-coverage')).includes('stood at 70% in July 2024'),
  );
  assert.ok(ms < 10_000, `${ms} ms`);
  const again = await evidence('refresh', '--files', files);
  assert.match(again.err, /0 refreshed, 1 unchanged/);
});

test('the next release stands upon the one before, and every figure leads back to its file', async () => {
  const second = path.join(files, 'gigabit-capable-broadband_two.csv');
  // Larger than what the server keeps of pages: it is given out all the same.
  fs.writeFileSync(second, marked('2025-01', 80, 'x'.repeat(1_000_000)));
  assert.ok(fs.statSync(second).size > 8 << 20);
  assert.equal((await evidence('refresh', 'gigabit-coverage', '--files', files)).code, 0);
  await until('the second release', async () =>
    (await site.text('/indicators/gigabit-coverage')).includes('stood at 80% in January 2025, up 10 points'),
  );
  const traced = await dfg('evidence', 'trace', second, ...site.ledger);
  assert.match(traced, /\(gigabit-coverage\), as published: gigabit-capable-broadband_two\.csv, retrieved 20/);
  const [hash] = traced.split('\n');
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.ok((await site.text('/indicators/gigabit-coverage')).includes(hash));
  const back = await site.get(`/datasets/gigabit-coverage/sources/${hash}`);
  assert.equal(Number(back.headers.get('content-length')), fs.statSync(second).size);
  assert.deepEqual(Buffer.from(await back.arrayBuffer()), fs.readFileSync(second));
  const lineage = await dfg('evidence', 'lineage', 'gigabit-coverage', ...site.ledger);
  assert.ok(lineage.includes(hash));
  const parquet = Buffer.from(await (await site.get('/datasets/gigabit-coverage/table.parquet')).arrayBuffer());
  assert.equal(parquet.subarray(0, 4).toString(), 'PAR1');
  const csv = await site.text('/indicators/gigabit-coverage/figures.csv');
  assert.ok(csv.includes('E08000037,Gateshead,2025-01,80.8'), csv.slice(0, 400));
  const metadata = await (await site.get('/indicators/gigabit-coverage/figures.csv-metadata.json')).json();
  assert.deepEqual(
    metadata.tableSchema.columns.map((column) => column.name).join(),
    csv.split('\n')[0].trim(),
  );
  // The chart as a picture is as large as its drawing says, and not one colour.
  const png = Buffer.from(await (await site.get('/indicators/gigabit-coverage/chart.png')).arrayBuffer());
  assert.equal(png.subarray(1, 4).toString(), 'PNG');
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [1440, 980]);
  assert.ok(png.length > 20_000, `${png.length} bytes`);
  const catalogue = await (await site.get('/catalogue.jsonld')).json();
  const one = catalogue['dcat:dataset'].find((dataset) => dataset['dct:identifier'] === 'gigabit-coverage');
  assert.equal(one['dcat:distribution'].length, 2);
});

test('a broken file is told with row and column, and changes nothing', async () => {
  const before = await site.text('/indicators/gigabit-coverage');
  const broken = makeFolder('broken');
  const text = marked('2025-07', 90).replace('E08000021,Somewhere,Place,2025-07,90.4', 'E08000021,Somewhere,Place,2025-07,904');
  fs.writeFileSync(path.join(broken, 'gigabit-capable-broadband_three.csv'), text);
  const done = await evidence('refresh', '--files', broken);
  assert.equal(done.code, 1);
  assert.match(done.err, /row 6, value: “904” is above the most that can be, 100/);
  await until('the notice', async () =>
    (await site.text('/datasets/gigabit-coverage')).includes('The latest file was not taken in'),
  );
  assert.match(await site.text('/datasets/gigabit-coverage/rejected.csv'), /6,value,904/);
  const finding = (page) => /<p class="lede">(.*?)<\/p>/.exec(page)[1];
  assert.equal(finding(await site.text('/indicators/gigabit-coverage')), finding(before));
  // A refresh that is killed leaves what was there.
  for (let kill = 0; kill < 10; kill += 1) {
    const spare = makeFolder('spare');
    fs.writeFileSync(path.join(spare, 'gigabit-capable-broadband_x.csv'), marked('2025-07', 90 + kill / 100));
    await run(['evidence', 'refresh', '--files', spare, ...site.ledger], { timeout: 5 + kill * 12 });
    const shown = await evidence('show', 'gigabit-coverage', '--area', 'gateshead', '--json');
    assert.equal(shown.code, 0, shown.err);
    assert.ok(JSON.parse(shown.out)[0].readings.length >= 2);
  }
});

test('SQL is answered within limits, shared by its address, and refused with reasons', async () => {
  const ask = (sql, where = '/query') => fetch(`${site.origin}${where}?${new URLSearchParams({ sql })}`);
  const good = await ask("SELECT area, value FROM gigabit_coverage WHERE area = 'E08000037' ORDER BY period");
  assert.equal(good.status, 200);
  const page = await good.text();
  assert.ok(page.includes('80.8'), page.slice(0, 2_000));
  const csv = await (await ask('SELECT count(*) AS n FROM gigabit_coverage', '/query.csv')).text();
  assert.match(csv, /^n\r?\n\d+/);
  const bad = await ask('SELECT\n  valeu\nFROM gigabit_coverage');
  assert.equal(bad.status, 400);
  assert.match(await bad.text(), /Line 2, column 3: there is no column “valeu” here \(write value\)/);
  for (const sql of ['DROP TABLE gigabit_coverage', "SELECT * FROM '/etc/passwd'", `SELECT '${'x'.repeat(5_000)}'`]) {
    assert.equal((await ask(sql)).status, 400, sql.slice(0, 60));
  }
  const began = performance.now();
  const bomb = await ask('WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r');
  assert.equal(bomb.status, 400);
  assert.match(await bomb.text(), /was stopped/);
  assert.ok(performance.now() - began < 20_000);
  // The server did not notice.
  assert.equal((await site.health()).status, 'serving');
  const hostile = await (await ask("SELECT '<script>alert(1)</script>' AS x FROM gigabit_coverage LIMIT 1")).text();
  assert.ok(!hostile.includes('<script>alert'), 'text stays text');
});

const PAGES = {
  indicator: '/indicators/gigabit-coverage',
  'indicator without a region’s figure': '/indicators/weekly-pay',
  'evidence': '/indicators',
  dataset: '/datasets/gigabit-coverage',
  datasets: '/datasets',
  SQL: '/query?sql=SELECT+area%2C+value+FROM+gigabit_coverage+LIMIT+30',
  embed: '/indicators/gigabit-coverage/embed',
  area: '/areas/gateshead',
};
for (const [name, where] of Object.entries(PAGES)) {
  journey(`${name}: sound for everybody`, () => site, async ({ page }) => {
    await visit(page, where);
    await assertFits(page);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() =>
      globalThis.axe.run(document, { resultTypes: ['violations'] }),
    );
    assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`), []);
  });
}

journey('a query is written, run and changed without scripts, by keyboard', () => site, async ({ page }) => {
  await visit(page, '/query');
  await page.getByLabel('Your query').focus();
  await page.keyboard.type('SELECT count(*) AS councils FROM gigabit_coverage');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('1 row, in').waitFor();
  assert.match(page.url(), /sql=SELECT\+count/);
  assert.equal(await heading(page), 'Ask the evidence in SQL');
}, { javaScriptEnabled: false });

test('figures by group are shown with whose they are, where the region has none', async () => {
  const own = makeFolder('groups');
  fs.writeFileSync(path.join(own, 'indicator_17-8-1.csv'), internetUsers());
  const done = await evidence('refresh', 'internet-users', '--files', own);
  assert.equal(done.code, 0, done.err);
  const { value } = await until('the groups', async () => {
    const text = await site.text('/indicators/internet-users');
    return text.includes('By group') && text;
  });
  assert.match(value, /By group there are no figures for the region\. These are for the United Kingdom\./);
  assert.match(value, /<th scope="row">75 and over<\/th><td class="num">70%<\/td><td>2020<\/td>/);
  assert.match(value, /<th scope="row">16 to 24<\/th><td class="num">99%<\/td>/);
});

test('the North East is computed from the publishers’ own files, where they are here', async (t) => {
  const data = process.env.SHARED_DATA ?? path.join(ROOT, '../shared/data');
  const datasets = fs.readdirSync(path.join(REGION, 'datasets')).length;
  if (!fs.existsSync(data)) {
    t.diagnostic(`not run: ${datasets} datasets, whose files are not here`);
    console.log(`not run: ${datasets} datasets of the North East, whose files are not here`);
    return;
  }
  const folder = ['--from', REGION, '--data', makeFolder('real')];
  const began = performance.now();
  const done = await run(['evidence', 'refresh', '--files', data, ...folder], { timeout: 120_000 });
  const ms = performance.now() - began;
  assert.equal(done.code, 0, done.err);
  assert.match(done.err, new RegExp(`${datasets} refreshed, 0 unchanged, 0 failed`));
  const indicators = /(\d+) of (\d+) indicators with SQL computed anew/.exec(done.err);
  assert.equal(indicators[1], indicators[2], done.err);
  const show = async (indicator, area) => {
    const out = await dfg('evidence', 'show', indicator, '--area', area, '--json', ...folder);
    return JSON.parse(out)[0];
  };
  // Read in the publishers' files by eye.
  const gateshead = await show('gigabit-coverage', 'E08000037');
  assert.deepEqual(gateshead.readings.map((one) => `${one.period} ${one.value}`), [
    '2023-09 77.9',
    '2024-01 79.6',
    '2024-07 85',
    '2025-01 86.1',
  ]);
  // 894,700 people in work of 1,225,900, of the seven councils together.
  const region = await show('employment-rate', 'north-east');
  assert.equal(region.readings.at(-1).value, '72.98311445');
  assert.equal(region.assessment.verdict, 'off-track');
  assert.match(region.made, /No mean of rates was taken/);
  const groups = JSON.parse(await dfg('evidence', 'query', "SELECT value FROM internet_users WHERE age = '75 and over' AND sex IS NULL AND disability IS NULL AND period = '2020'", '--json', ...folder));
  assert.equal(String(groups.rows[0][0]), '54');
  console.log(`${datasets} datasets and ${indicators[1]} indicators from the publishers’ files in ${Math.round(ms)} ms`);
});
