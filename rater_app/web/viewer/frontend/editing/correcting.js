/** Correcting in a page: opens and closes the editor as readings come and go, and looks after what is not yet on the server. */

import { commandOf } from "../keyboard.js";
import { LoadError } from "../store.js";
import { CorrectionClient } from "./client.js";
import { correctingCommandsOf } from "./commands.js";
import { Editor } from "./editor.js";
import { IndexedChanges, isPageOpen, Journal, pageName } from "./journal.js";
import { Palette } from "./palette.js";

/** The name of this page, held once however often the viewer is mounted. @type {Promise<string>|null} */
let ownName = null;

/** Editors that were left before the server had everything, by address; they go on sending. @type {Map<string, Editor>} */
const leaving = new Map();

/** Commands that are meant wherever the focus is: nobody wants the browser's own dialog for saving. */
const PAGE_WIDE = ["save", "undo", "redo"];

const TEXT_FIELDS = "textarea, input:not([type=radio], [type=checkbox])";

/** An untouched mask that is finished so soon was hit by the rest of the keys that submitted the rating. */
const LEFTOVER_MS = 1000;

export class Correcting {
  /**
   * @param {import("../viewer.js").Viewer} viewer
   * @param {(name: string, value: unknown) => void} trigger tells the page
   */
  constructor(viewer, trigger) {
    Object.assign(this, { viewer, trigger });
    /** @type {Editor|null} */
    this.editor = null;
    this.palette = null;
    this.page = (ownName ??= pageName());
    this.changes = new IndexedChanges();
    Object.assign(
      viewer.commands,
      correctingCommandsOf(() => this.editor, {
        finish: () => this.finish(),
        remember: (habits) => viewer.preferences.keep({ brush: { ...this.#habits(), ...habits } }),
      }),
    );
    viewer.stage.overlays.push((ctx, tile) => this.editor?.tools[this.editor.tool]?.draw?.(ctx, tile));
    // Escape and the viewer's own tools take the pointer too: the palette follows what is in force.
    viewer.onDrawn = () => this.#show();
    this.onBlur = () => this.#keepers().forEach((keeper) => keeper.keepDraft());
    this.onHide = () => document.visibilityState === "hidden" && this.onBlur();
    this.onLeave = (event) => {
      if (!this.#keepers().some((keeper) => keeper.atRisk)) return;
      event.preventDefault();
      event.returnValue = true; // older browsers ask only for this
    };
    this.onKey = (event) => {
      const command = this.editor ? commandOf(event, this.viewer.keyOptions) : null;
      if (!PAGE_WIDE.includes(command?.action)) return;
      // A text field takes its own steps back. The target is seen through the shadow root that the viewer lies in.
      if (command.action !== "save" && event.composedPath()[0].matches?.(TEXT_FIELDS)) return;
      event.preventDefault();
      this.viewer.command(command.action, command.amount);
    };
    document.addEventListener("keydown", this.onKey);
    window.addEventListener("blur", this.onBlur);
    window.addEventListener("pagehide", this.onBlur);
    window.addEventListener("online", this.onBlur);
    document.addEventListener("visibilitychange", this.onHide);
    window.addEventListener("beforeunload", this.onLeave);
  }

  /** Called with the data of the component before the viewer takes them. */
  follow(data) {
    const url = data.editing?.url ?? null;
    if (url === (this.editor?.editing.url ?? null)) return;
    this.#close();
    if (!url) return;
    this.editor = new Editor(this.viewer, data.editing, {
      client: new CorrectionClient(url),
      journal: new Journal(data.case, this.page, this.changes, isPageOpen),
      clock: this.viewer.clock,
      habits: () => this.#habits(),
      onChange: () => this.#show(),
    });
    this.palette = new Palette(this.viewer.panel.side, (action, amount) => this.viewer.command(action, amount));
    this.viewer.correcting = true;
    this.viewer.eraser = this.editor.tools.eraser;
  }

  /** Size and shape of the brush that this reader used last. */
  #habits() {
    return { radiusMm: 3, ball: false, ...this.viewer.preferences.habits.brush };
  }

  /** Whether the mask at an address is the one that is being corrected. */
  owns(url) {
    return this.editor !== null && url === this.editor.editing.url;
  }

  /** @returns {Promise<import("../nifti.js").Volume>} */
  async open() {
    const { editor } = this;
    // What was painted before the reader left this mask comes first.
    const before = leaving.get(editor.editing.url)?.keeper;
    await before?.retry();
    if (before && !before.closed) throw new LoadError("your last changes are not on the server yet");
    const mask = await editor.open();
    this.#show();
    return mask;
  }

  #show() {
    this.palette?.update(this.editor);
  }

  /** Save, end correcting, and let the page go on. */
  async finish() {
    const { editor } = this;
    const { case: code } = this.viewer.data;
    const isLeftover = editor.isUntouched && performance.now() - editor.openedAt < LEFTOVER_MS;
    if (editor.busy || isLeftover || !(await editor.finish(this.palette.isConfirmed))) return;
    // The reader may have gone elsewhere meanwhile.
    if (this.editor === editor) this.trigger("corrected", { case: code, version: editor.keeper.version });
  }

  /** Keepers that may have something that the server lacks. */
  #keepers() {
    return [this.editor, ...leaving.values()].filter(Boolean).map(({ keeper }) => keeper);
  }

  #close() {
    const { editor } = this;
    if (editor) {
      const { url } = editor.editing;
      leaving.set(url, editor);
      editor.close().then(() => leaving.get(url) === editor && leaving.delete(url));
    }
    this.palette?.destroy();
    this.editor = this.palette = null;
    this.viewer.correcting = false;
    this.viewer.eraser = null;
  }

  destroy() {
    this.#close();
    document.removeEventListener("keydown", this.onKey);
    window.removeEventListener("blur", this.onBlur);
    window.removeEventListener("pagehide", this.onBlur);
    window.removeEventListener("online", this.onBlur);
    document.removeEventListener("visibilitychange", this.onHide);
    window.removeEventListener("beforeunload", this.onLeave);
  }
}
