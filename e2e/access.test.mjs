// Getting in, without JavaScript: the first programme lead invites an analyst, who comes by the
// link in the e-mail and later asks for another.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  Site,
  WIDTHS,
  assertFits,
  closeBrowser,
  heading,
  openWindow,
  until,
  visit,
} from './harness.mjs';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let site;
before(async () => {
  site = await Site.start();
});
after(async () => {
  await closeBrowser();
  await site?.stop();
});

/** The link in the newest e-mail to somebody, once it is there. */
async function linkTo(email, but = []) {
  const outbox = path.join(site.data, 'outbox');
  const { value } = await until(`an e-mail to ${email}`, () => {
    const links = fs
      .readdirSync(outbox)
      .map((name) => fs.readFileSync(path.join(outbox, name), 'utf8'))
      .filter((text) => text.includes(`\nTo: ${email}\n`))
      .map((text) => /http\S+\/sign-in\/[0-9a-f]{64}\S*/.exec(text)[0]);
    return links.find((link) => !but.includes(link));
  });
  return value;
}

/** Presses a button, which leads to another page. */
async function press(page, name) {
  const button = page.locator('main').getByRole('button', { name });
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), button.click()]);
}

/** The page fits the width. */
async function look(page, title) {
  assert.equal(await heading(page), title);
  await assertFits(page);
}

/** What axe finds on the pages that somebody who is signed in has; nothing. */
async function assertAccessible(signedIn, width) {
  const storageState = await signedIn.storageState();
  const inside = ['/desk', '/desk/account', '/desk/people', '/desk/people/new', '/desk/audit'];
  for (const [paths, options] of [[['/sign-in', '/sign-in/sent'], {}], [inside, { storageState }]]) {
    const { context, page } = await openWindow(site, { width, ...options });
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
    await context.close();
  }
}

for (const width of WIDTHS) {
  const analyst = `analyst-${width}@example.org`;
  const open = () => openWindow(site, { width, javaScriptEnabled: false });

  test(`people get in, ${width} px wide`, { timeout: 120_000 }, async () => {
    const lead = await open();
    const first = /http\S+\/sign-in\/[0-9a-f]{64}/.exec(site.log())[0];
    if (width === WIDTHS[0]) {
      await visit(lead.page, first);
      await look(lead.page, 'Begin');
      await press(lead.page, 'Begin as programme lead');
      assert.match(await lead.page.title(), /^Error: Begin/);
      await lead.page.getByLabel('Your name').fill('The Lead');
      await lead.page.getByLabel('Your e-mail address').fill('lead@example.org');
      await press(lead.page, 'Begin as programme lead');
    } else {
      await visit(lead.page, first, 404);
      await visit(lead.page, '/sign-in');
      await lead.page.getByLabel('E-mail address').fill('lead@example.org');
      await press(lead.page, 'Send me a link');
      await look(lead.page, 'Check your e-mail');
      await visit(lead.page, await linkTo('lead@example.org'));
      await press(lead.page, 'Sign in');
    }
    await look(lead.page, 'Welcome, The Lead');
    await visit(lead.page, '/desk/people/new');
    await look(lead.page, 'Invite somebody');
    await lead.page.getByLabel('Name', { exact: true }).fill('The Analyst');
    await lead.page.getByLabel('E-mail address').fill(analyst);
    await lead.page.getByLabel('Analyst').check();
    await press(lead.page, 'Send the invitation');
    await look(lead.page, 'People');

    const newcomer = await open();
    const invitation = await linkTo(analyst);
    await visit(newcomer.page, invitation);
    await press(newcomer.page, 'Sign in');
    await look(newcomer.page, 'Welcome, The Analyst');
    await visit(newcomer.page, '/desk/people', 404);
    await visit(newcomer.page, '/desk');
    await press(newcomer.page, 'Sign out');

    await visit(newcomer.page, '/sign-in?next=/desk/account');
    await newcomer.page.getByLabel('E-mail address').fill(analyst);
    await press(newcomer.page, 'Send me a link');
    const link = await linkTo(analyst, [invitation]);
    const elsewhere = await open();
    await visit(elsewhere.page, link, 404);
    await visit(newcomer.page, link);
    await press(newcomer.page, 'Sign in');
    await look(newcomer.page, 'Your account');
    await assertAccessible(lead.context, width);
    for (const window of [lead, newcomer, elsewhere]) {
      assert.deepEqual(window.noticed(), [], 'what no page may do');
      await window.context.close();
    }
  });
}
