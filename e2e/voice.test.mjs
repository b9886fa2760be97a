// Talking back, without JavaScript: a stranger's signal from submission to response; and a
// one-minute update from a reminder's link, on a small phone, with the keyboard alone.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Postgres } from './postgres.mjs';
import {
  Site,
  WIDTHS,
  assertFits,
  closeBrowser,
  dfg,
  heading,
  openWindow,
  press,
  signIn,
  sleep,
  until,
  visit,
} from './harness.mjs';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Led by Newcastle University, of the theme data, under way. */
const ACTIVITY = 'national-edge-ai-hub';

let site;
before(async () => {
  site = await Site.start();
});
after(async () => {
  await closeBrowser();
  await site?.stop();
});

/** The e-mails to somebody, the oldest first. */
function letters(email, data = site.data) {
  const outbox = path.join(data, 'outbox');
  return fs
    .readdirSync(outbox)
    .sort()
    .map((name) => fs.readFileSync(path.join(outbox, name), 'utf8'))
    .filter((text) => text.includes(`\nTo: ${email}\n`));
}

async function look(page, title) {
  assert.equal(await heading(page), title);
  await assertFits(page);
}

/** What axe finds on some pages; nothing. */
async function assertAccessible(paths, width, storageState) {
  const { context, page } = await openWindow(site, { width, storageState });
  for (const where of paths) {
    await visit(page, where);
    assert.equal(new URL(page.url()).pathname, where);
    await assertFits(page);
    await page.evaluate(AXE);
    const found = await page.evaluate(() =>
      globalThis.axe.run(document, { resultTypes: ['violations'], preload: false }));
    const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
    assert.deepEqual(told, [], `axe on ${where}`);
  }
  if (process.env.DFG_SHOTS) {
    for (const where of paths) {
      await visit(page, where);
      const name = `${where.replace(/[0-9a-f]{64}/, 'token').replaceAll('/', '_')}-${width}.png`;
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.screenshot({ path: path.join(process.env.DFG_SHOTS, name), fullPage: height < 4000 });
    }
  }
  await context.close();
}

