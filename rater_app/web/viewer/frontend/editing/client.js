/** The server's side of a correction, over HTTP. Every answer comes back as an outcome: nothing is thrown but faults of our own. */

import { parseNifti } from "../nifti.js";
import { LoadError } from "../store.js";
import { gzipRuns } from "./gzip_runs.js";

/**
 * What became of a write.
 * - stored: the server has it for good; `tag` names the state from now on
 * - conflict: another window has changed the mask since `tag`
 * - signed out (or somebody else is signed in): sign in again, then send again
 * - refused: the server will not take it, now or later
 * - unreachable: send again later
 * @typedef {{kind: "stored"|"conflict"|"signed out"|"refused"|"unreachable", problem?: string, tag?: string, version?: number, sha256?: string}} Outcome
 */

/** @typedef {{active_s: number, idle_s: number, strokes: number, undos: number, redos: number, tools: Record<string, number>, tool: string}} Effort */

/** A write without an answer for this long is sent again: a connection that hangs must not hold up all that comes after. */
const LONGEST_MS = 180_000;

/** @typedef {{mask: import("../nifti.js").Volume, tag: string, version: number, draft: boolean, effort: Effort|null}} WorkingState */

export class CorrectionClient {
  /**
   * @param {string} url address of the correction of one reading
   * @param {typeof fetch} [fetch]
   */
  constructor(url, fetch = (...given) => globalThis.fetch(...given)) {
    this.url = url;
    this.fetch = fetch;
  }

  /**
   * The mask as it was last kept or saved.
   * @returns {Promise<WorkingState>} rejects with LoadError
   */
  async open() {
    let response;
    try {
      response = await this.fetch(this.url, { credentials: "same-origin", cache: "no-store" });
    } catch {
      throw new LoadError("the server could not be reached");
    }
    if (!response.ok) throw new LoadError(`the server answered ${response.status}`);
    const effort = response.headers.get("X-Effort");
    return {
      mask: parseNifti(await response.arrayBuffer()),
      tag: (response.headers.get("ETag") ?? "").replace(/^(?:W\/)?"|"$/g, ""),
      version: Number(response.headers.get("X-Version")),
      draft: response.headers.get("X-Draft") === "1",
      effort: effort ? JSON.parse(effort) : null,
    };
  }

  /** Keep a draft. @returns {Promise<Outcome>} */
  keep(body, tag, effort) {
    return this.#put(`${this.url}/draft`, body, tag, effort);
  }

  /** Save a version. @returns {Promise<Outcome>} */
  save(body, tag, effort) {
    return this.#put(this.url, body, tag, effort);
  }

  /** Say that correcting has ended with a version. @returns {Promise<Outcome>} */
  finish(version, confirmed) {
    return this.#send(`${this.url}/finish`, {
      method: "POST",
      body: JSON.stringify({ version, confirmed }),
      headers: { "Content-Type": "application/json" },
    });
  }

  /** Throw the draft away. @returns {Promise<Outcome>} */
  drop() {
    return this.#send(`${this.url}/draft`, { method: "DELETE" });
  }

  #put(url, { bytes, encoding }, tag, effort) {
    const headers = { "Content-Type": "application/octet-stream", "If-Match": tag, "X-Effort": JSON.stringify(effort) };
    if (encoding) headers["Content-Encoding"] = encoding;
    return this.#send(url, { method: "PUT", body: bytes, headers }, (said) => typeof said.tag === "string");
  }

  /**
   * @param {string} url
   * @param {object} request
   * @param {(said: object) => boolean} [isReceipt] whether an answer says that it is done
   * @returns {Promise<Outcome>}
   */
  async #send(url, { headers = {}, ...request }, isReceipt = () => true) {
    let response;
    try {
      const signal = AbortSignal.timeout?.(LONGEST_MS);
      response = await this.fetch(url, { credentials: "same-origin", headers: { "X-Rater-App": "1", ...headers }, signal, ...request });
    } catch {
      return { kind: "unreachable", problem: "The server could not be reached." };
    }
    const said = await response.json().catch(() => null);
    const kind = kindOf(response.status);
    // Half an answer, or the page of a proxy, is no receipt.
    if (kind === "stored" && !(said && isReceipt(said))) return { kind: "unreachable", problem: "The answer of the server was no receipt." };
    const told = { problem: `The server answered ${response.status}.`, ...said };
    // A conflict names the other state; without one it is a rule of the study that stands in the way.
    if (kind === "conflict" && !told.tag) return { ...told, kind: "refused" };
    return kind === "stored" ? { ...said, kind } : { ...told, kind };
  }
}

function kindOf(status) {
  if (status < 300) return "stored";
  // What this page has opened is this reader's: who does not find it is somebody else.
  if (status === 401 || status === 404) return "signed out";
  if (status === 409 || status === 412) return "conflict";
  if (status >= 500 || status === 408 || status === 429) return "unreachable";
  return "refused";
}

/** A mask of so many runs that this is passed is better compressed by the browser, and kept smaller in the store. */
const LARGEST_RUNS = 1 << 20;

/**
 * Voxels as they are sent: as they are at this moment, compressed, in their stored order.
 * @param {Uint8Array|Uint16Array} data
 * @param {((copy: Uint8Array|Uint16Array) => void)|null} [mend] changes a copy before it is sent
 * @returns {Promise<{bytes: ArrayBuffer|Uint8Array|Uint16Array, encoding: string|null}>}
 */
export async function pack(data, mend = null) {
  let voxels = data;
  if (mend) {
    voxels = data.slice();
    mend(voxels);
  }
  if (voxels instanceof Uint8Array && voxels.byteOffset % 4 === 0) {
    const bytes = gzipRuns(voxels);
    if (bytes.length <= LARGEST_RUNS || !globalThis.CompressionStream) return { bytes, encoding: "gzip" };
  }
  // The reader goes on painting while this is compressed.
  if (voxels === data) voxels = data.slice();
  if (!globalThis.CompressionStream) return { bytes: voxels, encoding: null };
  const stream = new Blob([voxels]).stream().pipeThrough(new CompressionStream("gzip"));
  return { bytes: await new Response(stream).arrayBuffer(), encoding: "gzip" };
}
