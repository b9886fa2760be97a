// The whole way of a change: a partner proposes it, a delivery group reviews the activities of its
// theme, the steering group decides at a meeting, and the programme lead publishes the edition in
// which the public reads the change, the decision and why. Five people in five sessions.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  Site,
  assertFits,
  closeBrowser,
  heading,
  openWindow,
  until,
  visit,
} from './harness.mjs';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** A folder for pictures of every page, where somebody wants to look at them. */
const PICTURES = process.env.PICTURES;
const PEOPLE = {
  lead: { name: 'The Lead', email: 'lead@example.org' },
  partner: { name: 'The Partner', email: 'partner@example.org', organisation: 'Newcastle University' },
  chair: { name: 'The Chair', email: 'chair@example.org', role: 'Chair of a delivery group: Data delivery group' },
  member: { name: 'The Member', email: 'member@example.org', role: 'Member of a delivery group: Data delivery group' },
  steering: { name: 'The Steering Chair', email: 'steering@example.org', role: 'Chair of the steering group' },
};
/** Each run has activities of its own: one that the proposal changes, one that somebody is tied to. */
const RUNS = [
  { width: 1280, scripts: true, slug: 'bede-supercomputer', title: 'Bede regional supercomputer', tied: 'Great North Care Record' },
  { width: 320, scripts: true, slug: 'newcastle-city-listening', title: 'City Listening project', tied: 'Great North Care Record' },
  { width: 320, scripts: false, slug: 'cosma-8-supercomputer', title: 'COSMA 8 cosmology supercomputer', tied: 'Great North Care Record' },
];

let site;
before(async () => {
  site = await Site.start();
  const lead = await openWindow(site);
  await visit(lead.page, /http\S+\/sign-in\/[0-9a-f]{64}/.exec(site.log())[0]);
  await lead.page.getByLabel('Your name').fill(PEOPLE.lead.name);
  await lead.page.getByLabel('Your e-mail address').fill(PEOPLE.lead.email);
  await press(lead.page, 'Begin as programme lead');
  for (const person of Object.values(PEOPLE)) {
    if (person === PEOPLE.lead) continue;
    await visit(lead.page, '/desk/people/new');
    await lead.page.getByLabel('Name', { exact: true }).fill(person.name);
    await lead.page.getByLabel('E-mail address').fill(person.email);
    if (person.role) await lead.page.getByLabel(person.role, { exact: true }).check();
    if (person.organisation) {
      await lead.page.getByLabel('Partner from').selectOption({ label: person.organisation });
    }
    await press(lead.page, 'Send the invitation');
    const { context, page } = await openWindow(site);
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

async function follow(page, link) {
  const found = typeof link === 'object' && !(link instanceof RegExp)
    ? link
    : page.locator('main').getByRole('link', { name: link }).first();
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), found.click()]);
}

const said = (page) => page.locator('main').innerText();

/** Goes on with the tabulator until something fits, which then has the focus. */
async function tabTo(page, what, fits, key = 'Tab') {
  for (let n = 0; n < 200; n += 1) {
    await page.keyboard.press(key);
    if (await page.evaluate(fits.expression, fits.with)) return;
  }
  assert.fail(`the tabulator does not reach ${what} on ${page.url()}`);
}

/** Whether the focus is on the field with an id, or among a group of radio buttons with a name. */
const on = (id) => ({ expression: (wanted) => document.activeElement?.id === wanted, with: id });
const onGroup = (name) => ({ expression: (wanted) => document.activeElement?.name === wanted, with: name });
const onButton = (words) => ({
  expression: (wanted) => document.activeElement?.tagName === 'BUTTON' && document.activeElement.textContent.trim() === wanted,
  with: words,
});

/** Presses the key that follows what has the focus. */
async function enter(page) {
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), page.keyboard.press('Enter')]);
}

