import { isUtf8 } from 'node:buffer';
import { RosterError } from '../errors.ts';

/**
 * The text of a file, in UTF-8 without a byte order mark: it may be UTF-8 with or without one, or UTF-16 with one. Nothing
 * is guessed and nothing replaced: a name or an address with a wrong letter in it would be another person's.
 *
 * @throws RosterError `unreadable` with the offset of the first byte that doesn't fit.
 */
export function utf8Text(bytes: Uint8Array, location: string): Buffer {
  const encoding = markedEncoding(bytes);
  if (encoding === 'utf-8') {
    // UTF-16 of plain letters is UTF-8 too, with a zero in every other byte. No text begins so.
    const zero = bytes.subarray(0, 2).indexOf(0);
    if (zero !== -1) throw unreadable(location, encoding, zero);
    if (!isUtf8(bytes)) throw unreadable(location, encoding, firstBadByte(bytes));
    const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(marked ? 3 : 0);
  }
  try {
    return Buffer.from(new TextDecoder(encoding, { fatal: true }).decode(bytes));
  } catch {
    throw unreadable(location, encoding, null);
  }
}

function markedEncoding(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

/** The first byte that isn't UTF-8. A replacement character may also stand in the file itself: then it is three bytes. */
function firstBadByte(bytes: Uint8Array): number {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  let offset = 0;
  let from = 0;
  for (;;) {
    const at = text.indexOf('\uFFFD', from);
    if (at === -1) return offset;
    offset += Buffer.byteLength(text.slice(from, at));
    const genuine = bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
    if (!genuine) return offset;
    offset += 3;
    from = at + 1;
  }
}

function unreadable(location: string, encoding: string, badByte: number | null): RosterError {
  const where = badByte === null ? '' : ` (byte ${badByte})`;
  return new RosterError(
    'unreadable',
    `${location} is not valid ${encoding.toUpperCase()} text${where}`,
    'Save it as "CSV UTF-8", or as Unicode text with a byte order mark.',
  );
}
