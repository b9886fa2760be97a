// What the documents name exists: files, targets, commands, settings.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT, dfg, makeFolder, run } from './harness.mjs';

const read = (name) => fs.readFileSync(path.join(ROOT, name), 'utf8');
const tracked = execFileSync('git', ['-C', ROOT, 'ls-files', '-z'], { encoding: 'utf8', maxBuffer: 1 << 26 })
  .split('\0')
  .filter((name) => name && fs.existsSync(path.join(ROOT, name)));

const NAMED = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'];
const documents = [
  ...NAMED,
  ...fs.readdirSync(path.join(ROOT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
].filter((name) => fs.existsSync(path.join(ROOT, name)));

/** The pieces of a document in backticks and in fenced blocks, each with its line. */
function code(name) {
  const pieces = [];
  let fence = null;
  read(name).split('\n').forEach((text, index) => {
    const place = `${name}:${index + 1}`;
    const mark = /^\s*(```|~~~)\s*(\S*)/.exec(text);
    if (mark) fence = fence === null ? mark[2] : null;
    else if (fence !== null) pieces.push({ text, place, fence });
    else for (const [, piece] of text.matchAll(/`([^`]+)`/g)) pieces.push({ text: piece, place, fence });
  });
  return pieces;
}

test('the documents are there', () => {
  assert.deepEqual(NAMED.filter((name) => !documents.includes(name)), []);
  for (const name of ['docs/settings.md', 'docs/glossary.md', 'docs/region-format.md', 'docs/ledger.md']) {
    assert.ok(documents.includes(name), `${name} is missing`);
  }
});

const EXTENSIONS = /\.(rs|md|toml|csv|json|mjs|js|html|scss|css|sh|py|svg|png|txt|ya?ml|lock)$/;
// What a region's team, a run or a build makes: named in the documents, never in the tree.
// Folder names of a region that are kept for later count as well.
const MADE = /^(datasets\/|meetings\/|dfg\.toml|ledger\.sqlite|data\/.*|target\/.*|.*\/dist(\/.*)?|.*node_modules.*)$/;

/** What a document may mean by a path: from the root, beside it, in a region, in a crate. */
function places(name, document) {
  const crates = fs.readdirSync(path.join(ROOT, 'crates'));
  return [
    name,
    path.join(path.dirname(document), name),
    path.join('regions/north-east', name),
    path.join('crates', name),
    ...crates.map((crate) => path.join('crates', crate, name)),
    ...crates.map((crate) => path.join('crates', crate, 'src', name)),
    ...crates.map((crate) => path.join('crates', crate, 'tests', name)),
  ];
}

const files = new Set(tracked);
for (const name of tracked) {
  for (let folder = path.dirname(name); folder !== '.'; folder = path.dirname(folder)) files.add(folder);
}

/** Whether a path, with `*`, `…` or `NAME` for any part of a name, is in the tree. */
function exists(name, document) {
  const clean = name.replace(/\/$/, '');
  return places(clean, document).some((place) => {
    if (!/[*…{<]/.test(place)) return files.has(place);
    const braces = /\{([^}]*,[^}]*)\}/.exec(place);
    if (braces) {
      return braces[1].split(',').every((each) => exists(clean.replace(/\{[^}]*\}/, each.trim()), document));
    }
    const pattern = place
      .replace(/[.+^$()|[\]\\]/g, '\\$&')
      .replace(/\*\*\/?|…/g, '\u0000')
      .replace(/\*|<[^>]*>|\{[^}]*\}/g, '[^/]*')
      .replaceAll('\u0000', '.*');
    const fits = new RegExp(`^${pattern}$`);
    return [...files].some((file) => fits.test(file));
  });
}

