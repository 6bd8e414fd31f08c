/**
 * Keeps what a reader has painted: drafts while they work, versions when they save. Writes follow one another, never overtake, and are sent
 * again until the server has them; what is not yet on the server is said.
 */

/** A draft is kept this long after the first change that it lacks. */
export const DRAFT_AFTER_MS = 30_000;
/** Pauses before a write that failed is sent again. */
export const RETRY_AFTER_MS = [1000, 3000, 8000, 20_000];

/**
 * What the reader is told.
 * - saved: the last version holds everything
 * - kept: a draft holds everything
 * - unsaved: there are changes that only this page has
 * - sending: they are on their way
 * - trouble: they could not be sent; it is tried again
 * - conflict: another window has changed the mask; the reader must choose
 * - refused: the server will not take them
 * @typedef {"saved"|"kept"|"unsaved"|"sending"|"trouble"|"conflict"|"refused"} KeepingState
 */

/** One write: what it holds, up to which change, and whether it makes a version. @typedef {{isVersion: boolean, upTo: number, body: object, effort: object}} Letter */

export class Keeper {
  /**
   * @param {object} options
   * @param {import("./client.js").CorrectionClient} options.client
   * @param {() => Promise<object>} options.pack gives the voxels as they are now
   * @param {() => import("./client.js").Effort} options.effort totals since the last version
   * @param {(keeper: Keeper) => void} options.onChange
   * @param {(letter: Letter, outcome: import("./client.js").Outcome) => void} [options.onStored] the server has a letter
   * @param {{setTimeout: Function, clearTimeout: Function}} [options.clock]
   */
  constructor({ client, pack, effort, onChange, onStored = () => {}, clock = globalThis }) {
    Object.assign(this, { client, pack, effort, onChange, onStored, clock });
    this.tag = null;
    this.version = 0;
    /** Number of the last change, of the last one in a draft or version, and of the last one in a version. */
    this.changed = 0;
    this.stored = 0;
    this.savedTo = 0;
    this.hasDraft = false;
    this.problem = "";
    this.trouble = null;
    this.failures = 0;
    /** What to do again after a failure. */
    this.again = "draft";
    /** A letter whose answer was lost: the server may have it, so it goes again, as it was, before any other. @type {Letter|null} */
    this.unsure = null;
    this.sending = 0;
    this.queue = Promise.resolve();
    this.timer = null;
    this.closed = false;
    /** Called when a keeper that was left has nothing more to do. @type {(() => void)|null} */
    this.onLeft = null;
  }

  /** Start from a state that the server gave. */
  begin({ tag, version, draft }) {
    Object.assign(this, { tag, version, hasDraft: draft, stored: this.changed, trouble: null, problem: "", failures: 0, unsure: null });
    // A draft is no version: its changes still want saving.
    this.savedTo = draft ? -1 : this.changed;
    this.onChange(this);
  }

  /** @returns {KeepingState} */
  get state() {
    if (this.trouble) return this.trouble;
    if (this.sending > 0) return "sending";
    if (this.changed > this.stored) return "unsaved";
    return this.savedTo === this.changed ? "saved" : "kept";
  }

  /** Whether this page alone has changes: leaving it would lose them. */
  get atRisk() {
    return this.changed > this.stored;
  }

  /** Whether there is something that no version holds. */
  get wantsSaving() {
    return this.savedTo !== this.changed;
  }

  /** The mask has changed. @returns {number} number of the change */
  note() {
    this.changed++;
    this.#later(DRAFT_AFTER_MS);
    this.onChange(this);
    return this.changed;
  }

  /** Keep a draft now, if there is something to keep. @returns {Promise<boolean>} whether the server has everything */
  keepDraft() {
    return this.#enqueue(() => this.#write(false));
  }

  /** Save a version. @returns {Promise<boolean>} whether the server has it */
  save() {
    return this.#enqueue(() => this.#write(true));
  }

