import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { CohortSyncError, messageOf } from '../errors.ts';

/** How long between two tries to get the lock (milliseconds). */
const RETRY_MS = 20;

/** SQLite's result code for "another holds the lock". */
const SQLITE_BUSY = 5;

/**
 * Runs `task` while no other process of this machine runs one under the same lock file. The operating system keeps the
 * lock (SQLite's, on an empty database) and gives it up when its holder dies, however it dies, so that there is no
 * stale lock to wait out or to take by mistake.
 * @throws the signal's reason if it is aborted while waiting; CohortSyncError if the file can't be locked at all.
 */
export async function withFileLock<T>(file: string, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
  const database = open(file);
  try {
    while (!tryLock(database, file)) await delay(RETRY_MS, undefined, { signal });
    signal.throwIfAborted();
    return await task();
  } finally {
    database.close();
  }
}

function open(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { timeout: 0 });
  } catch (cause) {
    throw notLockable(file, cause);
  }
}

function tryLock(database: DatabaseSync, file: string): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY) return false;
    throw notLockable(file, cause);
  }
}

function notLockable(file: string, cause: unknown): CohortSyncError {
  return new CohortSyncError(
    `${file} can't be locked: ${messageOf(cause)}`,
    'Set redis.dataFolder to a folder on a local disk that can be written, or set redis.url.',
    { cause },
  );
}
