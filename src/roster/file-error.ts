import { RosterError } from '../errors.ts';

/** What it means that a file could not be opened or read, in the words of the person who has to put it right. */
export function fileError(path: string, failure: unknown, setting: string, what: string): RosterError {
  const code = failure instanceof Error && 'code' in failure ? String(failure.code) : 'unknown error';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new RosterError(
      'not-found',
      `${what} ${path} does not exist`,
      `Put it there, or correct ${setting}.`,
    );
  }
  if (code === 'EISDIR') {
    return new RosterError('unreadable', `${what} ${path} is a folder`, `Set ${setting} to the file itself.`);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new RosterError(
      'denied',
      `${what} ${path} may not be read by this user`,
      'Give it read permission.',
    );
  }
  return new RosterError(
    'unavailable',
    `${what} ${path} could not be read (${code})`,
    'Check the disk, then try again.',
  );
}
