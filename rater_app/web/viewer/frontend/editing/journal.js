/**
 * The browser's own record of changes that the server does not have yet: it outlives a reload, a crash and a dead server. It holds voxel
 * numbers and labels under a blinding code, nothing else, and is emptied as soon as the server has them.
 */

const DATABASE = "corrections";
const CHANGES = "changes";

/** Voxels that a page changed, and the tag of the server's state under them. */
/** @typedef {{key: [string, string, number], elements: Uint32Array, labels: Uint8Array|Uint16Array, base: string}} Change */

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Keys of every change of a reading, or of one page's. */
const rangeOf = (code, page) => (page === undefined ? IDBKeyRange.bound([code], [code, []]) : IDBKeyRange.bound([code, page], [code, page, []]));

/** Where the changes lie: one record for each step of a page. */
export class IndexedChanges {
  #open() {
    this.opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(CHANGES, { keyPath: "key" });
      request.onsuccess = () => {
        request.result.onclose = () => (this.opened = null);
        resolve(request.result);
      };
      request.onerror = () => reject(request.error);
    });
    // What failed once, or was closed by the browser, may do well later.
    this.opened.catch(() => (this.opened = null));
    return this.opened;
  }

  async #store(mode) {
    return (await this.#open()).transaction(CHANGES, mode).objectStore(CHANGES);
  }

  async add(change) {
    const store = await this.#store("readwrite");
    store.put(change);
    // The disk may turn out to be full after the request has succeeded.
    return new Promise((resolve, reject) => {
      store.transaction.oncomplete = resolve;
      store.transaction.onabort = () => reject(store.transaction.error);
    });
  }

  /** Changes of a reading, of all pages, in their order. @returns {Promise<Change[]>} */
  async of(code) {
    return done((await this.#store("readonly")).getAll(rangeOf(code)));
  }

  /** Forget the changes of a page up to a number, or all of a reading. */
  async remove(code, page, upTo = Infinity) {
    const range = page !== undefined && upTo < Infinity ? IDBKeyRange.bound([code, page], [code, page, upTo]) : rangeOf(code, page);
    return done((await this.#store("readwrite")).delete(range));
  }
}

/** The journal of one reading in one page. */
export class Journal {
  /**
   * @param {string} code blinding code of the reading
   * @param {string|Promise<string>} page name of this page; the same after a reload
   * @param {IndexedChanges} changes
   * @param {(page: string) => Promise<boolean>} isOpen whether another page of that name is open now
   */
  constructor(code, page, changes, isOpen) {
    Object.assign(this, { code, page, changes, isOpen });
    // Numbers go on rising over a reload: a page makes fewer than one change in a millisecond.
    this.start = Date.now();
    this.settled = Promise.resolve();
  }

  /**
   * Note a change upon a state of the server; `number` rises with every one. A browser that keeps nothing is no reason to stop.
   * @returns {Promise<boolean>} whether the change is kept
   */
  async note(number, elements, labels, base) {
    const key = [this.code, await this.page, this.start + number];
    return this.changes.add({ key, elements, labels, base }).then(
      () => true,
      () => false,
    );
  }

  /**
   * Changes that no server has: of this page before its reload, and of pages that are gone.
   * @returns {Promise<Change[]>} in the order in which they were made
   */
  async left() {
    const all = await this.changes.of(this.code).catch(() => []);
    const own = await this.page;
    const pages = [...new Set(all.map((change) => change.key[1]))];
    const gone = await Promise.all(pages.map(async (page) => page === own || !(await this.isOpen(page))));
    // A computer's clock may have been put back since.
    for (const { key } of all) if (key[1] === own) this.start = Math.max(this.start, key[2]);
    return all.filter((change) => gone[pages.indexOf(change.key[1])]).sort((one, other) => one.key[2] - other.key[2]);
  }

  /** The server has every change of this page up to this number; what came later is a change of that state. */
  settle(number, base) {
    this.settled = this.settled.then(() => this.#settle(this.start + number, base)).catch(() => null);
    return this.settled;
  }

  async #settle(last, base) {
    const page = await this.page;
    await this.changes.remove(this.code, page, last);
    for (const change of await this.changes.of(this.code)) {
      if (change.key[1] === page && change.base !== base) await this.changes.add({ ...change, base });
    }
  }

  /** Forget changes that were taken over from pages that are gone. */
  async forget(changes) {
    const pages = new Set(changes.map((change) => change.key[1]));
    pages.delete(await this.page);
    for (const page of pages) await this.changes.remove(this.code, page).catch(() => null);
  }

  /** Forget every change of this page: the reader took another state of the mask. */
  forgetOwn() {
    this.settled = this.settled.then(async () => this.changes.remove(this.code, await this.page)).catch(() => null);
    return this.settled;
  }
}

const freshName = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** A name for this page that a reload keeps and no other open page has; it is held as long as the page is open. @returns {Promise<string>} */
export async function pageName() {
  try {
    return await keptName();
  } catch {
    // A browser that keeps nothing has no name to find again.
    return freshName();
  }
}

async function keptName() {
  let name = sessionStorage.getItem("page");
  // A browser copies the names of a tab that is duplicated: the copy needs one of its own.
  const isReload = performance.getEntriesByType("navigation")[0]?.type === "reload";
  if (name === null || (!isReload && navigator.locks && (await isPageOpen(name)))) name = freshName();
  sessionStorage.setItem("page", name);
  navigator.locks?.request(`page-${name}`, () => new Promise(() => {})).catch(() => null);
  return name;
}

/** Whether a page of this name is open. Without locks (an address without TLS) nobody knows: another page's changes then stay where they are. */
export async function isPageOpen(name) {
  if (!navigator.locks) return true;
  return navigator.locks.request(`page-${name}`, { ifAvailable: true }, (lock) => lock === null).catch(() => true);
}
