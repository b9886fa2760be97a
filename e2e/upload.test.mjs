// A publisher's file handed over in the workspace: looked at before anything changes, then used or
// put away.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { DFG, Site, assertFits, closeBrowser, heading, dfg, makeFolder, openWindow, press, run, signIn, visit } from './harness.mjs';
import { published } from './publisher.mjs';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** A folder for pictures of every page, where somebody wants to look at them. */
const PICTURES = process.env.PICTURES;
const FORM = '/desk/evidence/gigabit-coverage';

let site;
let lead;
let reader;
const folder = makeFolder('handed');
const file = (name, text) => {
  const made = path.join(folder, name);
  fs.writeFileSync(made, text);
  return made;
};

before(async () => {
  assert.ok(fs.existsSync(path.join(path.dirname(DFG), 'dfg-engine')), 'no engine: run cargo build -p dfg-engine');
  site = await Site.start({ more: ['--refresh', 'off'] });
  const { context, page } = await openWindow(site);
  await visit(page, /http\S+\/sign-in\/[0-9a-f]{64}/.exec(site.log())[0]);
  await page.getByLabel('Your name').fill('The Lead');
  await page.getByLabel('Your e-mail address').fill('lead@example.org');
  await press(page, 'Begin as programme lead');
  lead = await context.storageState();
  await context.close();
  const other = await signIn(site, 'reader@example.org', 'reader');
  reader = await other.context.storageState();
  await other.context.close();
});
after(async () => {
  await closeBrowser();
  await site?.stop();
});

async function handOver(page, made) {
  await visit(page, FORM);
  await page.getByLabel('The file, as its publisher made it').setInputFiles(made);
  await press(page, 'Look at it');
}

const said = (page) => page.locator('main').innerText();

async function look(page, name, scripts = true) {
  await heading(page);
  await assertFits(page);
  const { width } = page.viewportSize();
  if (PICTURES) await page.screenshot({ path: path.join(PICTURES, `${name}-${width}.png`), fullPage: true });
  if (!scripts) return;
  await page.evaluate(AXE);
  const found = await page.evaluate(() => axe.run());
  assert.deepEqual(found.violations.map((one) => `${one.id}: ${one.nodes[0].html}`), [], page.url());
}

const RUNS = [
  { width: 1280, scripts: true, period: '2025-01', first: 70, before: null },
  { width: 320, scripts: true, period: '2025-07', first: 80, before: '70% (2025-01)' },
  { width: 320, scripts: false, period: '2026-01', first: 90, before: '80% (2025-07)' },
];
for (const { width, scripts, period, first, before: earlier } of RUNS) {
  test(`a file is looked at, then used, ${width} px wide${scripts ? '' : ', without scripts'}`, { timeout: 120_000 }, async () => {
    const { context, page, noticed } = await openWindow(site, { width, storageState: lead, javaScriptEnabled: scripts });
    await visit(page, '/desk');
    const way = page.locator('main').getByRole('link', { name: 'A publisher’s file' });
    await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), way.click()]);
    await look(page, 'evidence-desk', scripts);
    const dataset = page.locator('main').getByRole('link', { name: /Gigabit/ }).first();
    await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), dataset.click()]);
    assert.ok(page.url().endsWith(FORM), page.url());
    await look(page, 'evidence-form', scripts);
    const text = published(period, first);
    const made = file(`gigabit-capable-broadband_${period}.csv`, text);
    await page.getByLabel('The file, as its publisher made it').setInputFiles(made);
    await press(page, 'Look at it');
    assert.equal(await heading(page), 'This file keeps what is agreed');
    const words = await said(page);
    assert.match(words, new RegExp(`329 rows through ${period}`));
    assert.match(words, new RegExp(`${first}% \\(${period}\\)`));
    if (earlier) assert.ok(words.includes(earlier), words);
    assert.match(words, /AREACD/);
    assert.match(words, /The Lead handed it over on \d+ \w+ \d{4}\./);
    await look(page, 'evidence-preview', scripts);
    // Nobody sees anything of it yet.
    assert.ok(!(await site.text('/indicators/gigabit-coverage')).includes(`stood at ${first}%`));
    await press(page, 'Use this file');
    assert.ok(page.url().endsWith('/datasets/gigabit-coverage'), page.url());
    const shown = await said(page);
    assert.ok(shown.includes(`handed over: gigabit-capable-broadband_${period}.csv`), shown);
    const [hash] = (await dfg('evidence', 'trace', made, ...site.ledger)).split('\n');
    assert.ok(shown.includes(`BLAKE3 ${hash}`), hash);
    assert.ok((await site.text('/indicators/gigabit-coverage')).includes(`stood at ${first}%`));
    await visit(page, '/desk/audit');
    assert.match(await said(page), new RegExp(`file made current: The Lead \\(gigabit-coverage: gigabit-capable-broadband_${period}.csv`));
    // The same file again is told as such, and cannot be used twice.
    await handOver(page, made);
    assert.equal(await heading(page), 'This file is in use already');
    assert.equal(await page.getByRole('button', { name: 'Use this file' }).count(), 0);
    await press(page, 'Put it away');
    assert.ok(page.url().endsWith(FORM), page.url());
    assert.deepEqual(noticed(), []);
    await context.close();
  });
}

