/** What correcting took, since the last version: strokes by tool, steps taken back, active and idle time. */

export class EffortCounter {
  /** @param {{activeSeconds: () => number, idleSeconds: () => number}} clock its times only grow */
  constructor(clock) {
    this.clock = clock;
    this.begin(null);
  }

  /** Start anew, or go on where a draft had come to. @param {import("./client.js").Effort|null} earlier */
  begin(earlier) {
    this.from = { active: this.clock.activeSeconds(), idle: this.clock.idleSeconds() };
    this.earlier = { active: earlier?.active_s ?? 0, idle: earlier?.idle_s ?? 0 };
    this.strokes = earlier?.strokes ?? 0;
    this.undos = earlier?.undos ?? 0;
    this.redos = earlier?.redos ?? 0;
    this.tools = { ...earlier?.tools };
  }

  stroke(tool) {
    this.strokes++;
    this.tools[tool] = (this.tools[tool] ?? 0) + 1;
  }

  undo() {
    this.undos++;
  }

  redo() {
    this.redos++;
  }

  /** @returns {import("./client.js").Effort} */
  get totals() {
    const tenths = (seconds) => Math.round(seconds * 10) / 10;
    return {
      active_s: tenths(this.earlier.active + this.clock.activeSeconds() - this.from.active),
      idle_s: tenths(this.earlier.idle + this.clock.idleSeconds() - this.from.idle),
      strokes: this.strokes,
      undos: this.undos,
      redos: this.redos,
      tools: { ...this.tools },
      tool: "browser",
    };
  }

  /** Count from here: a version holds these totals. What came while it was on its way stays. */
  settle(totals) {
    const now = this.totals;
    const rest = Object.fromEntries(Object.entries(now.tools).map(([tool, n]) => [tool, n - (totals.tools[tool] ?? 0)]).filter(([, n]) => n > 0));
    this.begin({
      active_s: Math.max(0, now.active_s - totals.active_s),
      idle_s: Math.max(0, now.idle_s - totals.idle_s),
      strokes: now.strokes - totals.strokes,
      undos: now.undos - totals.undos,
      redos: now.redos - totals.redos,
      tools: rest,
    });
  }
}
