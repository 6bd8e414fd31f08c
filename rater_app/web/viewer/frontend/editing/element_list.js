/** A list of stored elements that grows: plain arrays take several times the memory, and end at some hundred million entries. */
export class ElementList {
  constructor(room = 1024) {
    this.elements = new Uint32Array(room);
    this.length = 0;
  }

  push(element) {
    if (this.length === this.elements.length) {
      const larger = new Uint32Array(2 * this.length);
      larger.set(this.elements);
      this.elements = larger;
    }
    this.elements[this.length++] = element;
  }

  pop() {
    return this.elements[--this.length];
  }

  /** @returns {Uint32Array} a copy of the right length */
  toArray() {
    return this.elements.slice(0, this.length);
  }
}
