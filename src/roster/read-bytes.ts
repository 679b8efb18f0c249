import { close, fstat, open, read, type Stats } from 'node:fs';
import { RosterError } from '../errors.ts';
import { fileError } from './file-error.ts';

/** A roster of a hundred thousand rows has a tenth of this. */
const MAX_BYTES = 50 * 1024 * 1024;

/** What a file is to the person who named it, and where they named it. */
interface Named {
  readonly what: string;
  readonly setting: string;
}

const ROSTER: Named = { what: 'the roster', setting: 'roster.path' };

/**
 * The whole of a file, unless somebody is writing it.
 *
 * @param named in the errors. Default: the roster.
 * @throws RosterError `not-found`, `denied`, `unreadable` (no file, or larger than 50 MiB) or `unavailable` (it changed
 *   while it was read).
 */
export async function readBytes(path: string, signal: AbortSignal, named = ROSTER): Promise<Buffer> {
  const { what, setting } = named;
  const unreadable = (is: string, advice: string) =>
    new RosterError('unreadable', `${what} ${path} ${is}`, advice);
  try {
    await using file = await openFile(path);
    const before = await file.stat();
    if (!before.isFile()) throw unreadable('is not a file', `Set ${setting} to the file itself.`);
    if (before.size > MAX_BYTES) throw unreadable('is larger than 50 MiB', `Check that this is ${what}.`);
    const bytes = Buffer.allocUnsafe(before.size + 1);
    const length = await fill(file, bytes, signal);
    const after = await file.stat();
    if (after.size === length && length === before.size && after.mtimeMs === before.mtimeMs) {
      return bytes.subarray(0, length);
    }
    // Half a file reads like a roster of half the people.
    throw new RosterError(
      'unavailable',
      `${path} is being written at this moment`,
      'It is read again at the next run.',
    );
  } catch (failure) {
    if (failure instanceof RosterError) throw failure;
    signal.throwIfAborted();
    throw fileError(path, failure, setting, what);
  }
}

/** Reads up to the buffer's size, which is one byte more than the file had: a file that grows is not read to its end. */
async function fill(file: OpenFile, bytes: Buffer, signal: AbortSignal): Promise<number> {
  let length = 0;
  while (length < bytes.length) {
    signal.throwIfAborted();
    const bytesRead = await file.read(bytes, length, Math.min(bytes.length - length, 1 << 20));
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

interface OpenFile extends AsyncDisposable {
  stat(): Promise<Stats>;
  /** Reads from this place of the file to the same place of the buffer. Resolves to how many bytes there were. */
  read(into: Buffer, at: number, length: number): Promise<number>;
}

/** By callbacks: `node:fs/promises` brings Node's line editor along, which each start of a command would pay for. */
async function openFile(path: string): Promise<OpenFile> {
  const file = await called<number>((done) => open(path, 'r', done));
  return {
    stat: () => called<Stats>((done) => fstat(file, done)),
    read: (into, at, length) => called<number>((done) => read(file, into, at, length, at, done)),
    [Symbol.asyncDispose]: () => called<void>((done) => close(file, done)),
  };
}

function called<T>(call: (done: (failure: Error | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((failure, value) => (failure ? reject(failure) : resolve(value)));
  });
}