for (const width of WIDTHS) {
  test(`a stranger's signal gets a response, ${width} px wide`, { timeout: 120_000 }, async () => {
    const email = `resident-${width}@example.org`;
    const options = { width, javaScriptEnabled: false };
    const stranger = await openWindow(site, options);
    const { page } = stranger;
    await visit(page, '/signals');
    await page.getByRole('link', { name: 'Raise a signal' }).click();
    await look(page, 'Raise a signal');
    await page.getByLabel('What is happening?').fill(`The bus to work ${width} has no mobile signal. <b>We miss calls.`);
    await press(page, 'Send the signal');
    assert.match(await page.title(), /^Error: Raise a signal/);
    await assertFits(page);
    await page.getByRole('link', { name: 'Choose what sort of signal it is' }).click();
    await page.getByLabel('Challenge: something in the way').check();
    await page.locator('fieldset').filter({ hasText: 'What is it about?' }).getByRole('radio').first().check();
    await page.getByLabel('Where?').selectOption({ index: 1 });
    await page.getByLabel(/^Your e-mail address/).fill(email);
    await press(page, 'Send the signal');
    await look(page, 'Your signal waits to be read');
    const own = new URL(page.url()).pathname;
    assert.ok(letters(email)[0].includes(site.origin + own), 'the link is sent once');

    const lead = await signIn(site, `lead-${width}@example.org`, 'programme-lead', options);
    await visit(lead.page, '/desk');
    await lead.page.locator('main').getByRole('link', { name: 'Signals from the public' }).click();
    await look(lead.page, 'Signals from the public');
    const waiting = lead.page.getByRole('link', { name: `The bus to work ${width} has no mobile signal` });
    const moderation = new URL(await waiting.getAttribute('href'), site.origin).pathname;
    await assertAccessible(
      ['/signals', '/signals/new', own, '/privacy'],
      width,
    );
    await assertAccessible(['/desk/signals', moderation], width, await lead.context.storageState());
    await waiting.click();
    await look(lead.page, 'A signal from the public');
    await lead.page.getByLabel('Title', { exact: true }).fill(`No signal on bus ${width}`);
    await lead.page.getByLabel('What was seen').fill('Commuters on one bus line have no mobile coverage.');
    await press(lead.page, 'Let it in');
    await look(lead.page, 'Signals from the public');
    await visit(page, own);
    await look(page, 'Your signal is in the plan');

    await lead.page.getByRole('link', { name: `No signal on bus ${width}` }).click();
    await look(lead.page, `Respond: No signal on bus ${width}`);
    await assertAccessible([new URL(lead.page.url()).pathname], width, await lead.context.storageState());
    await lead.page.getByLabel('It is closed').check();
    await press(lead.page, 'Record the response');
    assert.match(await lead.page.title(), /^Error: Respond/);
    assert.ok(await lead.page.getByLabel('It is closed').isChecked(), 'nothing chosen is lost');
    await lead.page.getByLabel('The reason').fill('The operator builds a mast there in spring.');
    await press(lead.page, 'Record the response');
    await look(lead.page, 'Signals from the public');
    await visit(page, own);
    await look(page, 'Your signal is closed');
    assert.ok(await page.getByText('The operator builds a mast there in spring.').isVisible());
    const told = letters(email).map((text) => /^Subject: (.*)$/m.exec(text)[1].split(':')[0]);
    assert.deepEqual(told, ['Your signal', 'Your signal is in the plan', 'Your signal is closed']);
    await visit(page, own.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')), 404);
    for (const window of [stranger, lead]) {
      assert.deepEqual(window.noticed(), [], 'what no page may do');
      await window.context.close();
    }
  });
}

test('a one-minute update at 320 px with the keyboard alone', { timeout: 120_000 }, async () => {
  const email = 'partner@example.org';
  const options = { width: 320, javaScriptEnabled: false };
  const partner = await signIn(site, email, 'partner:newcastle-university', options);
  await visit(partner.page, '/desk/ownership');
  await look(partner.page, "Your organisation's parts");
  await Promise.all([
    partner.page.waitForNavigation({ waitUntil: 'load' }),
    partner.page.getByRole('button', { name: /^We accept/ }).first().click(),
  ]);
  assert.ok(await partner.page.getByText('Your answer is recorded.').isVisible());
  await assertAccessible(
    ['/desk', '/desk/ownership', '/desk/updates', `/desk/activities/${ACTIVITY}/update`],
    320,
    await partner.context.storageState(),
  );
  await assertAccessible(['/desk/ownership', '/desk/updates'], 1280, await partner.context.storageState());

  const commands = ['--data', site.data, '--address', site.origin];
  const trial = await dfg('reminders', 'send', '--dry-run', ...commands);
  assert.ok(trial.includes(email), trial);
  assert.equal(letters(email).length, 0, 'a trial sends nothing');
  await dfg('reminders', 'send', ...commands);
  const [letter, ...more] = letters(email);
  assert.deepEqual(more, []);
  await visit(partner.page, `/activities/${ACTIVITY}`);
  const name = await heading(partner.page);
  const lines = letter.split('\n');
  const link = lines[lines.findIndex((line) => line.startsWith(name)) + 1];
  assert.match(link, /\/update\/[0-9a-f]{64}$/);
  // A program that looks through e-mail opens it first.
  await site.text(link);
  await assertAccessible([new URL(link).pathname, '/update/done'], 320);
  await assertAccessible([new URL(link).pathname], 1280);

  const phone = await openWindow(site, options);
  const { page } = phone;
  const keys = async (...all) => {
    for (const key of all) await page.keyboard.press(key);
  };
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
  await visit(page, link);
  await look(page, `Update: ${name}`);
  // Past the header by the skip link; then field after field.
  await keys('Tab', 'Enter', 'Tab');
  assert.equal(await focused(), 'confidence');
  await keys('Space', 'ArrowDown', 'Tab', 'ArrowDown', 'Tab');
  assert.equal(await focused(), 'text');
  await page.keyboard.type('The second site is late by a month.');
  await keys('Tab');
  await page.keyboard.type('First site open');
  await keys('Tab');
  await page.keyboard.type('much');
  await keys('Enter');
  await until('what is wrong', async () => /^Error: Update/.test(await page.title()));
  await assertFits(page);
  assert.equal(await page.locator('#text').inputValue(), 'The second site is late by a month.');
  await page.locator('#spent').focus();
  await keys('Control+a');
  await page.keyboard.type('125,000');
  await keys('Tab', 'Enter');
  await until('the end', async () => /^Thank you/.test(await heading(page)));
  await look(page, 'Thank you: your update is recorded');
  await visit(page, link, 404);

  await dfg('edition', 'publish', '--title', 'Second', '--data', site.data);
  const { value } = await until('the edition', async () => {
    const text = await site.text(`/activities/${ACTIVITY}`);
    return text.includes('The second site is late by a month.') && text;
  });
  assert.ok(value.includes('rag-amber'), 'green, then one down');
  assert.ok(value.includes('£125,000'));
  await assertAccessible([`/activities/${ACTIVITY}`, '/pipeline'], 320);
  await assertAccessible([`/activities/${ACTIVITY}`, '/pipeline'], 1280);
  for (const window of [partner, phone]) {
    assert.deepEqual(window.noticed(), [], 'what no page may do');
    await window.context.close();
  }
});

test('two servers on one PostgreSQL send each reminder once, by themselves', { timeout: 120_000 }, async () => {
  const postgres = Postgres.start();
  const database = postgres.makeDatabase();
  const first = await Site.start({ database });
  const email = 'partner@example.org';
  const role = ['--role', 'partner:newcastle-university'];
  await dfg('person', 'invite', email, ...role, '--data', first.data, '--database', database);
  await first.stop();
  const servers = await Promise.all([1, 2].map(() => Site.start({ database, reminders: 'on' })));
  const sent = () => servers.flatMap((server) => letters(email, server.data));
  await until('reminders', () => sent().length > 0);
  // Both have had their first pass by now.
  await sleep(3_000);
  const links = sent().flatMap((letter) => letter.match(/^http.*\/update\/[0-9a-f]{64}$/gm));
  const titles = sent().flatMap((letter) => letter.match(/^.* \(no update yet\)$/gm));
  assert.ok(titles.length > 3, 'several activities');
  assert.equal(new Set(titles).size, titles.length, 'none twice');
  assert.equal(new Set(links).size, titles.length, 'a link each');
  for (const server of servers) await server.stop();
  postgres.stop();
});
