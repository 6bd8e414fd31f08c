/** What this computer can draw with, and whether the 3D library is part of this installation. */

const SOFTWARE = /swiftshader|llvmpipe|softpipe|lavapipe|basic render|software/i;

let known = null;

/**
 * Whether there is WebGL2, and whether a graphics card or the processor draws it. Asked once per page: browsers keep only some
 * sixteen contexts.
 * @returns {"none"|"software"|"hardware"}
 */
export function graphicsOfThisComputer() {
  known ??= probe();
  return known;
}

function probe() {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return "none";
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return SOFTWARE.test(renderer) ? "software" : "hardware";
}

/** Raised when the installation was made without the 3D library. */
export class NoBundle extends Error {}

/**
 * Load the library that the package build made.
 * @param {string|URL} folder address of the folder with manifest.json
 * @returns {Promise<{Niivue: Function, NVImage: Function}>}
 */
export async function loadBundle(folder) {
  const response = await fetch(new URL("manifest.json", folder)).catch(() => null);
  const manifest = response?.ok ? await response.json().catch(() => null) : null;
  if (!manifest?.entry) throw new NoBundle("no manifest of the 3D library");
  return import(new URL(manifest.entry, folder).href);
}