test('it goes by keyboard alone', async () => {
  const { context, page } = await openWindow(site, { storageState: lead });
  await handOver(page, file('keys.csv', published('2026-02', 91)));
  for (let n = 0; n < 60; n += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement?.textContent.trim() === 'Put it away')) break;
  }
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), page.keyboard.press('Enter')]);
  assert.ok(page.url().endsWith(FORM), page.url());
  await context.close();
});

test('a broken file is told with row and column, and changes nothing', async () => {
  const public_ = await site.text('/indicators/gigabit-coverage');
  const dataset = await site.text('/datasets/gigabit-coverage');
  for (const width of [1280, 320]) {
    const { context, page } = await openWindow(site, { width, storageState: lead });
    const text = published('2026-07', 95).replace('E08000021,Somewhere,Place,2026-07,95.4', 'E08000021,"=HYPERLINK(1)",Place,2026-07,904');
    await handOver(page, file('gigabit-capable-broadband_bad.csv', text));
    assert.equal(await heading(page), 'This file cannot be used');
    assert.match(await said(page), /row 6, value: “904” is above the most that can be, 100/);
    assert.equal(await page.getByRole('button', { name: 'Use this file' }).count(), 0);
    await look(page, 'evidence-broken');
    const link = await page.getByRole('link', { name: /Every rejected value/ }).getAttribute('href');
    const csv = await page.request.get(link);
    assert.match(await csv.text(), /^row,column,value,reason\s+6,value,904,/);
    // A form that is sent all the same.
    const forced = await page.request.post(page.url(), { form: { then: 'use' }, headers: { origin: site.origin } });
    assert.equal(forced.status(), 409);
    assert.match(await forced.text(), /does not keep what is agreed/);
    await context.close();
  }
  assert.equal(await site.text('/indicators/gigabit-coverage'), public_);
  assert.equal(await site.text('/datasets/gigabit-coverage'), dataset);
});

test('what is no table, or no file at all, is told plainly', async () => {
  const { context, page } = await openWindow(site, { storageState: lead });
  for (const [name, bytes, words] of [
    ['picture.csv', crypto.randomBytes(4096), /cannot be used/],
    ['empty.csv', '', /Choose a file/],
    ['letter.csv', 'Dear all,\nthere are no figures.\n', /cannot be used/],
  ]) {
    await handOver(page, file(name, bytes));
    assert.match(await said(page), words, name);
  }
  await visit(page, FORM);
  await press(page, 'Look at it');
  assert.match(await said(page), /Choose a file/);
  assert.match(await page.title(), /^Error: /);
  await look(page, 'evidence-none');
  await context.close();
});

