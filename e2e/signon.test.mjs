// Signing on through an organisation's own provider: a real one, on this machine.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import Provider from 'oidc-provider';
import { Site, WIDTHS, assertFits, closeBrowser, dfg, heading, makeFolder, openBrowser } from './harness.mjs';

const CLIENT = 'strategy';
const SECRET = 'a secret between the two of them';
/** People whom the provider does not vouch for. */
const unvouched = new Set(['doubtful']);

let server;
let site;
/** What a test makes of the address to which the provider sends a browser back. */
let divert = null;

/** The provider listens before the site starts, and learns of the site afterwards. */
before(async () => {
  server = http.createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const secret = path.join(makeFolder('secret'), 'secret.txt');
  fs.writeFileSync(secret, `${SECRET}\n`);
  site = await Site.start({
    more: [
      ...['--sign-on-issuer', issuer, '--sign-on-client', CLIENT],
      ...['--sign-on-secret-file', secret, '--sign-on-name', 'Sign in with Tyne University'],
    ],
  });
  for (const name of ['chair', 'second', 'doubtful', 'elsewhere']) {
    await dfg('person', 'invite', `${name}@example.org`, '--role', 'reader', ...site.ledger);
  }
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT,
        client_secret: SECRET,
        redirect_uris: [`${site.origin}/sign-in/organisation/back`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    pkce: { required: () => true },
    cookies: { keys: ['of this test'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: !unvouched.has(id) }),
    }),
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (request.url === '/held') return response.end('held');
    const { setHeader } = response;
    response.setHeader = (name, value) => {
      const isBack = /^location$/i.test(name) && value.includes('/sign-in/organisation/back?');
      return setHeader.call(response, name, isBack && divert ? divert(value) : value);
    };
    return answer(request, response);
  });
});

after(async () => {
  await closeBrowser();
  await site?.stop();
  server?.closeAllConnections();
  server?.close();
});

async function open(options) {
  const browser = await openBrowser();
  const context = await browser.newContext({ baseURL: site.origin, ...options });
  return { context, page: await context.newPage() };
}

/** Goes to the provider by the button, signs in there and agrees. */
async function signOn(page, name) {
  await page.goto('/sign-in?next=/desk/account');
  await page.getByRole('button', { name: 'Sign in with Tyne University' }).click();
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL((url) => url.origin === site.origin || url.pathname === '/held');
}

const pathOf = (page) => new URL(page.url()).pathname;

test('whoever is invited signs on, and is known from then on', { timeout: 60_000 }, async () => {
  for (const width of WIDTHS) {
    const { context, page } = await open({ viewport: { width, height: 700 } });
    await page.goto('/sign-in');
    await assertFits(page);
    await signOn(page, 'chair');
    assert.equal(pathOf(page), '/desk/account');
    assert.match(await page.locator('main').innerText(), /chair@example\.org/);
    const held = await (await page.request.get('/desk/account/data')).json();
    assert.equal(held.records.identities.length, 1);
    await context.close();
  }
});

test('a stranger, and one who is not vouched for, stay out', { timeout: 60_000 }, async () => {
  for (const name of ['stranger', 'doubtful']) {
    const { context, page } = await open();
    await signOn(page, name);
    assert.equal(await heading(page), 'Nobody takes part here by this name');
    await page.goto('/desk');
    assert.equal(pathOf(page), '/sign-in');
    await context.close();
  }
});

test('the way back works once, in the browser that went', { timeout: 60_000 }, async () => {
  const one = await open();
  const other = await open();
  let back;
  divert = (url) => {
    back = url;
    return '/held';
  };
  await signOn(one.page, 'elsewhere');
  divert = null;
  assert.ok(back, 'the provider sent the browser back');
  await other.page.goto(back);
  assert.equal(await heading(other.page), 'You are not signed in');
  await one.page.goto(back);
  assert.equal(pathOf(one.page), '/desk/account');
  await one.page.goto(back);
  assert.equal(await heading(one.page), 'You are not signed in');
  for (const where of [
    '/sign-in/organisation/back',
    `/sign-in/organisation/back?code=x&state=${'0'.repeat(64)}`,
    '/sign-in/organisation/back?error=access_denied&state=x',
  ]) {
    const answer = await other.page.goto(where);
    assert.equal(answer.status(), 404, where);
    assert.equal(await heading(other.page), 'You are not signed in', where);
  }
  await one.context.close();
  await other.context.close();
});

test('a code that the provider does not know lets nobody in', { timeout: 60_000 }, async () => {
  const { context, page } = await open();
  divert = (url) => url.replace(/code=[^&]+/, 'code=made-up');
  await signOn(page, 'second');
  divert = null;
  assert.equal(await heading(page), 'Your organisation did not vouch for you');
  await page.goto('/desk');
  assert.equal(pathOf(page), '/sign-in');
  await context.close();
});

test('where the provider is down, the page says so, and links still work', { timeout: 60_000 }, async () => {
  const { context, page } = await open();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  const answer = await page.goto('/sign-in/organisation');
  assert.equal(answer.status(), 502);
  assert.equal(await heading(page), 'Your organisation’s sign-on does not answer');
  await page.goto('/sign-in');
  await page.getByLabel('E-mail address').fill('chair@example.org');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  assert.equal(await heading(page), 'Check your e-mail');
  await context.close();
});
