// Starts the built program and a browser for the tests, and takes both away again.
//
// A test owns its data folder, its port and its browser: files run side by side. Nothing here
// knows a page; the journeys do.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { chromium } from 'playwright-core';

export { sleep };

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const REGION = path.join(ROOT, 'regions/north-east');
/** A desk and a small phone. */
export const WIDTHS = [1280, 320];
/** How long anything may take on a busy machine before it counts as hanging. */
export const PATIENCE = 30_000;

// Settings of whoever runs the tests must not leak into them.
const OWN = new Set(['DFG', 'DFG_KILLS']);
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('DFG_') || OWN.has(name)),
);

const running = new Set();
const folders = new Set();
const tidy = () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
};
process.on('exit', tidy);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** The program under test: `DFG`, or the one that was built last. */
export const DFG = findProgram();

function findProgram() {
  if (process.env.DFG) {
    const named = path.resolve(process.env.DFG);
    if (!fs.existsSync(named)) throw new Error(`DFG names ${named}, and there is no such file`);
    return named;
  }
  const targets = [process.env.CARGO_TARGET_DIR, path.join(ROOT, 'target')].filter(Boolean);
  const built = targets
    .map((target) => path.join(target, 'debug/dfg'))
    .filter((file) => fs.existsSync(file))
    .sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs);
  if (!built.length) {
    throw new Error(`no built dfg in ${targets.join(' or ')}: run cargo build -p dfg, or set DFG`);
  }
  return built[0];
}

/** A folder that is gone when the tests end. */
export function makeFolder(word = 'data') {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `dfg-e2e-${word}-`));
  folders.add(folder);
  return folder;
}

/** A copy of the region's folder, to be edited. */
export function copyRegion() {
  const folder = path.join(makeFolder('region'), 'region');
  fs.cpSync(REGION, folder, { recursive: true });
  return folder;
}

/** Replaces a text that stands exactly once in a file. */
export function edit(file, old, replacement) {
  const text = fs.readFileSync(file, 'utf8');
  assert.equal(text.split(old).length, 2, `${file} should hold this once: ${old}`);
  fs.writeFileSync(file, text.replace(old, () => replacement));
}

