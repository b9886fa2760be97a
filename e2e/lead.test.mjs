// The programme lead: changes the region's folder, sees what would change, commits, publishes.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  REGION,
  Site,
  assertFits,
  assertSameTree,
  copyRegion,
  dfg,
  edit,
  heading,
  makeFolder,
  run,
  until,
  visit,
} from './harness.mjs';
import { journey } from './journey.mjs';

let site;
before(async () => {
  site = await Site.start();
});
after(async () => {
  await site?.stop();
});

const ACTIVITY = '/activities/cybernorth-cluster';
const OBJECTIVE = '/objectives/scale-what-works';
const OLD = 'Find out which skills initiatives work, and scale those up.';
const NEW = 'Find out which skills initiatives work, and fund those for longer.';
const REASON = 'The cluster stands on its own feet, and the group asked for steadier funding.';
const EVENT = '2023-06-30';

/** Completes an activity, and rewords an objective. */
function change(folder) {
  const activity = path.join(folder, 'activities/cybernorth-cluster.md');
  edit(activity, 'stage = "delivering"\nobjectives', 'stage = "completed"\nobjectives');
  const stated = '  { date = "2022-12-20", what = "stated", stage = "delivering" },\n';
  edit(activity, stated, `${stated}  { date = "${EVENT}", what = "completed" },\n`);
  edit(path.join(folder, 'themes/workforce.md'), OLD, NEW);
}

/** The addresses on which an unpublished change could leak, and what each says now. */
const PUBLIC = [
  '/',
  ACTIVITY,
  `${ACTIVITY}/history`,
  OBJECTIVE,
  '/themes/workforce',
  '/pipeline?stage=completed',
  '/pipeline?theme=collaboration-enterprise',
  '/search?q=fund+those+for+longer',
  '/editions',
  '/changes?from=r1&to=1',
  '/feeds/changes.atom',
  '/feeds/decisions.atom',
  '/activities.csv',
  '/objectives.csv',
  `/api/v1${ACTIVITY}`,
  `/api/v1${ACTIVITY}/history`,
  `/api/v1${OBJECTIVE}`,
  '/api/v1/entries',
  '/api/v1/editions',
];
const read = async () => {
  const pages = new Map();
  for (const where of PUBLIC) pages.set(where, await site.text(where));
  return pages;
};

