// Cloud-optimised GeoTIFFs as icepair writes them: one band, in tiles, packed by deflate.
//
// The front of the file tells where every tile is; after it each tile is one request, unpacked by
// the browser itself.

const FRONT = 32_768;
const TAG = {
  kind: 254, width: 256, height: 257, bits: 258, packing: 259, samples: 277, predictor: 317,
  tileWidth: 322, tileHeight: 323, offsets: 324, counts: 325, format: 339,
  scale: 33550, place: 33922, keys: 34735, nodata: 42113,
};
const SIZES = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 8: 2, 9: 4, 11: 4, 12: 8, 16: 8, 17: 8 };
const ARRAYS = {
  '1 8': Uint8Array, '1 16': Uint16Array, '1 32': Uint32Array,
  '2 8': Int8Array, '2 16': Int16Array, '2 32': Int32Array,
  '3 32': Float32Array, '3 64': Float64Array,
};
const [PLAIN, DEFLATE, DEFLATE_OLD] = [1, 8, 32946];
const [DIFFERENCES, BYTES_APART] = [2, 3];
const MASK = 4;
const PLANE_KEY = 3072;

/** Pictures of a file, the finest first; each knows how to read its tiles. */
export async function openTiff(address) {
  const file = new Bytes(address);
  const head = await file.at(0, 16);
  const order = String.fromCharCode(head.getUint8(0), head.getUint8(1));
  const version = head.getUint16(2, true);
  if (order !== 'II' || (version !== 42 && version !== 43)) throw new Error('it is no TIFF that icepair writes');
  const big = version === 43;
  const pictures = [];
  let next = big ? Number(head.getBigUint64(8, true)) : head.getUint32(4, true);
  while (next) {
    const { tags, after } = await directory(file, next, big);
    if (!((tags[TAG.kind]?.[0] ?? 0) & MASK)) pictures.push(new Picture(file, tags));
    next = after;
  }
  return pictures.sort((a, b) => b.width - a.width);
}

class Picture {
  constructor(file, tags) {
    const one = (tag, otherwise) => tags[tag]?.[0] ?? otherwise;
    this.file = file;
    this.width = one(TAG.width);
    this.height = one(TAG.height);
    this.tile = one(TAG.tileWidth);
    this.offsets = tags[TAG.offsets];
    this.counts = tags[TAG.counts];
    this.packing = one(TAG.packing, PLAIN);
    this.predictor = one(TAG.predictor, 1);
    this.Values = ARRAYS[`${one(TAG.format, 1)} ${one(TAG.bits, 1)}`];
    this.nodata = tags[TAG.nodata] ? Number(tags[TAG.nodata]) : null;
    this.epsg = planeOf(tags[TAG.keys]);
    this.scale = tags[TAG.scale];
    this.place = tags[TAG.place];
    const known = [PLAIN, DEFLATE, DEFLATE_OLD].includes(this.packing);
    if (!this.tile || this.tile !== one(TAG.tileHeight) || !this.offsets || !this.Values || !known || one(TAG.samples, 1) !== 1) {
      throw new Error('it is no GeoTIFF of one band in square tiles, packed by deflate');
    }
  }

  /** West, south, east, north; null where the file does not say. */
  get extent() {
    if (!this.scale || !this.place) return null;
    const [column, row, , x, y] = this.place;
    const [west, north] = [x - column * this.scale[0], y + row * this.scale[1]];
    return [west, north - this.height * this.scale[1], west + this.width * this.scale[0], north];
  }

  /** All values of a tile, beyond the picture's edge too. */
  async read(column, row) {
    const index = row * Math.ceil(this.width / this.tile) + column;
    const count = this.counts[index];
    const pixels = this.tile * this.tile;
    if (!count) return new this.Values(pixels).fill(this.nodata ?? 0);
    const packed = await this.file.range(this.offsets[index], count);
    const bytes = this.packing === PLAIN ? packed : await unpacked(packed);
    if (bytes.byteLength !== pixels * this.Values.BYTES_PER_ELEMENT) throw new Error('a tile has the wrong length');
    return this.#undone(bytes);
  }

