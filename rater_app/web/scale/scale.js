/** A visual analogue line: no mark until the reader makes one, by a click or an arrow key. */

/** Key presses within this time are sent as one answer. */
const PAUSE_MS = 300;

/** @type {WeakMap<ParentNode, {update: (data: object, send: Function) => void, close: () => void}>} */
const mounted = new WeakMap();

function make(tag, className, parent) {
  const element = document.createElement(tag);
  element.className = className;
  parent.append(element);
  return element;
}

/**
 * Where the value goes for a key, or null for a key that is not ours. The first arrow marks the middle.
 * @param {string} key
 * @param {number|null} value
 * @param {number} low
 * @param {number} high
 */
export function valueAfterKey(key, value, low, high) {
  if (key === "Home") return low;
  if (key === "End") return high;
  const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
  if (!(key in steps)) return null;
  if (value === null) return Math.round((low + high) / 2);
  return Math.min(high, Math.max(low, value + steps[key]));
}

function mount(parentElement) {
  const root = make("div", "scale", parentElement);
  const line = make("div", "line", root);
  line.tabIndex = 0;
  line.setAttribute("role", "slider");
  const mark = make("div", "mark", line);
  const foot = make("div", "foot", root);
  const left = make("span", "", foot);
  const middle = make("output", "", foot);
  const right = make("span", "", foot);
  let low = 0;
  let high = 100;
  let value = null;
  let sent = null;
  let send = () => {};
  let timer = 0;

  const show = () => {
    mark.hidden = value === null;
    mark.style.left = `${(100 * ((value ?? low) - low)) / (high - low)}%`;
    middle.textContent = value === null ? "click the line" : String(value);
    // A slider must have a number for assistive technology; the text says that none is chosen yet.
    line.setAttribute("aria-valuenow", String(value ?? low));
    line.setAttribute("aria-valuetext", value === null ? "not answered" : String(value));
  };
  const flush = () => {
    clearTimeout(timer);
    if (value !== sent) send("value", (sent = value));
  };
  const choose = (next) => {
    value = next;
    show();
  };
  const chooseAt = (event) => {
    const { left: start, width } = line.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - start) / width));
    choose(low + Math.round(share * (high - low)));
  };

  line.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    line.setPointerCapture(event.pointerId);
    chooseAt(event);
  });
  line.addEventListener("pointermove", (event) => {
    if (line.hasPointerCapture(event.pointerId)) chooseAt(event);
  });
  line.addEventListener("pointerup", flush);
  line.addEventListener("pointercancel", flush);
  line.addEventListener("blur", flush);
  line.addEventListener("keydown", (event) => {
    // The page's own Ctrl + Enter comes later and must find the answer there.
    if (event.key === "Enter") flush();
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = valueAfterKey(event.key, value, low, high);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    choose(next);
    clearTimeout(timer);
    timer = setTimeout(flush, PAUSE_MS);
  });

  return {
    update(data, setStateValue) {
      send = setStateValue;
      ({ low, high } = data);
      line.setAttribute("aria-label", data.label);
      line.setAttribute("aria-valuemin", String(low));
      line.setAttribute("aria-valuemax", String(high));
      left.textContent = data.left;
      right.textContent = data.right;
      // What the reader has just chosen here is newer than what the page knows.
      if (value === null) value = sent = data.value;
      show();
    },
    close() {
      flush();
      root.remove();
      mounted.delete(parentElement);
    },
  };
}

/**
 * Called by Streamlit when the line appears and at each change of its data.
 * @param {{parentElement: ParentNode, data: {label: string, low: number, high: number, left: string, right: string, value: number|null},
 *   setStateValue: (name: string, value: unknown) => void}} component
 */
export default function ({ parentElement, data, setStateValue }) {
  if (!mounted.has(parentElement)) mounted.set(parentElement, mount(parentElement));
  const scale = mounted.get(parentElement);
  scale.update(data, setStateValue);
  return scale.close;
}