for (const run of RUNS) {
  const { width, scripts, slug, title, tied } = run;
  const kind = `${width} px wide${scripts ? '' : ', without scripts'}`;
  const tag = `${width}${scripts ? '' : '-plain'}`;

  test(`from a draft to the published edition, ${kind}`, { timeout: 600_000 }, async () => {
    const open = async (person) => {
      const options = { width, javaScriptEnabled: scripts, storageState: person.session };
      return { ...(await openWindow(site, options)), person };
    };
    const windows = {};
    for (const [name, person] of Object.entries(PEOPLE)) windows[name] = await open(person);
    const { lead, partner, chair, member, steering } = windows;

    /** The page that is open fits, axe finds nothing, and there may be a picture of it. */
    const look = async ({ page, person }, name) => {
      await heading(page);
      await assertFits(page);
      if (PICTURES) {
        await page.screenshot({ path: path.join(PICTURES, `${name}-${tag}.png`), fullPage: true });
      }
      const answered = /^Error: /.test(await page.title());
      // Axe needs scripts. Where there are none, it looks at the page's address in another window.
      let other = null;
      if (!scripts) {
        if (answered) return;
        other = await openWindow(site, { width, storageState: person?.session });
        await visit(other.page, page.url());
      }
      const target = other?.page ?? page;
      await target.evaluate(AXE);
      const found = await target.evaluate(() =>
        globalThis.axe.run(document, { resultTypes: ['violations'], preload: false }));
      const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
      await other?.context.close();
      assert.deepEqual(told, [], `axe on ${page.url()}`);
    };
    const go = async (who, where, name) => {
      await visit(who.page, where);
      await look(who, name);
    };
    try {
      const renamed = `${title} for all, ${tag}`;
      const why = `People look for it under this name, ${tag}.`;

      // (a) The partner drafts a proposal, looks it over and hands it in.
      {
        const { page } = partner;
        await go(partner, '/desk', 'a1-desk');
        await go(partner, '/desk/proposals', 'a2-proposals');
        await follow(page, 'Make a proposal');
        await page.getByLabel('Find what you want to change').fill(title);
        await press(page, 'Find');
        await look(partner, 'a3-found');
        await follow(page, new RegExp(`Propose a change to this.*${title}`));
        await page.getByLabel('What do you propose, in a few words?').fill(`Rename, ${tag}`);
        await page.getByLabel('Why?').fill(why);
        await press(page, 'Save and continue');
        await look(partner, 'a4-tasks');
        await follow(page, 'What it is');
        await page.getByLabel('What is it called?').fill('');
        await press(page, 'Save and continue');
        assert.match(await page.title(), /^Error: /);
        await look(partner, 'a5-form-wrong');
        await page.getByLabel('What is it called?').fill(renamed);
        await press(page, 'Save and continue');
        await look(partner, 'a6-tasks-done');
        await follow(page, 'Go back to the proposal');
        await look(partner, 'a7-draft');
        await follow(page, 'Check and hand in');
        await look(partner, 'a8-check');
        assert.match(await said(page), new RegExp(renamed));
        await press(page, 'Hand in the proposal');
        await look(partner, 'a9-handed-in');
      }
      const proposal = partner.page.url();

      // (b) The group's chair opens a round of review and recommends the proposal.
      {
        const { page } = chair;
        await go(chair, '/desk', 'b1-desk');
        await follow(page, 'Reviews');
        await look(chair, 'b2-reviews');
        await follow(page, 'Open a review');
        await look(chair, 'b3-whose');
        await follow(page, 'Data delivery group');
        await look(chair, 'b4-new');
        await press(page, 'Open the review');
        assert.match(await page.title(), /^Error: Open a review/);
        await look(chair, 'b5-new-wrong');
        await page.getByLabel('What the review is called').fill(`Review ${tag}`);
        for (const [n, [criterion, weight]] of [['Does it fit?', '60'], ['Is it sure?', '40'], ['', ''], ['', '']].entries()) {
          await page.locator(`#criterion-${n + 1}`).fill(criterion);
          await page.locator(`#weight-${n + 1}`).fill(weight);
        }
        for (const box of await page.locator('input[name="activity"]').all()) await box.uncheck();
        await page.getByLabel(title, { exact: true }).check();
        await page.getByLabel(tied, { exact: true }).check();
        await page.getByLabel('Questions to the members').fill('What is missing?');
        await press(page, 'Open the review');
        await look(chair, 'b6-round');
      }
      const review = new URL(chair.page.url()).pathname;
      await visit(chair.page, '/desk');
      await follow(chair.page, `Look at: Rename, ${tag}`);
      await look(chair, 'b7-proposal');
      await chair.page.getByLabel('Recommend it for a group').selectOption({ label: 'Data delivery group' });
      await press(chair.page, 'Recommend it');
      await look(chair, 'b8-recommended');

      // (c) The member scores with the keyboard alone, and is tied to the other activity.
      {
        const { page } = member;
        await go(member, '/desk', 'c1-desk');
        await follow(page, `Score: Review ${tag}`);
        await follow(page, title);
        await look(member, 'c2-scoring');
        for (const [n, times] of [[0, 3], [1, 2]]) {
          await tabTo(page, `points ${n}`, onGroup(`points-${n}`));
          await page.keyboard.press('Space');
          for (let at = 0; at < times; at += 1) await page.keyboard.press('ArrowDown');
          assert.ok(await page.locator(`#points-${n}-${times}`).isChecked(), 'the arrows choose');
          await tabTo(page, `reason ${n}`, on(`reason-${n}`));
          if (n === 0) await page.keyboard.type('It fits what the data theme wants.');
        }
        await tabTo(page, 'the button', onButton('Save your scores'));
        await enter(page);
        assert.match(await page.title(), /^Error: /, 'points need a reason');
        await look(member, 'c3-scoring-wrong');
        assert.ok(await page.locator('#points-1-2').isChecked(), 'what was chosen stays');
        await tabTo(page, 'the way to the fault', { expression: () => document.activeElement?.hash === '#points-1' });
        await page.keyboard.press('Enter');
        await tabTo(page, 'reason 1', on('reason-1'));
        await page.keyboard.type('Its funding is agreed.');
        await tabTo(page, 'the button', onButton('Save your scores'));
        await enter(page);
        assert.match(await said(page), /Your scores are saved/);
        await look(member, 'c4-scored');
        await visit(page, review);
        await follow(page, tied);
        await page.getByLabel('What ties you to it').fill('I work for it.');
        await press(page, 'Declare the interest');
        assert.match(await said(page), /You do not score this activity/);
        await look(member, 'c5-interest');
        await visit(page, review);
        await page.getByLabel('What is missing?').fill('A plan for the years after the grant.');
        await press(page, 'Save your answers');
        await look(member, 'c6-round');
        await visit(page, `${review}/results`, 404);
      }
      {
        const { page } = chair;
        for (const [activity, points] of [[title, 1], [tied, 4]]) {
          await visit(page, review);
          await follow(page, activity);
          for (const n of [0, 1]) {
            await page.locator(`label[for="points-${n}-${points}"]`).click();
            await page.locator(`#reason-${n}`).fill(`Reason ${n} of the chair.`);
          }
          await press(page, 'Save your scores');
        }
        await visit(page, review);
        assert.match(await said(page), /2 of 2 members have scored all that they can/);
        await press(page, 'Close the review now');
        await look(chair, 'c7-closed');
        await follow(page, 'See the results');
        await look(chair, 'c8-results');
        await follow(page, new RegExp(`Recommend.*on ${title}`));
        await look(chair, 'c9-recommend');
        await press(page, 'Record the recommendation');
        assert.match(await page.title(), /^Error: /);
        await look(chair, 'c10-recommend-wrong');
        await page.getByLabel('Pause').check();
        await page.getByLabel('Why').fill(`Its next grant is open, ${tag}.`);
        await press(page, 'Record the recommendation');
        await look(chair, 'c11-results');
        // What comes after the closing by hand is not taken.
        await visit(member.page, `${review}/activities/${slug}`);
        assert.equal(await member.page.getByRole('button', { name: 'Save your scores' }).count(), 0);
        await look(member, 'c12-closed');
      }

      // (d) The steering group meets and decides on both.
      const pause = `Pause it until its grant is agreed, ${tag}`;
      const rename = `Call it what people call it, ${tag}`;
      {
        const { page } = steering;
        await go(steering, '/desk', 'd1-desk');
        await go(steering, '/desk/meetings', 'd2-meetings');
        await follow(page, 'Plan a meeting');
        await press(page, 'Plan the meeting');
        assert.match(await page.title(), /^Error: Plan a meeting/);
        await look(steering, 'd3-plan-wrong');
        await page.getByLabel('What the meeting is called').fill(`Meeting ${tag}`);
        await page.getByLabel('Who meets').selectOption({ label: 'Digital for Growth steering group' });
        await page.getByLabel('Quorum').fill('1');
        await press(page, 'Plan the meeting');
        await look(steering, 'd4-meeting');
        const meeting = page.url();
        await press(page, 'Fill the agenda again');
        await page.getByLabel(PEOPLE.steering.name).check();
        await press(page, 'Note who is present');
        await look(steering, 'd5-present');
        await follow(page, page.locator(`main a[href*="/items/recommendation."][href$="${slug}"]`));
        await look(steering, 'd6-item');
        await page.getByLabel('For', { exact: true }).check();
        await press(page, 'Cast your vote');
        await page.getByLabel('A decision', { exact: true }).check();
        await page.getByLabel('The activity’s stage').selectOption({ label: 'Paused' });
        await press(page, 'Record it');
        assert.match(await page.title(), /^Error: /);
        await look(steering, 'd7-item-wrong');
        assert.ok(await page.getByLabel('A decision', { exact: true }).isChecked());
        await page.getByLabel('In a sentence').fill(pause);
        await page.getByLabel('Why', { exact: true }).fill(`No grant, no staff, ${tag}.`);
        await press(page, 'Record it');
        assert.match(await said(page), /For 1, against 0, abstained 0: carried/);
        await look(steering, 'd8-decided');
        await visit(page, meeting);
        await follow(page, page.locator(`main a[href$="/items/proposal.${proposal.split('/').pop()}"]`));
        await look(steering, 'd9-proposal');
        assert.match(await page.locator('#changes + ul ins').first().innerText(), /for all/);
        await page.getByLabel('The proposal is accepted').check();
        await page.getByLabel('In a sentence').fill(rename);
        await page.getByLabel('Why', { exact: true }).fill(`It is easier to find, ${tag}.`);
        await press(page, 'Record it');
        assert.match(await said(page), /1 present and free to vote, with a quorum of 1\./);
        await look(steering, 'd10-accepted');
        await visit(page, meeting);
        await follow(page, page.locator('main a[href*="/items/signal."]').first());
        const off = page.url();
        await press(page, 'Take it off');
        assert.equal(await page.locator(`main a[href="${new URL(off).pathname}"]`).count(), 0);
        await page.getByLabel('By when').fill('2031-01-31');
        await press(page, 'Add the action');
        assert.match(await page.title(), /^Error: /);
        await look(steering, 'd11-action-wrong');
        await page.getByLabel('What', { exact: true }).fill('Tell the university');
        assert.equal(await page.getByLabel('By when').inputValue(), '2031-01-31');
        await press(page, 'Add the action');
        await look(steering, 'd11-meeting');
        await follow(page, 'Minutes');
        const minutes = await said(page);
        for (const words of [pause, rename, `No grant, no staff, ${tag}`, 'Tell the university']) assert.ok(minutes.includes(words), words);
        await look(steering, 'd12-minutes');
        await go(steering, '/desk/calendar', 'd13-calendar');
      }
      await visit(partner.page, proposal);
      assert.match(await said(partner.page), /in the plan since entry/);
      await look(partner, 'd14-proposal');
      await go(partner, '/desk/since', 'd15-since');

      // Nothing of it is public yet.
      const before = await site.text(`/activities/${slug}`);
      assert.ok(!before.includes(renamed) && !before.includes(pause));

      // (e) The programme lead prepares the edition, previews and publishes it.
      {
        const { page } = lead;
        for (const [where, name] of [
          ['/desk', 'e1-desk'],
          ['/desk/people', 'e2-people'],
          ['/desk/account', 'e2-account'],
          ['/desk/audit', 'e2-audit'],
          ['/desk/edition', 'e3-edition'],
        ]) await go(lead, where, name);
        await follow(page, 'Read every change, and why');
        assert.ok((await said(page)).includes(renamed));
        await look(lead, 'e4-changes');
        await visit(page, '/desk/edition');
        await page.getByLabel('Title').fill(`What the group decided, ${tag}`);
        await page.getByLabel('Foreword').fill('One activity **pauses**, and has a new name.');
        await page.getByLabel('Why is it published now?').fill('The steering group has met.');
        await press(page, 'Save, and see it in the preview');
        await look(lead, 'e5-saved');
        await visit(page, `/activities/${slug}?edition=next`);
        assert.equal(await heading(page), renamed);
        await look(lead, 'e6-preview');
        assert.ok(!(await site.text(`/activities/${slug}`)).includes(renamed), 'a preview is not public');
        await visit(page, '/desk/edition');
        await press(page, /^Publish edition/);
        await look(lead, 'e7-published');
      }
      const reader = { ...(await openWindow(site, { width, javaScriptEnabled: scripts })), person: null };
      windows.reader = reader;
      {
        const { page } = reader;
        await go(reader, `/activities/${slug}`, 'f1-activity');
        assert.equal(await heading(page), renamed);
        assert.match(await said(page), /Paused/);
        await go(reader, `/activities/${slug}/history`, 'f2-history');
        const history = await said(page);
        for (const words of [`No grant, no staff, ${tag}`, renamed]) assert.ok(history.includes(words), words);
        await visit(page, `/activities/${slug}`);
        await follow(page, pause);
        await look(reader, 'f3-decision');
        assert.equal(await heading(page), pause);
        assert.match(await said(page), new RegExp(`No grant, no staff, ${tag}`));
        await go(reader, '/changes', 'f4-changes');
        const changes = await said(page);
        for (const words of [renamed, pause, rename]) assert.ok(changes.includes(words), words);
      }
      for (const window of Object.values(windows)) {
        assert.deepEqual(window.noticed(), [], 'what no page may do');
      }
    } catch (error) {
      const where = Object.entries(windows).map(([name, { page }]) => `${name} at ${page.url()}`);
      error.message += `\n${where.join('\n')}\n${site.log()}`;
      throw error;
    } finally {
      for (const { context } of Object.values(windows)) await context.close();
    }
  });
}
