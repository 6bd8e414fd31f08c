// Runs the browser's tools on masks that a Python test writes, and gives the stored elements that they name.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , frontend, cases] = process.argv;
const load = (name) => import(pathToFileURL(`${frontend}/${name}`).href);
const { parseNifti } = await load("nifti.js");
const { interpolateSlices } = await load("editing/between.js");
const { island, otherIslands } = await load("editing/islands.js");
const { holes } = await load("editing/holes.js");
const { grow, shrink } = await load("editing/margin.js");

const found = JSON.parse(readFileSync(cases, "utf8")).map(({ file, label, at, margin }) => {
  const bytes = readFileSync(file);
  const mask = parseNifti(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const named = {
    between_z: interpolateSlices(mask, label, "axial"),
    between_y: interpolateSlices(mask, label, "coronal"),
    between_x: interpolateSlices(mask, label, "sagittal"),
    island: island(mask, at, null),
    others: otherIslands(mask, at),
    holes: holes(mask, label, null),
    grow: grow(mask, label, margin, null),
    shrink: shrink(mask, label, margin, null),
  };
  return Object.fromEntries(Object.entries(named).map(([name, elements]) => [name, Array.from(elements).sort((a, b) => a - b)]));
});
console.log(JSON.stringify(found));
