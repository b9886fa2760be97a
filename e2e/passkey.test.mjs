// Passkeys, with an authenticator that the browser makes up: added on one's account, used to sign in.

import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Site, WIDTHS, assertFits, closeBrowser, dfg, heading, openBrowser } from './harness.mjs';

let site;
let origin;

/** A port that is free now: passkeys belong to a name, so the site must know its address. */
async function freePort() {
  const probe = net.createServer();
  await new Promise((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

before(async () => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  site = await Site.start({ listen: `127.0.0.1:${port}`, address: origin });
});
after(async () => {
  await closeBrowser();
  await site?.stop();
});

/** A window with an authenticator; it verifies its user where it is told to. */
async function open({ width = 1280, verified = true, ...options } = {}) {
  const context = await (await openBrowser()).newContext({
    baseURL: origin,
    viewport: { width, height: 800 },
    ...options,
  });
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send('WebAuthn.enable');
  const { authenticatorId } = await client.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: verified,
      automaticPresenceSimulation: true,
    },
  });
  return { context, page, client, authenticatorId };
}

async function enterByLink(page, email) {
  const printed = await dfg('person', 'invite', email, '--role', 'reader', '--address', origin, ...site.ledger);
  await page.goto(/http\S+\/sign-in\/[0-9a-f]{64}/.exec(printed)[0]);
  await page.locator('main button').click();
  await page.goto('/desk/account');
}

async function addPasskey(page, name) {
  await page.getByLabel('A name for a new passkey').fill(name);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('heading', { name, level: 3 }).waitFor();
}

const usePasskey = (page) => page.getByRole('button', { name: 'Sign in with a passkey' }).click();

for (const width of WIDTHS) {
  test(`a passkey is added, used and removed, ${width} px wide`, { timeout: 60_000 }, async () => {
    const { context, page, client, authenticatorId } = await open({ width });
    const email = `owner-${width}@example.org`;
    await enterByLink(page, email);
    await addPasskey(page, 'Work phone');
    await assertFits(page);
    const { credentials } = await client.send('WebAuthn.getCredentials', { authenticatorId });
    assert.equal(credentials.length, 1);
    assert.equal(credentials[0].isResidentCredential, true);

    await context.clearCookies();
    await page.goto('/sign-in?next=/desk/account');
    await assertFits(page);
    assert.equal(await page.getByText('The passkey was not used').isVisible(), false);
    await usePasskey(page);
    await page.waitForURL((url) => url.pathname === '/desk/account');
    const text = await page.locator('main').innerText();
    assert.match(text, new RegExp(email));
    assert.match(text, /last used on/);
    const held = await (await page.request.get('/desk/account/data')).json();
    assert.equal(held.records.passkeys.length, 1);

    await page.getByRole('button', { name: /Remove the passkey/ }).click();
    await page.waitForLoadState();
    assert.equal(await page.getByRole('heading', { name: 'Work phone' }).count(), 0);
    await context.clearCookies();
    await page.goto('/sign-in');
    await usePasskey(page);
    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
    await context.close();
  });
}

test('an answer counts once, in its own browser, and no foreign one at all', { timeout: 60_000 }, async () => {
  const { context, page } = await open();
  await enterByLink(page, 'replayed@example.org');
  await addPasskey(page, 'Key');
  await context.clearCookies();
  let sent;
  await page.route('**/sign-in/passkey', (route) => {
    sent = route.request().postData();
    return route.abort();
  });
  await page.goto('/sign-in');
  await usePasskey(page);
  while (!sent) await page.waitForTimeout(50);
  await page.unroute('**/sign-in/passkey');
  const asked = (await context.cookies()).find(({ name }) => name === '__Host-dfg-asked');
  const post = (body, cookie) =>
    fetch(`${origin}/sign-in/passkey`, {
      method: 'POST',
      body,
      redirect: 'manual',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(cookie && { cookie: `${asked.name}=${asked.value}` }),
      },
    });
  assert.equal((await post(sent, false)).status, 404, 'without the browser that asked');
  assert.equal((await post(sent, true)).status, 303, 'as it was meant');
  assert.equal((await post(sent, true)).status, 404, 'again');

  // Another challenge is not answered by the answer to the first.
  const begun = await fetch(`${origin}/sign-in/passkey/begin`, { method: 'POST' });
  const cookie = begun.headers.getSetCookie()[0].split(';')[0];
  const { ceremony } = await begun.json();
  const forged = new URLSearchParams(sent);
  forged.set('ceremony', ceremony);
  const answer = await fetch(`${origin}/sign-in/passkey`, {
    method: 'POST',
    body: forged,
    redirect: 'manual',
    headers: { cookie },
  });
  assert.equal(answer.status, 404, 'the answer to another challenge');
  await context.close();
});

test('a device that does not verify its user does not do', { timeout: 60_000 }, async () => {
  const { context, page } = await open({ verified: false });
  await enterByLink(page, 'unverified@example.org');
  await page.getByLabel('A name for a new passkey').fill('Careless');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByText('The passkey was not added. Try again.').waitFor();
  await context.close();
});

test('without JavaScript there is a link, and no button that does nothing', { timeout: 60_000 }, async () => {
  const { context, page } = await open({ javaScriptEnabled: false });
  await page.goto('/sign-in');
  assert.equal(await page.getByRole('button', { name: 'Sign in with a passkey' }).count(), 0);
  assert.equal(await heading(page), 'Sign in');
  await context.close();
});
