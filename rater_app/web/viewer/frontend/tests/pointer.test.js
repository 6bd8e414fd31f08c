import assert from "node:assert/strict";
import { test } from "node:test";

import { attachGestures } from "../pointer.js";
import { PenWatch } from "../touch.js";

/** Enough of a canvas: events, capture and a class list. */
class Canvas extends EventTarget {
  classes = new Set();
  captured = [];
  classList = { toggle: (name, on) => (on ? this.classes.add(name) : this.classes.delete(name)) };
  setPointerCapture(id) {
    this.captured.push(id);
  }

  fire(type, more = {}) {
    const event = new Event(type, { cancelable: true });
    const defaults = { pointerId: 1, pointerType: "mouse", button: 0, buttons: 1, clientX: 0, clientY: 0, shiftKey: false, ctrlKey: false };
    Object.assign(event, defaults, more);
    this.dispatchEvent(event);
    return event;
  }
}

/** A tile of 400 x 300 with its bar beyond x = 380, and all that its gestures did. */
function tileWith(changed = {}) {
  const did = [];
  const canvas = new Canvas();
  const tile = { canvas, ratio: 2, pointOf: ({ clientX, clientY }) => [clientX, clientY] };
  const way = (name) => () => {
    did.push([name]);
    return (dx, dy) => did.push([name, dx, dy]);
  };
  const toolNamed = (name) => ({
    start: ({ at }) => {
      did.push([name, at]);
      return { move: (hit) => did.push([name, "move", hit.at]), end: () => did.push([name, "end"]), cancel: () => did.push([name, "cancel"]) };
    },
    hover: (hit) => did.push([name, "hover", hit?.at ?? null]),
  });
  const host = {
    space: false,
    chosen: null,
    spaceHeld: () => host.space,
    press: () => did.push(["press"]),
    tool: () => host.chosen,
    hitOf: (_, { clientX }) => ({ at: clientX }),
    pointAt: (_, [x]) => did.push(["point", x]),
    startWindow: way("window"),
    startPan: way("pan"),
    startPinch: () => {
      did.push(["pinch"]);
      return () => {};
    },
    scroll: (_, steps) => did.push(["scroll", steps]),
    zoom: (_, factor) => did.push(["zoom", factor > 1 ? "in" : "out"]),
    resetZoom: () => did.push(["reset"]),
    bar: {
      covers: (_, [x]) => x >= 380,
      isNear: (_, [x]) => x >= 350,
      go: (_, [, y]) => did.push(["bar", y]),
      startScroll: () => (dy) => did.push(["bar scroll", dy]),
    },
    pens: new PenWatch(() => 0),
    ...changed,
  };
  host.pens.seenAt = -Infinity;
  attachGestures(tile, host);
  /** What one drag did, without the press that each of them begins with. */
  const drag = (more = {}) => {
    did.length = 0;
    canvas.fire("pointerdown", { clientX: 10, clientY: 20, ...more });
    canvas.fire("pointermove", { clientX: 30, clientY: 25, ...more });
    canvas.fire("pointerup", { clientX: 30, clientY: 25, ...more });
    return did.filter(([what]) => what !== "press");
  };
  return { canvas, host, did, drag, toolNamed };
}

test("the main button moves the crosshair, or works with the chosen tool", () => {
  const { host, drag, toolNamed } = tileWith();
  assert.deepEqual(drag(), [["point", 10], ["point", 30]]);
  host.chosen = toolNamed("brush");
  assert.deepEqual(drag(), [["brush", 10], ["brush", "move", 30], ["brush", "end"]]);
});

test("right button and Shift are the window, middle button and Space move the image, whatever the tool", () => {
  const { host, drag, toolNamed } = tileWith();
  host.chosen = toolNamed("brush");
  for (const more of [{ button: 2, buttons: 2 }, { shiftKey: true }]) assert.deepEqual(drag(more), [["window"], ["window", 20, 5]]);
  assert.deepEqual(drag({ button: 1, buttons: 4 }), [["pan"], ["pan", 20, 5]]);
  host.space = true;
  assert.deepEqual(drag(), [["pan"], ["pan", 20, 5]]);
});

test("the bar comes before the tools, and shows that it can be taken", () => {
  const { canvas, host, did, drag, toolNamed } = tileWith();
  host.chosen = toolNamed("brush");
  assert.deepEqual(drag({ clientX: 390 }), [["bar", 20], ["bar", 25]]);
  did.length = 0;
  canvas.fire("pointermove", { clientX: 390, buttons: 0 });
  assert.ok(canvas.classes.has("over-bar"));
  canvas.fire("pointermove", { clientX: 100, buttons: 0 });
  assert.equal(canvas.classes.has("over-bar"), false);
  assert.deepEqual(did, [["brush", "hover", null], ["brush", "hover", 100]]);
});