/** Whether a piece in backticks is a path into the tree. */
function isPath(text) {
  if (/[\s"'=()`|&;$@#?]|:\/\/|::|^[-/.~]|^https?|\/\/|^\d/.test(text)) return false;
  if (!/^[\w.{},<>*…/-]+$/.test(text)) return false;
  const first = text.split('/')[0];
  const isTree = fs.existsSync(path.join(ROOT, first)) || text.endsWith('/');
  return EXTENSIONS.test(text) || (text.includes('/') && isTree);
}

for (const document of documents) {
  test(`${document}: every path exists`, (t) => {
    // In a block, only what begins with a folder of the tree is meant as a path.
    const inTree = (text) => text.includes('/') && files.has(text.split('/')[0]);
    const named = code(document)
      .flatMap(({ fence, text, place }) =>
        fence === null
          ? [{ text, place }]
          : text.split(/\s+/).filter(inTree).map((word) => ({ text: word, place })))
      .filter(({ text }) => isPath(text) && !MADE.test(text));
    const missing = named
      .filter(({ text }) => !exists(text, document))
      .map(({ text, place }) => `${place}: ${text}`);
    t.diagnostic(`${named.length} paths`);
    assert.deepEqual(missing, []);
  });

  test(`${document}: every link within the tree leads somewhere`, () => {
    const links = [...read(document).matchAll(/\]\(([^)\s]+)\)|<img[^>]+src="([^"]+)"/g)]
      .map((match) => match[1] ?? match[2])
      .filter((link) => !/^(https?|mailto):/.test(link));
    const missing = links.filter((link) => {
      const [target, anchor] = link.split('#');
      const file = target ? path.join(path.dirname(document), target) : document;
      if (!files.has(file.replace(/\/$/, ''))) return true;
      if (!anchor || !file.endsWith('.md')) return false;
      const slugs = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
        heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-'));
      return !slugs.includes(anchor);
    });
    assert.deepEqual(missing, []);
  });
}