/** Every file of a folder with its bytes, by its path. */
export function readTree(folder) {
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(folder, file), fs.readFileSync(file)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Fails with the names of the files that differ. */
export function assertSameTree(actual, expected, message) {
  const [a, b] = [readTree(actual), readTree(expected)];
  const lost = [...b.keys()].filter((name) => !a.has(name));
  const more = [...a.keys()].filter((name) => !b.has(name));
  const other = [...b.keys()].filter((name) => a.has(name) && !a.get(name).equals(b.get(name)));
  assert.ok(b.size > 0, `${expected} is empty`);
  assert.deepEqual({ lost, more, other }, { lost: [], more: [], other: [] }, message);
}

/** Runs a command of the program to its end: `{ code, signal, out, err }`. */
export function run(args, { env = {}, timeout = PATIENCE } = {}) {
  return new Promise((resolve) => {
    const options = { env: { ...ENVIRONMENT, ...env }, timeout, maxBuffer: 1 << 28 };
    const child = execFile(DFG, args, options, (error, out, err) => {
      running.delete(child);
      const code = error ? (typeof error.code === 'number' ? error.code : null) : 0;
      resolve({ code, signal: error?.signal ?? null, out, err: stripVTControlCharacters(err) });
    });
    running.add(child);
  });
}

/** Runs a command that must succeed, and gives what it printed. */
export async function dfg(...args) {
  const { code, signal, out, err } = await run(args);
  assert.equal(code, 0, `dfg ${args.join(' ')} ended with ${code ?? signal}\n${out}${err}`);
  return out;
}

/** Starts a command and leaves it running; `output()` is what it has printed so far. */
export function start(args, { env = {} } = {}) {
  const child = spawn(DFG, args, {
    env: { ...ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, error }));
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  return { child, ended, out: () => out, err: () => stripVTControlCharacters(err) };
}

/** A running `dfg serve` on a free port. */
export class Site {
  /** Starts it and waits until it answers. Without a region it serves what the ledger holds. */
  static async start(settings = {}) {
    const { data = makeFolder(), region = REGION, database, address, reminders = 'off' } = settings;
    const { listen = '127.0.0.1:0', more = [] } = settings;
    // No e-mail but what a test asks for.
    const args = ['serve', '--listen', listen, '--data', data, '--reminders', reminders, ...more];
    if (region) args.push('--region', region);
    if (database) args.push('--database', database);
    if (address) args.push('--address', address);
    const site = new Site();
    site.data = data;
    site.region = region;
    site.ledger = database ? ['--database', database] : ['--data', data];
    site.began = performance.now();
    site.process = start(args);
    const deadline = Date.now() + PATIENCE;
    let over = null;
    site.process.ended.then((how) => (over = how));
    // The server says which port the system gave it: no port is guessed, none is fought over.
    const fail = async (what) => {
      await site.kill();
      assert.fail(`dfg serve ${what}\n${site.log()}`);
    };
    for (;;) {
      site.origin ??= /serving on (http:\/\/127\.0\.0\.1:\d+)/.exec(site.process.err())?.[1];
      if (site.origin && (await site.answers())) break;
      if (over) await fail(`ended with ${over.code ?? over.signal}`);
      if (Date.now() > deadline) await fail('gave no answer');
      await sleep(25);
    }
    site.startMs = performance.now() - site.began;
    site.hold(false);
    return site;
  }

  /** Whether the tests wait for the server's end: one left over by a failed test is killed instead. */
  hold(wait) {
    const { child } = this.process;
    for (const each of [child, child.stdout, child.stderr]) wait ? each.ref() : each.unref();
  }

  async answers() {
    try {
      const answers = await Promise.all(['/healthz', '/'].map((where) => fetch(this.origin + where)));
      return answers.some((answer) => answer.ok);
    } catch {
      return false;
    }
  }

  /** What `/healthz` says. */
  async health() {
    return (await this.get('/healthz')).json();
  }

  /** Fetches an address that must answer 200. */
  async get(where, options) {
    const response = await fetch(new URL(where, this.origin), options);
    if (response.status !== 200) {
      assert.fail(`${where} answered ${response.status}\n${this.log()}`);
    }
    return response;
  }

  async text(where, options) {
    return (await this.get(where, options)).text();
  }

  log() {
    const lines = this.process.err().trimEnd().split('\n');
    return `— the server's log, last of ${lines.length} lines —\n${lines.slice(-25).join('\n')}`;
  }

  /** Asks it to end, as a service manager does; it must do so well. */
  async stop() {
    this.hold(true);
    this.process.child.kill('SIGTERM');
    const how = await Promise.race([this.process.ended, sleep(PATIENCE, null, { ref: false })]);
    if (!how) this.process.child.kill('SIGKILL');
    assert.deepEqual(how, { code: 0, signal: null }, `dfg serve did not end well\n${this.log()}`);
  }

  /** As a power cut would. */
  async kill() {
    this.hold(true);
    this.process.child.kill('SIGKILL');
    await this.process.ended;
  }
}

/** Calls `probe` until it gives something; gives that and how long it took, in ms. */
export async function until(what, probe, within = PATIENCE) {
  const began = performance.now();
  let last;
  while (performance.now() - began < within) {
    try {
      const value = await probe();
      if (value) return { value, ms: performance.now() - began };
    } catch (error) {
      last = error;
    }
    await sleep(10);
  }
  assert.fail(`${what}: not within ${within} ms${last ? `; last: ${last.message}` : ''}`);
}

let browser;

/** Debian's Chromium, headless, one for each test file. */
export async function openBrowser() {
  browser ??= (async () => {
    const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
    if (!fs.existsSync(executablePath)) {
      throw new Error(`no browser at ${executablePath}: apt-get install chromium, or set CHROMIUM`);
    }
    return chromium.launch({
      executablePath,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  })();
  return browser;
}

/** Every file that opens a window calls this when its tests are over. */
export async function closeBrowser() {
  if (browser) await (await browser).close();
  browser = null;
}

/**
 * A fresh window on a site. `noticed()` lists what no page may do: errors in the console, failed
 * requests, requests to any other host.
 */
export async function openWindow(site, { width = 1280, ...options } = {}) {
  const context = await (await openBrowser()).newContext({
    baseURL: site.origin,
    viewport: { width, height: width < 600 ? 640 : 900 },
    hasTouch: width < 600,
    ...options,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const faults = [];
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== site.origin && protocol !== 'data:') {
      faults.push(`${page.url()} asked another host for ${request.url()}`);
    }
  });
  context.on('requestfailed', (request) => {
    const why = request.failure()?.errorText;
    if (why !== 'net::ERR_ABORTED') faults.push(`${request.url()} failed: ${why}`);
  });
  context.on('response', (response) => {
    const isPage = response.request().isNavigationRequest();
    if (response.status() >= 400 && !isPage) {
      faults.push(`${page.url()}: ${response.url()} answered ${response.status()}`);
    }
  });
  context.on('console', (message) => {
    // A page that answers 404 on purpose is an error to Chromium too.
    const ofPage = message.location().url === page.url() && /status of 4\d\d/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !ofPage) {
      faults.push(`${page.url()} says in the console: ${message.text()}`);
    }
  });
  context.on('weberror', (error) => faults.push(`${page.url()}: ${error.error()}`));
  return { context, page, noticed: () => [...new Set(faults)] };
}

/** Fails where a page can be scrolled sideways, with what sticks out. */
export async function assertFits(page) {
  const { room, needed, out } = await page.evaluate(() => {
    const html = document.documentElement;
    const room = html.clientWidth;
    const out = [];
    if (html.scrollWidth > room) {
      for (const element of document.body.querySelectorAll('*')) {
        const box = element.getBoundingClientRect();
        if (box.right > room + 1 && box.width > 0) {
          out.push(`${element.tagName.toLowerCase()}.${element.className} to ${box.right}`);
        }
      }
    }
    return { room, needed: html.scrollWidth, out: out.slice(0, 5) };
  });
  assert.ok(needed <= room, `${page.url()} needs ${needed} of ${room} pixels: ${out.join('; ')}`);
}

/** The page's only heading of the first level. */
export async function heading(page) {
  const all = page.locator('h1');
  assert.equal(await all.count(), 1, `${page.url()} should have one h1`);
  return (await all.innerText()).trim();
}

/** Follows a link; the page that it leads to must answer 200. */
export async function follow(page, link) {
  const [response] = await Promise.all([
    page.waitForNavigation({ waitUntil: 'load' }),
    link.click(),
  ]);
  if (response) assert.ok(response.ok(), `${page.url()} answered ${response.status()}`);
}

/** Presses a button of the page, which leads to another. */
export async function press(page, name) {
  const button = page.locator('main').getByRole('button', { name, exact: true });
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), button.click()]);
}

/** A window on a site in which somebody with a role is signed in. */
export async function signIn(site, email, role, options) {
  const invited = await dfg('person', 'invite', email, '--role', role, '--data', site.data, '--address', site.origin);
  const window = await openWindow(site, options);
  await visit(window.page, invited.trim());
  await press(window.page, 'Sign in');
  return window;
}

/** Goes to an address; gives the answer's status. */
export async function visit(page, where, expected = 200) {
  const response = await page.goto(where);
  assert.equal(response.status(), expected, `${where} answered ${response.status()}`);
  return response;
}