test("points between two frames are handed to the tool", () => {
  const { canvas, host, did, toolNamed } = tileWith();
  host.chosen = toolNamed("brush");
  canvas.fire("pointerdown");
  canvas.fire("pointermove", { clientX: 9, getCoalescedEvents: () => [{ clientX: 3 }, { clientX: 6 }, { clientX: 9 }] });
  canvas.fire("pointermove", { clientX: 12, getCoalescedEvents: () => [] });
  assert.deepEqual(did.slice(2), [3, 6, 9, 12].map((x) => ["brush", "move", x]));
});

test("a stroke that the browser takes away is taken back, once", () => {
  const { canvas, host, did, toolNamed } = tileWith();
  host.chosen = toolNamed("brush");
  canvas.fire("pointerdown");
  canvas.fire("pointercancel");
  canvas.fire("lostpointercapture");
  assert.deepEqual(did.slice(1), [["brush", 0], ["brush", "cancel"]]);
});

test("another pointer does not move the stroke of the first", () => {
  const { canvas, host, did, toolNamed } = tileWith();
  host.chosen = toolNamed("brush");
  canvas.fire("pointerdown");
  canvas.fire("pointermove", { pointerId: 7, clientX: 100 });
  canvas.fire("pointerup", { pointerId: 7 });
  assert.deepEqual(did.slice(1), [["brush", 0]]);
});

test("a pen: its tip is the main button, its eraser end the eraser, its barrel button the window", () => {
  const { host, drag, toolNamed } = tileWith();
  host.chosen = toolNamed("brush");
  const pen = { pointerType: "pen", pointerId: 5 };
  assert.deepEqual(drag(pen)[0], ["brush", 10]);
  assert.deepEqual(drag({ ...pen, button: 2, buttons: 2 }), [["window"], ["window", 20, 5]]);
  assert.deepEqual(drag({ ...pen, button: 0, buttons: 3 }), [["window"], ["window", 20, 5]]);
  assert.deepEqual(drag({ ...pen, button: 5, buttons: 32 }), [], "without an eraser its end does nothing");
  host.eraser = () => toolNamed("eraser");
  assert.deepEqual(drag({ ...pen, button: 5, buttons: 32 }), [["eraser", 10], ["eraser", "move", 30], ["eraser", "end"]]);
});

test("a finger draws, scrolls beside the bar, and is still while a pen is near", () => {
  const { canvas, did, drag } = tileWith();
  const finger = { pointerType: "touch", pointerId: 11 };
  assert.deepEqual(drag(finger), [["point", 10], ["point", 30]]);
  canvas.fire("pointerdown", { ...finger, clientX: 360, clientY: 20 });
  did.length = 0;
  canvas.fire("pointermove", { ...finger, clientX: 360, clientY: 60 });
  canvas.fire("pointerup", finger);
  assert.deepEqual(did, [["bar scroll", 80]], "in canvas pixels");
  canvas.fire("pointerdown", { pointerType: "pen", pointerId: 5 });
  canvas.fire("pointerup", { pointerType: "pen", pointerId: 5 });
  assert.deepEqual(drag(finger), []);
  assert.deepEqual(did, [], "the palm does not choose a plane either");
});

test("two fingers pinch", () => {
  const { canvas, did } = tileWith();
  canvas.fire("pointerdown", { pointerType: "touch", pointerId: 11 });
  canvas.fire("pointerdown", { pointerType: "touch", pointerId: 12 });
  assert.deepEqual(did.at(-1), ["pinch"]);
  assert.deepEqual(canvas.captured, [11, 12]);
});

test("a double click resets the zoom, but not over the bar or with a tool", () => {
  const { canvas, host, did, toolNamed } = tileWith();
  canvas.fire("dblclick");
  assert.deepEqual(did, [["reset"]]);
  canvas.fire("dblclick", { clientX: 390 });
  host.chosen = toolNamed("brush");
  canvas.fire("dblclick");
  assert.deepEqual(did, [["reset"]]);
});

test("the wheel scrolls, and zooms with Ctrl; the page stays", () => {
  const { canvas, did } = tileWith();
  const event = canvas.fire("wheel", { deltaY: 120, deltaMode: 0 });
  canvas.fire("wheel", { deltaY: -120, deltaMode: 0, ctrlKey: true });
  assert.deepEqual(did, [["scroll", -1], ["zoom", "in"]]);
  assert.ok(event.defaultPrevented);
});
