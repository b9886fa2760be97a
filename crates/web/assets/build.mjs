// Builds everything that the browser fetches under /assets/ into dist/:
// one stylesheet, the font files, the hand-made pictures, and manifest.json,
// which maps each file name to the first 12 hex digits of its SHA-256 so that
// the server can add it to addresses and let browsers keep files for good.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const dist = join(here, "dist");
const cssLimit = 60 * 1024;

/** Font files by the name that the stylesheet asks for. */
const fontFolder = join(modules, "@fontsource-variable/atkinson-hyperlegible-next/files");
const fonts = {
  "ahn-latin.woff2": "atkinson-hyperlegible-next-latin-wght-normal.woff2",
  "ahn-latin-ext.woff2": "atkinson-hyperlegible-next-latin-ext-wght-normal.woff2",
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

/** Variants of GOV.UK components that no page uses, and rules for browsers that are gone. */
const unused = new RegExp(
  [
    "--inverse",
    "button--start",
    "__start-icon",
    "pagination--block",
    "pagination__link-title--decorated",
    "notification-banner__link",
    "extra-letter-spacing",
    "__conditional",
    "skip-link-focused-element",
    "-moz-focus-inner",
    "-(?:outer|inner)-spin-button",
    "input\\[type=number\\]",
    "(?:label|legend)--xl$",
  ].join("|"),
);

/** Takes out what GOV.UK Frontend repeats in every rule and this site has no use for. */
function squeeze(text) {
  return text
    .replace(/:root\{--govuk-[^}]*\}/g, "")
    .replace(/var\(--govuk-[a-z-]+-colour, ([^()]+)\)/g, "$1")
    .replace(/-webkit-font-smoothing:antialiased;-moz-osx-font-smoothing:grayscale;?/g, "")
    .replace(/@media print\{[^{}]+\{font-family:var\(--font\)\}\}/g, "")
    .replace(/(\.govuk-[^{}]*\{)((?:--_[^{}]*)?)font-family:var\(--font\);?/g, "$1$2")
    .replace(/-webkit-(?:clip-path|appearance|text-decoration-skip(?:-ink)?|box-decoration-break):[^;}]*(;|(?=\}))/g, "")
    .replace(/-(?:ms|webkit)-user-select:none;/g, "")
    .replace(/text-decoration-skip:none;?/g, "")
    .replace(/clip:rect\(0 0 0 0\) !important;/g, "")
    .replace(/@media screen\W\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, (block) =>
      block.startsWith("@media screen{") ? block : "",
    )
    .replace(/@supports(?: not \((?:text-wrap|caret-color)|\(padding)[^{]*\{[^{}]*\{[^{}]*\}\}/g, "")
    .replace(/@media screen and \(forced-colors: active\),\(-ms-high-contrast: active\)/g, "@media(forced-colors: active)")
    .replace(/@media\(min-width: 20em\)\{([^{}]+\{[^{}]*\})\}/g, "$1")
    .replace(/[^{}]*\.govuk-[^{}]*\{[^{}]*\}/g, (rule) => (unused.test(rule.split("{")[0]) ? "" : rule))
    .replace(/rgba\(0,0,0,0\)/g, "#0000")
    .replace(/((?:--[a-z0-9-]+|\([a-z-]+)): /g, "$1:")
    .replace(/[^{}]+\{\}/g, "");
}

const compiled = sass.compile(join(here, "scss/app.scss"), {
  style: "compressed",
  sourceMap: false,
  charset: false,
  loadPaths: [modules],
  quietDeps: true,
});
const css = squeeze(compiled.css);
writeFileSync(join(dist, "app.css"), css);

for (const [name, source] of Object.entries(fonts)) {
  copyFileSync(join(fontFolder, source), join(dist, name));
}
// The font's licence asks to travel with the font.
copyFileSync(join(fontFolder, "../LICENSE"), join(dist, "ahn-licence.txt"));
for (const name of readdirSync(join(here, "static"))) {
  copyFileSync(join(here, "static", name), join(dist, name));
}

const manifest = {};
for (const name of readdirSync(dist).sort()) {
  const bytes = readFileSync(join(dist, name));
  manifest[name] = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  console.log(`${name.padEnd(24)} ${String(bytes.length).padStart(7)} bytes  ${manifest[name]}`);
}
writeFileSync(join(dist, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

const problems = [];
const cssBytes = Buffer.byteLength(css);
if (cssBytes >= cssLimit) problems.push(`app.css is ${cssBytes} bytes; the limit is ${cssLimit}`);
for (const [, address] of css.matchAll(/url\(["']?([^"')]+)/g)) {
  const name = address.replace(/^\/assets\//, "");
  if (!(name in manifest)) problems.push(`app.css asks for ${address}, which is not in dist/`);
}
if (css.split("{").length !== css.split("}").length) problems.push("app.css has unbalanced braces");
if (/@import\b/.test(css)) problems.push("app.css contains @import");
if (problems.length > 0) {
  for (const problem of problems) console.error(problem);
  process.exit(1);
}
