/** What a reader is told about their changes: whether they are safe, and where. */

const WORDS = {
  saved: "All changes are saved.",
  kept: "Kept as a draft. Save when you are done.",
  unsaved: "New changes; a draft is kept every 30 seconds.",
  sending: "Sending …",
  conflict: "NOT saved: this mask was changed in another window. Which one shall be kept?",
};

/**
 * @param {{state: string, problem: string, version: number, wantsSaving: boolean}} keeper
 * @returns {{text: string, retry: boolean}}
 */
export function describeKeeping({ state, problem, version, wantsSaving }) {
  if (state === "trouble") return { text: `NOT sent yet: ${problem} Your changes are still here and are sent again by themselves.`, retry: true };
  if (state === "refused") return { text: `NOT saved: ${problem} Your changes are still here. Please tell your coordinator.`, retry: true };
  if (state === "saved" && version === 0 && !wantsSaving) return { text: "Nothing is changed yet.", retry: false };
  return { text: WORDS[state], retry: false };
}