  #undone(buffer) {
    if (this.predictor === BYTES_APART) return together(buffer, this.tile, this.Values);
    const values = new this.Values(buffer);
    if (this.predictor === DIFFERENCES) {
      for (let start = 0; start < values.length; start += this.tile) {
        for (let i = start + 1; i < start + this.tile; i++) values[i] += values[i - 1];
      }
    }
    return values;
  }
}

/** Floating point predictor: bytes of a row by their weight, each the difference to the one before. */
function together(buffer, width, Values) {
  const size = Values.BYTES_PER_ELEMENT;
  const apart = new Uint8Array(buffer);
  const bytes = new Uint8Array(buffer.byteLength);
  const length = width * size;
  for (let start = 0; start < apart.length; start += length) {
    let sum = 0;
    for (let weight = size - 1, at = start; weight >= 0; weight--) {
      for (let i = start + weight, stop = start + length; i < stop; i += size, at++) {
        sum = (sum + apart[at]) & 255;
        bytes[i] = sum;
      }
    }
  }
  return new Values(bytes.buffer);
}

async function unpacked(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Response(stream).arrayBuffer();
}

/** One directory of the file: its tags as arrays of numbers or text, and where the next one is. */
async function directory(file, start, big) {
  const [wide, entry] = big ? [8, 20] : [2, 12];
  const head = await file.at(start, wide);
  const count = big ? Number(head.getBigUint64(0, true)) : head.getUint16(0, true);
  const view = await file.at(start + wide, count * entry + (big ? 8 : 4));
  const wanted = new Set(Object.values(TAG));
  const tags = {};
  for (let i = 0; i < count; i++) {
    const tag = view.getUint16(i * entry, true);
    if (wanted.has(tag)) tags[tag] = await tagValue(file, view, i * entry, big);
  }
  const end = count * entry;
  return { tags, after: big ? Number(view.getBigUint64(end, true)) : view.getUint32(end, true) };
}

async function tagValue(file, view, at, big) {
  const type = view.getUint16(at + 2, true);
  const count = big ? Number(view.getBigUint64(at + 4, true)) : view.getUint32(at + 4, true);
  const [place, room] = big ? [at + 12, 8] : [at + 8, 4];
  const length = count * (SIZES[type] ?? 1);
  const where = big ? Number(view.getBigUint64(place, true)) : view.getUint32(place, true);
  const held = length <= room ? new DataView(view.buffer, view.byteOffset + place, length) : await file.at(where, length);
  if (type === 2) return new TextDecoder().decode(held).replace(/\0.*$/s, '').trim();
  return Array.from({ length: count }, (_, i) => number(held, i * SIZES[type], type));
}

function number(view, at, type) {
  if (type === 3) return view.getUint16(at, true);
  if (type === 4) return view.getUint32(at, true);
  if (type === 12) return view.getFloat64(at, true);
  if (type === 11) return view.getFloat32(at, true);
  if (type === 16) return Number(view.getBigUint64(at, true));
  return view.getUint8(at);
}

function planeOf(keys) {
  if (!keys) return null;
  for (let i = 4; i + 3 < keys.length; i += 4) {
    if (keys[i] === PLANE_KEY && keys[i + 3] !== 32767) return keys[i + 3];
  }
  return null;
}

/** Bytes of a file on the server; its front is asked for once. */
class Bytes {
  constructor(address) {
    this.address = address;
    this.front = null;
  }

  async at(start, length) {
    this.front ??= this.range(0, FRONT, true);
    const front = await this.front;
    if (start + length <= front.byteLength) return new DataView(front, start, length);
    return new DataView(await this.range(start, length));
  }

  async range(start, length, fewer = false) {
    const reply = await fetch(this.address, { headers: { Range: `bytes=${start}-${start + length - 1}` } });
    if (reply.status !== 206) throw new Error(reply.status === 416 ? 'it ends too early' : `the server answered ${reply.status}`);
    const bytes = await reply.arrayBuffer();
    if (bytes.byteLength < length && !fewer) throw new Error('it ends too early');
    return bytes;
  }
}
