// Two people editing one activity, without JavaScript: both propose, one is decided first, and the
// other compares the two field by field before the second decision.

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
const PICTURES = process.env.PICTURES;
const PEOPLE = {
  lead: { name: 'The Lead', email: 'lead@example.org' },
  member: { name: 'The Member', email: 'member@example.org', role: 'Member of a delivery group: ' },
  chair: { name: 'The Chair', email: 'chair@example.org', role: 'Chair of the steering group' },
};

let site;
before(async () => {
  site = await Site.start();
  // They get in once, at any width; their sessions serve both tests.
  const lead = await openWindow(site, { javaScriptEnabled: false });
  await visit(lead.page, /http\S+\/sign-in\/[0-9a-f]{64}/.exec(site.log())[0]);
  await lead.page.getByLabel('Your name').fill(PEOPLE.lead.name);
  await lead.page.getByLabel('Your e-mail address').fill(PEOPLE.lead.email);
  await press(lead.page, 'Begin as programme lead');
  for (const person of [PEOPLE.member, PEOPLE.chair]) {
    await visit(lead.page, '/desk/people/new');
    await lead.page.getByLabel('Name', { exact: true }).fill(person.name);
    await lead.page.getByLabel('E-mail address').fill(person.email);
    await lead.page.getByLabel(person.role).first().check();
    await press(lead.page, 'Send the invitation');
    const { context, page } = await openWindow(site, { javaScriptEnabled: false });
    await visit(page, await invitationOf(person.email));
    await press(page, 'Sign in');
    person.session = await context.storageState();
    await context.close();
  }
  PEOPLE.lead.session = await lead.context.storageState();
  await lead.context.close();
});
after(async () => {
  await closeBrowser();
  await site?.stop();
});

async function invitationOf(email) {
  const outbox = path.join(site.data, 'outbox');
  const { value } = await until(`an e-mail to ${email}`, () => {
    const letters = fs.readdirSync(outbox).map((name) => fs.readFileSync(path.join(outbox, name), 'utf8'));
    const letter = letters.find((text) => text.includes(`\nTo: ${email}\n`));
    return letter && /http\S+\/sign-in\/[0-9a-f]{64}\S*/.exec(letter)[0];
  });
  return value;
}

/** Presses a button, which leads to another page. */
async function press(page, name) {
  const button = page.locator('main').getByRole('button', { name, exact: true }).first();
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), button.click()]);
}

async function follow(page, name) {
  const link = page.locator('main').getByRole('link', { name }).first();
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), link.click()]);
}

/** What axe finds on the page that is open: nothing. Axe itself needs scripts, the page none. */
async function assertSound(person, page, width) {
  await assertFits(page);
  const { context, page: other } = await openWindow(site, { width, storageState: person.session });
  await visit(other, page.url());
  await other.evaluate(AXE);
  const found = await other.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ['violations'], preload: false }));
  const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
  await context.close();
  assert.deepEqual(told, [], `axe on ${page.url()}`);
}

async function picture(page, name, width) {
  if (!PICTURES) return;
  await page.screenshot({ path: path.join(PICTURES, `${name}-${width}.png`), fullPage: true });
}

