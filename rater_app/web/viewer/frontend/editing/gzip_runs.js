/**
 * gzip for masks of one byte a voxel. A mask is long runs of few values: each run is written as its value and copies of the byte before
 * (RFC 1951), with one fixed set of Huffman codes in which the longest copy takes a single bit. On a CT of 105 million voxels this is
 * several times as fast as the browser's own compression, which looks for more than there is; the result is an ordinary gzip member.
 */

const LONGEST = 258;
/** Base and extra bits of the length codes 257 to 285. */
const BASES = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const END = 256;
const SYMBOLS = 286;
/** Of the other 285 codes so many have 9 bits, the rest 10: together with the one of 1 bit the set is complete. */
const SHORTER = 227;
/** Order in which the lengths of the code-length codes are written (RFC 1951, 3.2.7). */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

class BitWriter {
  constructor(room) {
    this.bytes = new Uint8Array(room);
    this.length = 0;
    this.bits = 0;
    this.count = 0;
  }

  /** @param {number} value lowest bit first; at most 16 bits */
  put(value, count) {
    this.bits |= value << this.count;
    this.count += count;
    while (this.count >= 8) {
      if (this.length === this.bytes.length) this.#grow();
      this.bytes[this.length++] = this.bits & 0xff;
      this.bits >>>= 8;
      this.count -= 8;
    }
  }

  flush() {
    if (this.count > 0) this.put(0, 8 - this.count);
  }

  #grow() {
    const larger = new Uint8Array(2 * this.bytes.length);
    larger.set(this.bytes);
    this.bytes = larger;
  }
}

/** Canonical Huffman codes of some lengths, their bits turned round for writing. */
function codesOf(lengths) {
  const codes = new Uint16Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    lengths.forEach((own, symbol) => {
      if (own !== length) return;
      for (let bit = 0; bit < length; bit++) codes[symbol] |= ((code >> bit) & 1) << (length - 1 - bit);
      code++;
    });
    code <<= 1;
  }
  return codes;
}

const LENGTHS = Array.from({ length: SYMBOLS }, (_, symbol) => (symbol === SYMBOLS - 1 ? 1 : symbol < SHORTER ? 9 : 10));
const CODES = codesOf(LENGTHS);

/** Code and extra bits of each length of a copy, with the one distance code, a single 0 bit, behind them. */
const COPIES = Array.from({ length: LONGEST + 1 }, (_, length) => {
  if (length < 3) return null;
  const place = BASES.findLastIndex((base) => base <= length);
  const symbol = END + 1 + place;
  return { code: CODES[symbol], bits: LENGTHS[symbol], extra: length - BASES[place], extraBits: EXTRA[place] };
});

/** The head of a block with our codes: it is the last one of the member. */
function putHead(out) {
  out.put(1, 1); // the last block
  out.put(2, 2); // with codes of its own
  out.put(SYMBOLS - 257, 5);
  out.put(0, 5); // one distance code
  const kinds = [1, 9, 10, 16]; // lengths that occur, and "the same again"
  const kindLengths = Array.from({ length: 19 }, (_, kind) => (kinds.includes(kind) ? 2 : 0));
  const kindCodes = codesOf(kindLengths);
  const written = ORDER.findLastIndex((kind) => kindLengths[kind] > 0) + 1;
  out.put(written - 4, 4);
  for (const kind of ORDER.slice(0, written)) out.put(kindLengths[kind], 3);
  const all = [...LENGTHS, 1];
  for (let at = 0; at < all.length; ) {
    out.put(kindCodes[all[at]], 2);
    let same = at + 1;
    while (all[same] === all[at]) same++;
    let left = same - at - 1;
    for (; left >= 3; left -= Math.min(6, left)) {
      out.put(kindCodes[16], 2);
      out.put(Math.min(6, left) - 3, 2);
    }
    at = same - left;
  }
}

function putRun(out, value, length) {
  out.put(CODES[value], LENGTHS[value]);
  let left = length - 1;
  for (; left >= LONGEST; left -= LONGEST) out.put(CODES[SYMBOLS - 1], 2); // the copy, and its distance
  if (left >= 3) {
    const { code, bits, extra, extraBits } = COPIES[left];
    out.put(code, bits);
    out.put(extra, extraBits + 1);
  } else for (; left > 0; left--) out.put(CODES[value], LENGTHS[value]);
}

const BYTE_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** What 2^k zero bytes do to a checksum, for each of its four bytes: 1,024 entries a power. */
const ZERO_TABLES = [];

function zeroTable(power) {
  if (!ZERO_TABLES[power]) {
    const step = power === 0 ? (value) => (value >>> 8) ^ BYTE_TABLE[value & 0xff] : (value) => pass(zeroTable(power - 1), pass(zeroTable(power - 1), value));
    ZERO_TABLES[power] = Uint32Array.from({ length: 1024 }, (_, entry) => step(((entry & 0xff) << (8 * (entry >> 8))) >>> 0) >>> 0);
  }
  return ZERO_TABLES[power];
}

const pass = (table, value) =>
  table[value & 0xff] ^ table[256 + ((value >>> 8) & 0xff)] ^ table[512 + ((value >>> 16) & 0xff)] ^ table[768 + (value >>> 24)];

/** The checksum after a run. */
function sumRun(sum, value, length) {
  if (value !== 0) {
    for (let n = 0; n < length; n++) sum = (sum >>> 8) ^ BYTE_TABLE[(sum ^ value) & 0xff];
    return sum;
  }
  for (let power = 0; length > 0; power++, length = Math.floor(length / 2)) if (length % 2 === 1) sum = pass(zeroTable(power), sum);
  return sum;
}

/** Where a run of a value that begins at a place ends. */
function endOfRun(data, words, place, value) {
  let at = place;
  while (at < data.length && at % 4 !== 0 && data[at] === value) at++;
  if (at % 4 === 0) {
    const pattern = Math.imul(value, 0x01010101) >>> 0;
    let word = at / 4;
    while (word < words.length && words[word] === pattern) word++;
    at = word * 4;
  }
  while (at < data.length && data[at] === value) at++;
  return at;
}

/**
 * @param {Uint8Array} data whose first byte lies on a whole word of its buffer
 * @returns {Uint8Array} one gzip member
 */
export function gzipRuns(data) {
  const out = new BitWriter(1 << 16);
  for (const byte of [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]) out.put(byte, 8);
  putHead(out);
  const words = new Uint32Array(data.buffer, data.byteOffset, Math.floor(data.length / 4));
  let sum = 0xffffffff;
  for (let place = 0; place < data.length; ) {
    const value = data[place];
    const end = endOfRun(data, words, place, value);
    putRun(out, value, end - place);
    sum = sumRun(sum, value, end - place);
    place = end;
  }
  out.put(CODES[END], LENGTHS[END]);
  out.flush();
  for (const number of [~sum, data.length]) for (let byte = 0; byte < 4; byte++) out.put((number >>> (8 * byte)) & 0xff, 8);
  return out.bytes.subarray(0, out.length);
}
