import { crc32, createInflateRaw } from 'node:zlib';
import { notXlsx, tooLarge } from './faults.ts';

/** One file in a zip archive, as its directory describes it. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated: the two that OOXML allows. */
  readonly method: number;
  readonly compressedSize: number;
  /** What the directory says it inflates to; it is held to that. */
  readonly size: number;
  readonly crc: number;
  /** Of its local header. */
  readonly offset: number;
}

export interface ZipArchive {
  readonly bytes: Buffer;
  readonly entries: readonly ZipEntry[];
  /** For messages. */
  readonly location: string;
}

/** All parts of the workbook together, inflated. A hundred thousand rows of twenty columns are half of it. */
export const MAX_INFLATED = 200 * 1024 * 1024;

const MAX_ENTRIES = 10_000;

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const EXTRA_64 = 1;
const FULL_32 = 0xffffffff;
const ENCRYPTED = 1;

/**
 * Reads the directory of a zip archive (APPNOTE 6.3.10), with the sizes that it declares. Nothing is inflated yet.
 *
 * @throws RosterError `unreadable` if it is none, or if its parts are declared larger than 200 MiB together.
 */
export function openZip(bytes: Buffer, location: string): ZipArchive {
  try {
    const entries = readDirectory(bytes, location);
    const inflated = entries.reduce((sum, { size }) => sum + size, 0);
    if (inflated > MAX_INFLATED) throw tooLarge(location);
    return { bytes, entries, location };
  } catch (failure) {
    // Reading beyond the end of the bytes.
    if (failure instanceof RangeError) throw notXlsx(location, 'its zip directory is damaged');
    throw failure;
  }
}

/**
 * Inflates one entry piece by piece. It may be no longer than its directory entry says, and has to be whole.
 *
 * @throws RosterError `unreadable` as soon as it is longer, and at its end if it is cut short or its checksum is wrong.
 */
export async function* inflate(archive: ZipArchive, entry: ZipEntry): AsyncGenerator<Buffer> {
  const { location } = archive;
  const damaged = () => notXlsx(location, `its part ${entry.name} is damaged`);
  let size = 0;
  let checksum = 0;
  const pieces = entry.method === 0 ? [contentOf(archive, entry)] : inflated(contentOf(archive, entry));
  try {
    for await (const piece of pieces) {
      size += piece.length;
      if (size > entry.size) throw tooLarge(location);
      checksum = crc32(piece, checksum);
      yield piece;
    }
  } catch (failure) {
    if (failure instanceof Error && 'code' in failure && String(failure.code).startsWith('Z_'))
      throw damaged();
    throw failure;
  }
  if (size !== entry.size || checksum !== entry.crc) throw damaged();
}

async function* inflated(content: Buffer): AsyncGenerator<Buffer> {
  const stream = createInflateRaw({ chunkSize: 128 * 1024 });
  stream.end(content);
  for await (const piece of stream) if (piece instanceof Buffer) yield piece;
}

function contentOf({ bytes, location }: ZipArchive, entry: ZipEntry): Buffer {
  const { offset, name, compressedSize } = entry;
  if (offset + 30 > bytes.length || bytes.readUInt32LE(offset) !== LOCAL) {
    throw notXlsx(location, `its part ${name} is damaged`);
  }
  const start = offset + 30 + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
  if (start + compressedSize > bytes.length) throw notXlsx(location, `its part ${name} is cut short`);
  return bytes.subarray(start, start + compressedSize);
}

function readDirectory(bytes: Buffer, location: string): ZipEntry[] {
  const { count, offset } = findDirectory(bytes, location);
  if (count > MAX_ENTRIES) throw tooLarge(location);
  const entries: ZipEntry[] = [];
  let at = offset;
  for (let index = 0; index < count; index++) {
    if (bytes.readUInt32LE(at) !== ENTRY) throw notXlsx(location, 'its zip directory is damaged');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((place) =>
      bytes.readUInt16LE(at + place),
    );
    const name = bytes.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
    const extra = bytes.subarray(
      at + 46 + (nameLength ?? 0),
      at + 46 + (nameLength ?? 0) + (extraLength ?? 0),
    );
    const entry = {
      name: name.replaceAll('\\', '/'),
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      compressedSize: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      offset: bytes.readUInt32LE(at + 42),
    };
    if ((bytes.readUInt16LE(at + 8) & ENCRYPTED) !== 0 || (entry.method !== 0 && entry.method !== 8)) {
      throw notXlsx(location, `its part ${entry.name} is encrypted, or compressed in an unknown way`);
    }
    entries.push(withLongSizes(entry, extra));
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return entries;
}

/** Writers that stream put sizes into an extra field of 64 bits each, for those that are all ones in 32 bits. */
function withLongSizes(entry: ZipEntry, extra: Buffer): ZipEntry {
  let at = 0;
  while (at + 4 <= extra.length && extra.readUInt16LE(at) !== EXTRA_64) at += 4 + extra.readUInt16LE(at + 2);
  if (at + 4 > extra.length) return entry;
  at += 4;
  const long = (value: number) => {
    if (value !== FULL_32) return value;
    at += 8;
    return Number(extra.readBigUInt64LE(at - 8));
  };
  const size = long(entry.size);
  const compressedSize = long(entry.compressedSize);
  return { ...entry, size, compressedSize, offset: long(entry.offset) };
}

function findDirectory(bytes: Buffer, location: string): { count: number; offset: number } {
  // The end record is 22 bytes and a comment of up to 65,535.
  const first = Math.max(0, bytes.length - 22 - 0xffff);
  for (let at = bytes.length - 22; at >= first; at--) {
    if (bytes.readUInt32LE(at) !== END) continue;
    const long = at >= 20 && bytes.readUInt32LE(at - 20) === LOCATOR_64;
    if (!long) return { count: bytes.readUInt16LE(at + 10), offset: bytes.readUInt32LE(at + 16) };
    const end = Number(bytes.readBigUInt64LE(at - 12));
    if (end + 56 <= bytes.length && bytes.readUInt32LE(end) === END_64) {
      const count = Number(bytes.readBigUInt64LE(end + 32));
      return { count, offset: Number(bytes.readBigUInt64LE(end + 48)) };
    }
  }
  throw notXlsx(location, 'it is no zip archive, or is cut short');
}