for (const width of WIDTHS) {
  test(`two people edit one activity, ${width} px wide`, { timeout: 600_000 }, async () => {
    const open = async (person) => {
      const options = { width, javaScriptEnabled: false, storageState: person.session };
      return { ...(await openWindow(site, options)), person };
    };
    const [lead, member, chair] = [
      await open(PEOPLE.lead),
      await open(PEOPLE.member),
      await open(PEOPLE.chair),
    ];
    const check = async ({ page, person }, name) => {
      await picture(page, name, width);
      await assertSound(person, page, width);
    };

    // Each begins from the same record and writes another title.
    const proposals = [];
    for (const [who, title] of [[lead, `Teesdale by the lead ${width}`], [member, `Teesdale by the member ${width}`]]) {
      const { page } = who;
      await visit(page, '/desk');
      await follow(page, 'Proposals');
      await follow(page, 'Make a proposal');
      await page.getByLabel('Find what you want to change').fill('gigabit activity');
      await press(page, 'Find');
      await check(who, 'new');
      await follow(page, /Propose a change to this.*Teesdale/);
      await press(page, 'Save and continue');
      assert.match(await page.title(), /^Error: Make a proposal/);
      await check(who, 'new-wrong');
      await page.getByLabel('What do you propose, in a few words?').fill(`Rename, ${title}`);
      await page.getByLabel('Why?').fill('People look for it under another name.\n\nIt is also shorter.');
      await press(page, 'Save and continue');
      await check(who, 'tasks');
      await follow(page, 'What it is');
      await page.getByLabel('What is it called?').fill(title);
      await check(who, 'basics');
      await press(page, 'Save and continue');
      await follow(page, 'Stage and delivery');
      await page.getByLabel('When does it end?').fill('one day');
      await press(page, 'Save and continue');
      assert.match(await page.title(), /^Error: Stage and delivery/);
      await picture(page, 'stage-wrong', width);
      await follow(page, '“one day” is not a date');
      await page.getByLabel('When does it end?').fill('March 2027');
      await press(page, 'Save and continue');
      await follow(page, 'Who takes part');
      await check(who, 'owners');
      await press(page, 'Save, and add another part');
      await visit(page, page.url().replace(/[?#].*|\/owners.*/g, ''));
      await follow(page, 'Go back to the proposal');
      proposals.push(page.url());
      await check(who, 'draft');
      await follow(page, 'Check and hand in');
      await check(who, 'check');
      await press(page, 'Hand in the proposal');
      await check(who, 'handed-in');
    }
    const [first, second] = proposals;

    // The chair sees that both touch the same field, and says something.
    await visit(chair.page, '/desk/proposals');
    assert.match(await chair.page.locator('main').innerText(), /In conflict/);
    await check(chair, 'list');
    await visit(chair.page, second);
    await chair.page.getByLabel('What do you want to say?').fill('Which of the two names is it?');
    await press(chair.page, 'Say it');
    await check(chair, 'discussed');
    const decide = async (proposal, title) => {
      const { page } = chair;
      await visit(page, proposal);
      await follow(page, 'Record the decision');
      await page.getByLabel('Accept it').check();
      await page.getByLabel('The decision in a few words').fill(title);
      await page.getByLabel('Why?').fill('The name helps people to find it.');
      await check(chair, 'decision');
      await press(page, 'Record the decision');
    };
    await decide(first, `Rename it, ${width}`);
    assert.match(await chair.page.locator('main').innerText(), /in the plan since entry/);
    await decide(second, `Rename it again, ${width}`);
    assert.match(await chair.page.title(), /^Error: Record the decision/);
    assert.match(await chair.page.locator('main').innerText(), /changed in the same places/);

    // The member compares the two and writes a third.
    await visit(member.page, second);
    await press(member.page, 'Take it back to work on it');
    await follow(member.page, /Teesdale/);
    await follow(member.page, 'Compare the two and choose');
    assert.equal(await heading(member.page), 'Changed by others since you began');
    await check(member, 'merge');
    await press(member.page, 'Save and go on from here');
    assert.match(await member.page.title(), /^Error: Changed by others/);
    await member.page.getByLabel('Write it anew, below').check();
    await member.page.getByLabel('Your new words').fill(`Teesdale by both ${width}`);
    await press(member.page, 'Save and go on from here');
    await follow(member.page, 'Go back to the proposal');
    await follow(member.page, 'Check and hand in');
    await press(member.page, 'Hand in the proposal');
    await decide(second, `Rename it at last, ${width}`);
    await visit(member.page, second);
    const told = await member.page.locator('main').innerText();
    assert.match(told, /in the plan since entry/);
    assert.match(told, new RegExp(`by both ${width}`));
    await check(member, 'decided');

    // What somebody types when their session has ended is not lost.
    await visit(member.page, '/desk/proposals/new?record=activities/bede-supercomputer');
    await member.page.getByLabel('What do you propose, in a few words?').fill('A "quoted" title');
    await member.page.getByLabel('Why?').fill(`It took long to write, ${width}.`);
    const cookies = await member.context.cookies();
    await member.context.clearCookies();
    await press(member.page, 'Save and continue');
    assert.equal(await heading(member.page), 'Your session has ended');
    await picture(member.page, 'held', width);
    await member.context.addCookies(cookies);
    await press(member.page, 'Save what I typed');
    await follow(member.page, 'Go back to the proposal');
    assert.equal(await heading(member.page), 'A "quoted" title');

    for (const window of [lead, member, chair]) {
      assert.deepEqual(window.noticed(), [], 'what no page may do');
      await window.context.close();
    }
  });
}