  /** Say that correcting has ended; `problem` tells why that was not possible. @returns {Promise<boolean>} */
  finish(confirmed) {
    return this.#enqueue(async () => {
      const outcome = await this.client.finish(this.version, confirmed);
      // No change of the mask is at stake here: only another window's change is news of it.
      if (outcome.kind === "conflict") return this.#settle(outcome, () => {});
      this.problem = problemOf(outcome);
      return outcome.kind === "stored";
    });
  }

  /** Write on top of what the other window has kept: the reader chose this mask. */
  async insist({ tag, version }) {
    Object.assign(this, { tag, version, trouble: null, problem: "", stored: -1, savedTo: -1, unsure: null });
    return this.keepDraft();
  }

  async #write(isVersion) {
    if (this.trouble === "conflict") return false;
    this.again = isVersion ? "save" : "draft";
    if (this.unsure && !(await this.#send(this.unsure))) return false;
    if (!(isVersion ? this.wantsSaving : this.atRisk)) return true;
    const letter = { isVersion, upTo: this.changed, effort: this.effort() };
    try {
      letter.body = await this.pack();
    } catch (error) {
      return this.#settle({ kind: "unreachable", problem: `This browser could not pack the mask (${error.message}).` }, () => {});
    }
    return this.#send(letter);
  }

  async #send(letter) {
    const { isVersion, upTo, body, effort } = letter;
    const outcome = await this.client[isVersion ? "save" : "keep"](body, this.tag, effort);
    // Once it may have arrived, only an answer about it is an end of it.
    const isOpen = outcome.kind === "unreachable" || outcome.kind === "signed out" || (outcome.kind === "refused" && this.unsure === letter);
    this.unsure = isOpen ? letter : null;
    return this.#settle(outcome, () => {
      Object.assign(this, { tag: outcome.tag, version: outcome.version, stored: upTo, hasDraft: !isVersion });
      if (isVersion) this.savedTo = upTo;
      this.onStored(letter, outcome);
    });
  }

  #settle(outcome, store) {
    if (outcome.kind === "stored") {
      Object.assign(this, { trouble: null, problem: "", failures: 0 });
      store();
      if (this.atRisk) this.#later(DRAFT_AFTER_MS);
      return true;
    }
    this.problem = problemOf(outcome);
    this.other = outcome.kind === "conflict" ? outcome : null;
    if (outcome.kind === "conflict" || outcome.kind === "refused") {
      this.trouble = outcome.kind;
      return false;
    }
    this.trouble = "trouble";
    this.#again();
    return false;
  }

  #again() {
    const pause = RETRY_AFTER_MS[Math.min(this.failures++, RETRY_AFTER_MS.length - 1)];
    this.clock.clearTimeout(this.timer);
    this.timer = this.clock.setTimeout(() => {
      this.timer = null;
      this.retry();
    }, pause);
  }

  /** Send again now what could not be sent. */
  retry() {
    if (this.trouble === "refused" || this.trouble === "trouble") this.trouble = null;
    return this.again === "save" ? this.save() : this.keepDraft();
  }

  #later(ms) {
    this.timer ??= this.clock.setTimeout(() => {
      this.timer = null;
      this.keepDraft();
    }, ms);
  }

  #enqueue(act) {
    this.sending++;
    this.onChange(this);
    const result = this.queue.then(async () => {
      try {
        return this.closed ? false : await act();
      } finally {
        this.sending--;
        if (!this.closed) this.onChange(this);
        if (this.onLeft && this.sending === 0 && !this.#isTrying) this.close();
      }
    });
    this.queue = result.catch(() => {});
    return result;
  }

  /** Whether something is to be sent that the server may take. */
  get #isTrying() {
    return (this.atRisk || this.unsure !== null) && this.trouble !== "conflict" && this.trouble !== "refused";
  }

  /** Send what the server lacks, as often as it takes, and then nothing more. @returns {Promise<void>} when it is over */
  leave() {
    return new Promise((resolve) => {
      this.onLeft = resolve;
      this.keepDraft();
    });
  }

  /** Nothing more is sent. */
  close() {
    this.closed = true;
    this.clock.clearTimeout(this.timer);
    this.onLeft?.();
  }
}

function problemOf({ kind, problem = "" }) {
  return kind === "signed out" ? "You are no longer signed in. Open your invitation link in a new tab: this page then goes on by itself." : problem;
}
