/** What goes along with a reading, beside images and mask: the clock, slices seen, slice bar, player, distances, viewing log. */

import { ActivityClock, hearReader } from "./activity_clock.js";
import { attachCine } from "./cine.js";
import { make } from "./elements.js";
import { DistanceTool } from "./measure.js";
import { attachReadingLog } from "./reading_log.js";
import { Seen } from "./seen.js";
import { SliceBar } from "./slice_bar.js";
import { PenWatch } from "./touch.js";
import { WindowTool } from "./window_tool.js";

/**
 * Give a viewer its `clock`, `seen`, `cine`, `distances`, `windowTool`, `bar` and `pens`. Its stage must stand.
 * @param {import("./viewer.js").Viewer} viewer
 * @returns {{begin: (data: import("./viewer.js").ViewerData) => void, destroy: () => void}}
 */
export function attachReadingAids(viewer) {
  // Apart from the status line, which would talk over what is said here.
  const spoken = make("div", { class: "unseen", "aria-live": "polite" });
  viewer.root.append(spoken);
  viewer.clock = new ActivityClock();
  viewer.seen = new Seen();
  viewer.pens = new PenWatch();
  viewer.bar = new SliceBar(viewer);
  viewer.distances = new DistanceTool(viewer, (text) => (spoken.textContent = text));
  viewer.windowTool = new WindowTool(viewer);
  const { cine, destroy: closeCine } = attachCine(viewer);
  viewer.cine = cine;
  const see = (_, tile) => viewer.seen.drawn(viewer, tile);
  viewer.stage.overlays.push(see, viewer.distances.overlay, viewer.bar.overlay);
  const stopHearing = hearReader(viewer.clock);
  const { log, destroy: closeLog } = attachReadingLog(viewer);
  return {
    /** Data came; to be called while the viewer still holds those of the reading before. */
    begin: (data) => {
      log.begin(data.case, data.log);
      const reading = JSON.stringify([data.case, data.log?.stage]);
      viewer.seen.begin(reading);
      viewer.distances.begin(data.case);
    },
    destroy: () => {
      closeLog();
      closeCine();
      stopHearing();
    },
  };
}
