/** The component that Streamlit mounts: one viewer per mounting place, kept over reruns and over changes of its data. */

import { Correcting } from "./editing/correcting.js";
import { make } from "./elements.js";
import { describeKeys } from "./keyboard.js";
import { attachPageKeys, attachViewerKeys } from "./shortcuts.js";
import { VolumeStore } from "./store.js";
import { Viewer } from "./viewer.js";

/** One store for the page: the next case finds what was fetched ahead. */
const store = new VolumeStore();

/** @type {WeakMap<ParentNode, {root: HTMLElement, viewer: Viewer, correcting: Correcting, data: object, trigger: Function, close: () => void}>} */
const mounted = new WeakMap();

function mount(parentElement) {
  const keys = make("p", { class: "unseen", id: "viewer-keys", text: describeKeys() });
  const root = make("div", {
    class: "rater-viewer",
    role: "application",
    tabindex: 0,
    "aria-label": "Image viewer. Press question mark for the list of keys.",
    "aria-describedby": "viewer-keys",
  });
  root.append(keys);
  parentElement.append(root);
  const entry = { root, data: null, trigger: () => {} };
  // The mask that is being corrected is no volume to keep: its editor fetches it.
  const load = (url) => (entry.correcting.owns(url) ? entry.correcting.open() : store.load(url));
  const viewer = new Viewer(root, Object.create(store, { load: { value: load } }));
  entry.viewer = viewer;
  entry.correcting = new Correcting(viewer, (name, value) => entry.trigger(name, value));
  // Tests and support read the state of the viewer here; it holds nothing that the page does not show.
  root.viewer = viewer;
  attachViewerKeys(root, viewer);
  const removePageKeys = attachPageKeys(() => ({
    case: viewer.isShown ? entry.data.case : null,
    levels: entry.data?.rating_keys ?? 0,
    trigger: (name, value) => (name === "submit" && viewer.correcting ? viewer.command("finish") : entry.trigger(name, value)),
  }));
  entry.close = () => {
    removePageKeys();
    entry.correcting.destroy();
    viewer.destroy();
    root.remove();
    mounted.delete(parentElement);
  };
  mounted.set(parentElement, entry);
  return entry;
}

/** Scroll the form beside the viewer to its first question: the page keeps its place over a new case. */
function showTopOfForm() {
  for (const form of document.querySelectorAll(".st-key-form")) form.scrollTop = 0;
}

/**
 * Called by Streamlit when the component appears and at each change of its data.
 * @param {{parentElement: ParentNode, data: import("./viewer.js").ViewerData, setTriggerValue: (name: string, value: unknown) => void}} component
 * @returns {() => void} clean-up, called when the component goes
 */
export default function ({ parentElement, data, setTriggerValue }) {
  const entry = mounted.get(parentElement) ?? mount(parentElement);
  entry.trigger = setTriggerValue;
  entry.data = data;
  if (data) {
    entry.correcting.follow(data);
    entry.viewer.update(data);
    if (entry.root.dataset.case !== data.case) showTopOfForm();
    entry.root.dataset.case = data.case;
  }
  return entry.close;
}
