/** Put into a page before its own scripts: notes when what happened, and carries out the steps that are timed. Milliseconds throughout. */

(() => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  /** A task queued in a frame runs after that frame was painted. */
  const painted = async () => {
    await frame();
    await new Promise((resolve) => setTimeout(resolve));
    return performance.now();
  };

  const bench = { root: null, since: {}, moves: [], saves: [], keyAt: 0, frame, painted };
  window.bench = bench;
  Object.defineProperty(bench, "viewer", { get: () => bench.root?.viewer ?? null });

  /** From now on: when is the image there, the mask drawn, every channel here? */
  function begin() {
    const startedAt = performance.now();
    const since = { startedAt, shownAt: {} };
    bench.since = since;
    const seen = {
      image: (viewer) => viewer.image,
      mask: (viewer) => viewer.isShown,
      all: (viewer) => viewer.volumes?.images.every(Boolean),
    };
    const look = async () => {
      if (bench.since !== since) return;
      const { viewer } = bench;
      for (const [what, isThere] of Object.entries(seen)) {
        // One frame more: what is there now is drawn in this frame at the latest.
        if (!(what in since) && viewer && isThere(viewer)) {
          since[what] = null;
          painted().then((now) => ((since[what] = now - startedAt), (since.shownAt[what] = now)));
        }
      }
      if (Object.keys(seen).some((what) => !since[what])) requestAnimationFrame(look);
    };
    look();
  }
  bench.begin = begin;

  /** Wait until all of this has happened since the start, and give the times. */
  bench.until = async (...awaited) => {
    while (!awaited.every((what) => bench.since[what])) await frame();
    return { ...bench.since };
  };

  // The component starts when it puts its element into the page.
  for (const prototype of [Element.prototype, DocumentFragment.prototype]) {
    const { append } = prototype;
    prototype.append = function (...nodes) {
      const root = nodes.find((node) => node.className === "rater-viewer");
      if (root) {
        bench.root = root;
        begin();
        queueMicrotask(watchCases);
      }
      return append.apply(this, nodes);
    };
  }

  /** A new case starts the clock anew. */
  function watchCases() {
    const { viewer } = bench;
    const { update } = viewer;
    viewer.update = function (data) {
      if (this.data && data.case !== this.data.case) begin();
      update.call(this, data);
    };
  }

  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    if (type !== "pointermove" || !(this instanceof HTMLCanvasElement)) return listen.call(this, type, listener, options);
    const timed = (event) => {
      const started = performance.now();
      listener(event);
      bench.moves.push(performance.now() - started);
    };
    return listen.call(this, type, timed, options);
  };

  const { fetch } = window;
  window.fetch = async (...given) => {
    const [url, { method } = {}] = given;
    const sent = performance.now();
    const response = await fetch.apply(window, given);
    if (method === "PUT" && /\/corrections\/[^/]+$/.test(url)) {
      const answered = performance.now();
      bench.saves.push({ "save": answered - bench.keyAt, "save: pack": sent - bench.keyAt, "save: server": answered - sent });
    }
    return response;
  };

  addEventListener("keydown", (event) => (bench.keyAt = event.timeStamp), { capture: true });

  /** Each step changes something and waits until the frame that shows it is painted. */
  bench.steps = async (kind, steps) => {
    const { viewer } = bench;
    const { dims } = viewer.volumes.grid;
    const center = viewer.data.ct ? 40 : 450;
    const change = {
      "slice step, three planes": (i) => {
        viewer.moveTo(dims.map((n) => Math.round(n * 0.3) + (i % Math.floor(n * 0.4))));
        viewer.arrange();
      },
      "slice step, one plane": (i) => viewer.command("step", i % 60 < 30 ? 1 : -1),
      "window change": (i) => {
        viewer.tones.chooseWindow(viewer.channelName, viewer.image, { low: center - 300 + i, high: center + 450 + i });
        viewer.arrange();
      },
      "channel switch": (i) => viewer.command("channel", 1 + (i % viewer.data.channels.length)),
      "mask style": () => viewer.command("mask-style"),
    }[kind];
    const costs = [];
    const untilPainted = [];
    for (let i = 0; i < steps; i++) {
      await frame();
      const started = performance.now();
      change(i);
      const changed = performance.now() - started;
      // The viewer asked for its frame first, so it has drawn when this one comes.
      untilPainted.push((await painted()) - started);
      costs.push(changed + viewer.stage.stepCostsMs.at(-1));
    }
    return { costs, untilPainted };
  };

  /** Wait until the last movement of the pointer is drawn, and give what it cost. */
  bench.moved = async () => {
    await painted();
    const { stage } = bench.viewer;
    while (stage.frame) await painted();
    return { handler: bench.moves.at(-1), drawing: stage.stepCostsMs.at(-1), moves: bench.moves.length };
  };

  /** Carry out a command, and give what it and its drawing cost. */
  bench.command = async (action) => {
    await painted();
    const started = performance.now();
    bench.viewer.command(action);
    const cost = performance.now() - started;
    await painted();
    return cost + bench.viewer.stage.stepCostsMs.at(-1);
  };

  /** From the last key press until another picture is painted, where pictures are `img` elements. */
  bench.nextPicture = async (selector) => {
    const src = () => document.querySelector(selector)?.src;
    const before = src();
    while (src() === before || !document.querySelector(selector)?.complete) await frame();
    return (await painted()) - bench.keyAt;
  };

  /** From the last key press until the viewer has painted. */
  bench.nextDrawing = async () => {
    const { viewer } = bench;
    const drawn = new Promise((resolve) => {
      viewer.drawn = function () {
        delete viewer.drawn;
        viewer.drawn();
        resolve();
      };
    });
    await drawn;
    await new Promise((resolve) => setTimeout(resolve));
    return performance.now() - bench.keyAt;
  };
})();