test('every make target that a document names exists', (t) => {
  const targets = new Set([...read('Makefile').matchAll(/^([a-z0-9-]+)\s*:(?!=)/gm)].map((match) => match[1]));
  const named = documents.flatMap((document) =>
    code(document).flatMap(({ text, place }) =>
      [...text.matchAll(/(?:^|[\s$(])make ([a-z0-9-]+)/g)].map((match) => ({ target: match[1], place }))));
  t.diagnostic(`${named.length} mentions, ${targets.size} targets`);
  assert.ok(named.length > 0, 'the documents say how to start');
  assert.deepEqual(named.filter(({ target }) => !targets.has(target)), []);
});

/** Every command with its options, from the program's own help. */
async function readHelp(command = []) {
  const text = await dfg(...command, '--help');
  const options = new Set([...text.matchAll(/(?:^|\s)(--[a-z][a-z-]*)/g)].map((match) => match[1]));
  const listed = /\nCommands:\n([\s\S]*?)\n\n/.exec(text)?.[1] ?? '';
  const names = [...listed.matchAll(/^ {2}([a-z-]+)/gm)].map((match) => match[1]).filter((name) => name !== 'help');
  const below = await Promise.all(names.map(async (name) => [name, await readHelp([...command, name])]));
  return { options, below: new Map(below) };
}

test('every command and option that a document names exists', async (t) => {
  const root = await readHelp();
  assert.ok(root.below.has('serve') && root.below.get('edition').below.has('publish'));
  const wrong = [];
  let named = 0;
  for (const document of documents) {
    for (const { text, place, fence } of code(document)) {
      const mentions = fence === null ? /^(?:\S+\/)?dfg ([a-z-].*)$/g : /(?:^|[|;&$]\s*|debug\/|release\/|dfg -- )dfg ([a-z-].*?)(?=[|;&]|$)|-p dfg -- ([a-z-].*)/g;
      for (const match of text.matchAll(mentions)) {
        named += 1;
        let at = root;
        const words = (match[1] ?? match[2]).split(/\s+#/)[0].split(/\s+/);
        while (words.length && at.below.size) {
          // `edition list|publish` names two.
          const [word, ...others] = words[0].split('|');
          if (word.startsWith('-')) break;
          words.shift();
          const below = at.below.get(word);
          for (const each of [word, ...others]) {
            if (!at.below.has(each)) wrong.push(`${place}: dfg … ${each} (in “${text}”)`);
          }
          if (!below) break;
          at = below;
        }
        for (const option of words.join(' ').match(/(?<=^|[\s[])--[a-z][a-z-]*/g) ?? []) {
          if (!at.options.has(option)) wrong.push(`${place}: ${option} (in “${text}”)`);
        }
      }
    }
  }
  t.diagnostic(`${named} mentions`);
  assert.ok(named > 5, `${named} mentions of commands`);
  assert.deepEqual(wrong, []);
});

test('every setting is documented, with its variable; no other is', async () => {
  const settings = JSON.parse(await dfg('config', 'show', '--json')).map(({ name }) => name);
  assert.ok(settings.length > 3);
  const text = read('docs/settings.md');
  const option = (name) => name.replaceAll('.', '-');
  const missing = settings.flatMap((name) => {
    const variable = `DFG_${option(name).toUpperCase().replaceAll('-', '_')}`;
    return [`\`${name}\``, variable, `--${option(name)}`].filter((word) => !text.includes(word));
  });
  assert.deepEqual(missing, []);
  const variables = new Set([...text.matchAll(/\bDFG_([A-Z_]+)\b/g)].map((match) => match[1].toLowerCase().replaceAll('_', '-')));
  const known = new Set([...settings.map(option), 'config']);
  assert.deepEqual([...variables].filter((name) => !known.has(name)), []);
});

test('a setting in the environment is taken', async () => {
  const { out } = await run(['config', 'show', '--json'], { env: { DFG_LISTEN: '127.0.0.1:1234' } });
  const listen = JSON.parse(out).find(({ name }) => name === 'listen');
  assert.equal(listen.value, '127.0.0.1:1234');
});

test('a cluster stands in the settings file as one word or as a table, and never by half', async () => {
  const file = path.join(makeFolder('settings'), 'dfg.toml');
  const [engine, store] = ['ballista://scheduler.example:50050', 's3://evidence/tables'];
  for (const text of [
    `evidence.engine = "${engine}"\nevidence.store = "${store}"\n`,
    `[evidence]\nengine = "${engine}"\nstore = "${store}"\n`,
  ]) {
    fs.writeFileSync(file, text);
    const shown = JSON.parse(await dfg('config', 'show', '--json', '--config', file));
    const value = (name) => shown.find((one) => one.name === name).value;
    assert.deepEqual([value('evidence.engine'), value('evidence.store')], [engine, store]);
  }
  for (const [text, words] of [
    [`evidence.engine = "${engine}"\n`, /a cluster needs one/],
    [`evidence.engine = "postgres://x"\nevidence.store = "${store}"\n`, /write it like ballista:/],
    [`evidence.store = "${store}"\n`, /only a cluster needs/],
    ['evidence.engin = "x"\n', /no setting “evidence.engin”; did you mean “evidence.engine”/],
  ]) {
    fs.writeFileSync(file, text);
    const { code, err } = await run(['config', 'check', '--config', file, '--data', makeFolder('none')]);
    assert.notEqual(code, 0, text);
    assert.match(err, words);
  }
});

test('no tracked file names a place on somebody’s machine', () => {
  // Put together here, so that this file does not name one.
  const prefixes = ['work', 'root', 'home'].map((name) => `/${name}/`);
  const places = new RegExp(`(?<![\\w./}:)-])(${prefixes.join('|')})[\\w.-]`);
  const found = [];
  let looked = 0;
  for (const name of tracked) {
    const bytes = fs.readFileSync(path.join(ROOT, name));
    if (bytes.includes(0)) continue;
    looked += 1;
    bytes.toString('utf8').split('\n').forEach((line, index) => {
      if (places.test(line)) found.push(`${name}:${index + 1}: ${line.trim().slice(0, 120)}`);
    });
  }
  assert.ok(looked > 100, `${looked} files`);
  assert.deepEqual(found, []);
});