test('a file that is too large is refused when it has arrived, and nothing is left of it', { timeout: 120_000 }, async () => {
  const boundary = 'a-boundary';
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="large.csv"\r\n\r\n`;
  const part = Buffer.alloc(1 << 20, 'a');
  async function* body() {
    yield Buffer.from(head);
    for (let n = 0; n < 514; n += 1) yield part;
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  const cookie = lead.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const answer = await fetch(site.origin + FORM, {
    method: 'POST',
    body: body(),
    duplex: 'half',
    headers: { cookie, origin: site.origin, 'content-type': `multipart/form-data; boundary=${boundary}` },
  });
  assert.equal(answer.status, 422);
  assert.match(await answer.text(), /larger than 512 MB/);
  const size = fs.readdirSync(path.join(site.data, 'evidence/handed')).map((id) =>
    fs.readdirSync(path.join(site.data, 'evidence/handed', id)).map((name) => fs.statSync(path.join(site.data, 'evidence/handed', id, name)).size),
  );
  assert.ok(size.flat().every((bytes) => bytes < 1 << 20), String(size));
});

test('two who hand over at once: the second sees what has changed and decides again', async () => {
  const one = await openWindow(site, { storageState: lead });
  const two = await openWindow(site, { storageState: lead });
  await handOver(one.page, file('gigabit-capable-broadband_a.csv', published('2026-03', 92)));
  await handOver(two.page, file('gigabit-capable-broadband_b.csv', published('2026-04', 93)));
  const address = one.page.url();
  await press(one.page, 'Use this file');
  await press(two.page, 'Use this file');
  assert.match(await said(two.page), /has changed since you looked at this file/);
  assert.match(await said(two.page), /92% \(2026-03\)/);
  await press(two.page, 'Use this file');
  assert.ok((await site.text('/indicators/gigabit-coverage')).includes('stood at 93%'));
  // The button of a page that was left open.
  const late = await one.page.request.post(address, { form: { then: 'use' }, headers: { origin: site.origin } });
  assert.equal(late.status(), 409);
  assert.match(await late.text(), /not waiting any more/);
  await one.context.close();
  await two.context.close();
});

test('strangers are sent to sign in, readers find nothing, other sites are refused', async () => {
  const paths = ['/desk/evidence', FORM, '/desk/evidence/handed/aaaaaaaaaaaaaaaa', '/desk/evidence/handed/aaaaaaaaaaaaaaaa/rejected.csv'];
  const cookie = reader.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const form = () => {
    const form = new FormData();
    form.set('file', new Blob([published('2026-05', 1)]), 'gigabit-capable-broadband_x.csv');
    return form;
  };
  const journals = fs.readFileSync(path.join(site.data, 'evidence/journals/gigabit-coverage.json'), 'utf8');
  for (const where of paths) {
    const stranger = await fetch(site.origin + where, { redirect: 'manual' });
    assert.equal(stranger.status, 303, where);
    assert.match(stranger.headers.get('location'), /^\/sign-in/);
    assert.equal((await fetch(site.origin + where, { headers: { cookie } })).status, 404, where);
  }
  const send = (headers) => fetch(site.origin + FORM, { method: 'POST', body: form(), redirect: 'manual', headers });
  assert.equal((await send({ origin: site.origin })).status, 303);
  assert.equal((await send({ origin: site.origin, cookie })).status, 404);
  const own = lead.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  // It is refused before its body is read.
  const elsewhere = { origin: 'https://elsewhere.example', cookie: own };
  assert.equal((await fetch(site.origin + FORM, { method: 'POST', headers: elsewhere })).status, 403);
  for (const id of ['..', '%2e%2e', 'aaaaaaaaaaaaaaa%2f', 'ffffffffffffffff']) {
    const answer = await fetch(`${site.origin}/desk/evidence/handed/${id}`, { headers: { cookie: own } });
    assert.ok([404, 409].includes(answer.status), `${id} ${answer.status}`);
  }
  assert.equal(fs.readFileSync(path.join(site.data, 'evidence/journals/gigabit-coverage.json'), 'utf8'), journals);
});

test('a kill in the middle leaves what was there, and the file can be handed over again', { timeout: 120_000 }, async () => {
  const other = await Site.start({ more: ['--refresh', 'off'] });
  const { context, page } = await openWindow(other);
  await visit(page, /http\S+\/sign-in\/[0-9a-f]{64}/.exec(other.log())[0]);
  await page.getByLabel('Your name').fill('The Lead');
  await page.getByLabel('Your e-mail address').fill('lead@example.org');
  await press(page, 'Begin as programme lead');
  await handOver(page, file('gigabit-capable-broadband_k.csv', published('2026-06', 60)));
  const address = page.url();
  // A command shows what is in use while the server is gone.
  page.getByRole('button', { name: 'Use this file' }).click().catch(() => {});
  await other.kill();
  const shown = await run(['evidence', 'show', 'gigabit-coverage', '--json', ...other.ledger]);
  assert.equal(shown.code, 0, shown.err);
  const again = await Site.start({ data: other.data, more: ['--refresh', 'off'] });
  await page.goto(again.origin + new URL(address).pathname);
  const words = await said(page);
  if (words.includes('not waiting any more')) {
    assert.ok((await again.text('/datasets/gigabit-coverage')).includes('gigabit-capable-broadband_k.csv'));
  } else {
    await press(page, 'Use this file');
    assert.match(page.url(), /\/datasets\/gigabit-coverage$|\/handed\//);
  }
  await visit(page, again.origin + FORM);
  await page.getByLabel('The file, as its publisher made it').setInputFiles(file('gigabit-capable-broadband_l.csv', published('2026-07', 61)));
  await press(page, 'Look at it');
  await press(page, 'Use this file');
  assert.ok((await again.text('/indicators/gigabit-coverage')).includes('stood at 61%'));
  await context.close();
  await again.stop();
});
