/** Fetching volumes, and keeping the last few parsed ones for the next case and for going back. */

import { parseNifti } from "./nifti.js";

/** Raised when a volume cannot be had; `message` is for people. */
export class LoadError extends Error {}

/** Least recently used first; bounded by number and by bytes. */
export class LruMap {
  /**
   * @param {number} capacity entries
   * @param {number} maxBytes sum of the entries' `bytes`
   */
  constructor(capacity, maxBytes) {
    this.capacity = capacity;
    this.maxBytes = maxBytes;
    this.bytes = 0;
    this.entries = new Map();
  }

  get size() {
    return this.entries.size;
  }

  /** Entry of a key, now the most recently used; undefined when unknown. */
  get(key) {
    const entry = this.entries.get(key);
    if (entry) {
      this.entries.delete(key);
      this.entries.set(key, entry);
    }
    return entry;
  }

  /** Keep an entry; the oldest ones go, but never the one just set. */
  set(key, entry) {
    this.delete(key);
    this.entries.set(key, entry);
    this.bytes += entry.bytes;
    for (const oldest of this.entries.keys()) {
      if (oldest === key || (this.size <= this.capacity && this.bytes <= this.maxBytes)) break;
      this.delete(oldest);
    }
  }

  delete(key) {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.bytes -= entry.bytes;
    this.entries.delete(key);
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Parsed volumes by URL: one request per URL at a time, failed requests tried again. */
export class VolumeStore {
  /**
   * @param {object} [options]
   * @param {typeof fetch} [options.fetch]
   * @param {number} [options.capacity] volumes kept
   * @param {number} [options.maxBytes] bytes kept: a few large CT volumes must not fill a workstation's memory
   * @param {number[]} [options.retryAfterMs] pauses before the second and later attempts
   */
  constructor({ fetch = (...given) => globalThis.fetch(...given), capacity = 12, maxBytes = 1 << 30, retryAfterMs = [400, 1500] } = {}) {
    this.fetch = fetch;
    this.kept = new LruMap(capacity, maxBytes);
    this.pending = new Map();
    this.retryAfterMs = retryAfterMs;
    this.fetchCount = 0;
  }

  /**
   * @param {string} url
   * @returns {Promise<import("./nifti.js").Volume>} rejects with LoadError
   */
  load(url) {
    const volume = this.kept.get(url);
    if (volume) return Promise.resolve(volume);
    if (!this.pending.has(url)) {
      const request = this.#request(url).finally(() => this.pending.delete(url));
      this.pending.set(url, request);
    }
    return this.pending.get(url);
  }

  /** A volume that is already here, or undefined. */
  peek(url) {
    return this.kept.get(url);
  }

  async #request(url) {
    for (let attempt = 0; ; attempt++) {
      const { buffer, problem, final } = await this.#attempt(url);
      if (buffer) return this.#keep(url, buffer);
      if (final || attempt >= this.retryAfterMs.length) throw new LoadError(problem);
      await pause(this.retryAfterMs[attempt]);
    }
  }

  async #attempt(url) {
    this.fetchCount++;
    try {
      const response = await this.fetch(url, { credentials: "same-origin" });
      if (response.ok) return { buffer: await response.arrayBuffer() };
      const busy = response.status >= 500 || response.status === 408 || response.status === 429;
      return { problem: `the server answered ${response.status}`, final: !busy };
    } catch {
      return { problem: "the server could not be reached", final: false };
    }
  }

  #keep(url, buffer) {
    try {
      const volume = parseNifti(buffer);
      this.kept.set(url, volume);
      return volume;
    } catch (error) {
      throw new LoadError(error.message);
    }
  }
}