test('the lead changes the folder, and the public sees it with the edition', async (t) => {
  const folder = copyRegion();
  const ledger = ['--data', site.data];
  let before;

  await t.test('a mistake is answered with file, line, column and remedy', async () => {
    const file = path.join(folder, 'activities/cybernorth-cluster.md');
    edit(file, 'stage = "delivering"\nobjectives', 'stage = "deliverin"\nobjectives');
    const { code, out, err } = await run(['region', 'check', folder]);
    assert.equal(code, 1);
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    const line = lines.findIndex((text) => text.startsWith('stage')) + 1;
    assert.match(out + err, new RegExp(`activities/cybernorth-cluster\\.md:${line}:\\d+`));
    assert.match(out + err, /delivering/, 'the nearest word is named');
    const refused = await run(['import', folder, '--apply', '--reason', REASON, ...ledger]);
    assert.equal(refused.code, 1, 'a faulty folder is not imported');
    edit(file, 'stage = "deliverin"\nobjectives', 'stage = "delivering"\nobjectives');
    await dfg('region', 'check', folder);
    assert.match(await dfg('import', folder, ...ledger), /Nothing would change/);
  });

  await t.test('the changed folder passes the check', async () => {
    change(folder);
    await dfg('region', 'check', folder);
  });

  await t.test('import prints the plan, and changes nothing', async () => {
    before = await read();
    const log = await dfg('log', '--json', ...ledger);
    const plan = await dfg('import', folder, ...ledger);
    assert.match(plan, /^Workforce\n─+$/m);
    assert.match(plan, /^~ changed activity cybernorth-cluster: CyberNorth/m);
    assert.match(plan, /Stage:/);
    assert.match(plan, /[Cc]ompleted/);
    assert.match(plan, /\{\+fund\+\} those .*\{\+for longer\.\+\}/);
    assert.match(plan, /0 added, 2 changed, 0 renamed, 0 withdrawn\./);
    assert.match(plan, /--apply/);
    assert.equal(await dfg('log', '--json', ...ledger), log, 'the ledger is as it was');
    const told = JSON.parse(await dfg('import', folder, '--json', ...ledger));
    assert.equal(told.changes.length, 2);
    assert.equal(told.applied, null);
  });

  await t.test('applied with a reason, it is one entry that the public does not see', async () => {
    const { head } = await site.health();
    const said = await dfg('import', folder, '--apply', '--reason', REASON, ...ledger);
    const entry = Number(/Committed as entry (\d+)/.exec(said)?.[1]);
    assert.equal(entry, head + 1, said);
    await until('the server follows', async () => (await site.health()).head === entry);
    const [line] = (await dfg('log', '--json', '--last', '1', ...ledger)).trim().split('\n');
    assert.equal(JSON.parse(JSON.parse(line).body).reason, REASON);
    for (const [where, text] of await read()) {
      assert.equal(text, before.get(where), `${where} shows what is not published`);
    }
    const numbered = await fetch(`${site.origin}/api/v1/entries/${entry}`);
    assert.equal(numbered.status, 404);
    assert.match(await dfg('edition', 'diff', '1', 'now', ...ledger), /CyberNorth/);
  });

  await t.test('a stale change is refused with the difference', async () => {
    const stale = copyRegion();
    edit(path.join(stale, 'themes/workforce.md'), OLD, 'Find out what works.');
    const { head } = await site.health();
    const args = ['import', stale, '--apply', '--reason', 'Shorter', '--made-from', `${head - 1}`];
    const { code, out, err } = await run([...args, ...ledger]);
    assert.equal(code, 1, out);
    assert.match(err, /refused/);
    assert.match(err, /fund those for longer/);
    assert.equal((await site.health()).head, head);
  });

  await t.test('published, the site shows it within a second', async () => {
    const title = 'The second edition';
    const said = await dfg('edition', 'publish', '--title', title, ...ledger);
    assert.match(said, /Published edition 2 as entry \d+, hash [0-9a-f]{64}\./);
    const { ms } = await until('the new edition on the site', async () =>
      (await site.text(OBJECTIVE)).includes('fund those for longer'));
    t.diagnostic(`the site showed the edition ${ms.toFixed(0)} ms after the command had ended`);
    assert.ok(ms < 1000, `${ms} ms`);
    const hash = /hash ([0-9a-f]{64})/.exec(said)[1];
    await dfg('verify', '--expect', hash, ...ledger);
    const again = await run(['edition', 'publish', '--title', 'Once more', ...ledger]);
    assert.equal(again.code, 1, 'an edition without a change is none');
  });

  await t.test('every public address tells it now', async () => {
    const now = await read();
    for (const where of PUBLIC) {
      if (['/changes?from=r1&to=1', '/feeds/decisions.atom'].includes(where)) continue;
      assert.notEqual(now.get(where), before.get(where), `${where} is as before`);
    }
    assert.equal(JSON.parse(now.get('/api/v1/editions')).items[0].id, '2');
  });

  await t.test('the export of an edition stays what it was', async () => {
    const out = path.join(makeFolder('export'), 'one');
    await dfg('export', out, '--edition', '1', ...ledger);
    assertSameTree(out, REGION, 'edition 1 as a folder');
    const present = path.join(makeFolder('export'), 'two');
    await dfg('export', present, ...ledger);
    assertSameTree(present, folder, 'the present as a folder');
  });
});

journey('what changed is told with its reason', () => site, async ({ page }) => {
  await visit(page, '/changes?from=1&to=2');
  assert.match(await heading(page), /changed/i);
  await assertFits(page);
  const main = page.locator('main');
  const text = await main.innerText();
  assert.match(text, /CyberNorth/);
  assert.ok(text.includes(REASON.replace(/\.$/, '')), 'the reason is told');
  const reworded = page.locator('.change, li, article').filter({ hasText: 'skills initiatives' });
  const story = reworded.last();
  assert.match((await story.locator('del').allInnerTexts()).join(' '), /scale|up/);
  const inserted = (await story.locator('ins').allInnerTexts()).join(' ');
  assert.match(inserted, /fund/);
  assert.match(inserted, /longer/);
  assert.ok(await main.locator('a[href^="/activities/cybernorth-cluster"]').first().isVisible());

  // The default comparison is the latest edition against the one before it.
  await visit(page, '/changes');
  assert.match(await main.innerText(), /CyberNorth/);
});

journey('the activity tells its new stage and keeps its past', () => site, async ({ page }) => {
  await visit(page, ACTIVITY);
  const facts = page.getByRole('complementary', { name: 'Facts' });
  assert.match(await facts.innerText(), /Completed/);
  await visit(page, `${ACTIVITY}/history`);
  const history = await page.locator('main').innerText();
  assert.ok(history.includes(REASON.replace(/\.$/, '')), 'its history gives the reason');
  await visit(page, `${ACTIVITY}?edition=1`);
  assert.match(await facts.innerText(), /Delivering/);
  assert.ok(await page.getByRole('region', { name: /past/ }).isVisible());
});
