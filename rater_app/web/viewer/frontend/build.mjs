/**
 * Bundles the third-party JavaScript of the 3D tile: `node build.mjs FOLDER`, in a folder where `npm ci` has run.
 *
 * Writes into FOLDER the bundle under a name with its hash, the licence texts of everything in it, and manifest.json.
 * Called by hatch_build.py when the Python package is built or installed.
 */

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

import { LICENCES_NOT_PACKED } from "./view3d/bundle/licences.mjs";

const [target] = process.argv.slice(2);

/** Package folder of a bundled file: node_modules/name or node_modules/@scope/name. */
const packageOf = (file) => file.match(/^(node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1];

/** Name, version, licence and licence text of a bundled package. A package without a text stops the build. */
function describe(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? readFileSync(join(folder, file), "utf8") : LICENCES_NOT_PACKED[`${name}@${version}`];
  if (!text) throw new Error(`no licence text for ${name} ${version}: add it to view3d/bundle/licences.mjs`);
  return { name, version, license, text: text.trim() };
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

const { outputFiles, metafile } = await build({
  entryPoints: ["view3d/bundle/entry.mjs"],
  outfile: "niivue.js",
  alias: { zarrita: "./view3d/bundle/no_zarr.mjs" },
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  write: false,
});
// Comments within shader sources are text to the bundler. Without them no address is left in the bundle but NiiVue's own.
const shaderComment = /(^|[ \t;{}])\/\/[^`"'\n]*$/gm;
const contents = Buffer.from(outputFiles[0].text.replace(shaderComment, "$1"));
const packages = [...new Set(Object.keys(metafile.inputs).map(packageOf))].filter(Boolean).map(describe);
const licences = packages.map(({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text}\n`);

const files = {
  [`niivue-${sha256(contents).slice(0, 16)}.js`]: contents,
  "LICENCES.txt": Buffer.from(licences.join(`\n${"-".repeat(80)}\n\n`)),
};
mkdirSync(target, { recursive: true });
for (const [name, bytes] of Object.entries(files)) writeFileSync(join(target, name), bytes);
const manifest = {
  entry: Object.keys(files)[0],
  files: Object.entries(files).map(([name, bytes]) => ({ name, bytes: bytes.length, sha256: sha256(bytes) })),
  packages: packages.map(({ name, version, license }) => ({ name, version, license })),
};
writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
