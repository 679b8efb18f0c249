import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { RedisConfig } from '../../config/schema.ts';
import { CohortSyncError, messageOf } from '../errors.ts';

/** The address of a unix socket has a fixed length: 104 bytes on some systems, 108 on others. */
const LONGEST_SOCKET_PATH = 100;

/** Where the private Redis keeps everything: its data, its log, its socket, and what its users tell each other. */
export interface PrivateFolder {
  readonly path: string;
  readonly lock: string;
  readonly log: string;
}

/** The server that was started last. It need not be alive. */
const serverRecord = z.strictObject({ pid: z.int(), identity: z.string(), socket: z.string() });
export type ServerRecord = z.infer<typeof serverRecord>;

export function privateFolderPath(dataFolder: string): string {
  return path.join(dataFolder, 'redis');
}

/** Makes the folder where it is missing, for its owner alone. @throws CohortSyncError */
export function openPrivateFolder(dataFolder: string): PrivateFolder {
  const wanted = privateFolderPath(dataFolder);
  try {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    chmodSync(wanted, 0o700);
    const folder = realpathSync(wanted);
    return { path: folder, lock: path.join(folder, 'lock'), log: path.join(folder, 'redis.log') };
  } catch (cause) {
    throw new CohortSyncError(
      `the private Redis can't keep its data in ${wanted}: ${messageOf(cause)}`,
      'Make the folder writable, set redis.dataFolder to another one, or set redis.url.',
      { cause },
    );
  }
}

export function readServerRecord(folder: PrivateFolder): ServerRecord | null {
  try {
    return serverRecord.parse(JSON.parse(readFileSync(recordFile(folder), 'utf8')));
  } catch {
    // Absent, or of another version: either way nothing that could be used.
    return null;
  }
}

export function writeServerRecord(folder: PrivateFolder, record: ServerRecord): void {
  const draft = `${recordFile(folder)}.new`;
  writeFileSync(draft, JSON.stringify(record), { mode: 0o600 });
  renameSync(draft, recordFile(folder));
}

/** Clears what a stopped server leaves behind, its data apart. */
export function clearServerRecord(folder: PrivateFolder, record: ServerRecord): void {
  rmSync(recordFile(folder), { force: true });
  const socketFolder = path.dirname(record.socket);
  if (socketFolder === folder.path) return;
  try {
    rmdirSync(socketFolder);
  } catch {
    // Not empty or gone: nothing depends on it.
  }
}

/**
 * A path for the server's socket: in the folder, or where that path is too long, in a folder for temporary files that is
 * the same for all processes of this user. @throws CohortSyncError
 */
export function socketPath(folder: PrivateFolder): string {
  // Not imported: every command loads this file, and few come here.
  const { createHash } = process.getBuiltinModule('node:crypto');
  const hash = createHash('sha256').update(folder.path).digest('hex').slice(0, 16);
  const short = `cohort-sync-${process.getuid?.() ?? 'user'}-${hash}`;
  const inside = path.join(folder.path, 'redis.sock');
  const outside = [os.tmpdir(), '/tmp'].map((temporary) => path.join(temporary, short, 'redis.sock'));
  const fitting =
    [inside, ...outside].find((socket) => Buffer.byteLength(socket) <= LONGEST_SOCKET_PATH) ?? inside;
  if (fitting !== inside) makeOwn(path.dirname(fitting));
  return fitting;
}

/** Anyone may make folders beside it: one that another user made first, or can enter, is refused. */
function makeOwn(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o077) === 0)
    return;
  throw new CohortSyncError(
    `${folder}, which is meant for the socket of the private Redis, belongs to others or is open to them`,
    'Remove it, set redis.dataFolder to a folder with a shorter path, or set redis.url.',
  );
}

/** Whether the configuration names no Redis, so that a private one is used. */
export function usesPrivateRedis({ redis }: { readonly redis: RedisConfig }): boolean {
  return redis.url === undefined && redis.sentinel === undefined && redis.cluster === undefined;
}

/**
 * Whether a private Redis has ever kept data here, so that a command that only reads need not start one to learn that
 * there is nothing.
 */
export function hasPrivateRedis(dataFolder: string): boolean {
  // The names of the append-only file since and before Redis 7.
  const names = ['appendonlydir', 'appendonly.aof'];
  return names.some((name) => existsSync(path.join(privateFolderPath(dataFolder), name)));
}

function recordFile(folder: PrivateFolder): string {
  return path.join(folder.path, 'server.json');
}
