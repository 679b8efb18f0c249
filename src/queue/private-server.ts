import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CohortSyncError, messageOf } from '../errors.ts';
import {
  clearServerRecord,
  type PrivateFolder,
  type ServerRecord,
  socketPath,
  writeServerRecord,
} from './private-folder.ts';
import { processIdentity } from './process-identity.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How often what is waited for is looked at, and for how long at most (milliseconds). */
const LOOK_MS = 20;
const START_MS = 10_000;
const REACH_MS = 2_000;
const STOP_MS = 15_000;

/** What of the environment a server gets. The rest holds secrets that are none of its business. */
const PASSED_ON = ['PATH', 'LD_LIBRARY_PATH', 'LANG', 'LC_ALL', 'TZ'];

/**
 * Starts the server on the folder's data, to outlive this process. To be called under the folder's lock, with no other
 * server on that data. It accepts connections when this returns, though it may still be loading.
 * @throws CohortSyncError with the last lines of the server's log if it does not come up.
 */
export async function startServer(
  folder: PrivateFolder,
  binary: string,
  env: Environment,
  signal: AbortSignal,
): Promise<ServerRecord> {
  const socket = socketPath(folder);
  const logStart = statSync(folder.log, { throwIfNoEntry: false })?.size ?? 0;
  const server = spawnServer(folder, binary, env);
  const outcome = { error: null as Error | null };
  server.once('error', (error) => (outcome.error = error));
  // A server that dies early leaves the pipe broken; the look at the process below reports it.
  server.stdin?.once('error', () => undefined);
  const { pid } = server;
  const identity = pid === undefined ? null : processIdentity(pid);
  if (pid !== undefined && identity !== null) {
    const record = { pid, identity, socket };
    // The record comes before the socket's name: a server told no socket ends by itself ("configured to not listen
    // anywhere"). So if this process dies right here, there is never a server that nobody knows of.
    writeServerRecord(folder, record);
    server.stdin?.end(settings(folder, socket));
    if (await untilAccepting(record, START_MS, signal)) return record;
    stopProcess(record, 'SIGKILL');
  }
  await delay(0);
  throw new CohortSyncError(
    `the private Redis did not start (${binary}): ${outcome.error?.message ?? lastLines(folder.log, logStart)}`,
    `Its log is ${folder.log}. Put right what it says, or set redis.url to another Redis.`,
  );
}

function spawnServer(folder: PrivateFolder, binary: string, env: Environment): ChildProcess {
  const log = openSync(folder.log, 'a', 0o600);
  try {
    const server = spawn(binary, ['-', '--port', '0'], {
      cwd: folder.path,
      // A group of its own: Ctrl-C at the terminal is for this process, which still needs Redis to finish its work.
      detached: true,
      stdio: ['pipe', log, log],
      env: Object.fromEntries(PASSED_ON.map((name) => [name, env[name]])),
    });
    server.unref();
    return server;
  } finally {
    closeSync(log);
  }
}

function settings(folder: PrivateFolder, socket: string): string {
  return [
    `unixsocket ${quoted(socket)}`,
    'unixsocketperm 700',
    `dir ${quoted(folder.path)}`,
    `logfile ${quoted(folder.log)}`,
    'appendonly yes',
    'appendfsync always',
    'save ""',
    'maxmemory-policy noeviction',
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}

/**
 * Whether a server that others started can be reached. Its starter may have been killed a moment ago, so it is given some
 * time to come up; no harm is done if it takes longer and is stopped for it.
 */
export function isReachable(record: ServerRecord, signal: AbortSignal): Promise<boolean> {
  return untilAccepting(record, REACH_MS, signal);
}

async function untilAccepting(record: ServerRecord, limitMs: number, signal: AbortSignal): Promise<boolean> {
  for (let waited = 0; waited < limitMs && isAlive(record); waited += LOOK_MS) {
    if (await accepts(record.socket)) return true;
    await delay(LOOK_MS, undefined, { signal });
  }
  return false;
}

/** How long one answer is waited for before the server is asked anew (milliseconds). */
const ANSWER_MS = 1_000;

/**
 * Whether the server answers, be it that it is loading its data. That it takes connections says nothing: it does so
 * before it looks at its data, and may yet end over them.
 */
function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    const finish = (answers: boolean) => {
      connection.destroy();
      resolve(answers);
    };
    connection.setTimeout(ANSWER_MS, () => finish(false));
    connection.once('connect', () => connection.write('PING\r\n'));
    connection.once('data', () => finish(true));
    connection.once('error', () => finish(false));
    connection.once('close', () => finish(false));
  });
}

function isAlive({ pid, identity }: ServerRecord): boolean {
  return processIdentity(pid) === identity;
}

/**
 * Waits until a server that was told to stop has ended, and clears its record.
 * @throws CohortSyncError if it goes on; a second server on its data would ruin them.
 */
export async function untilStopped(folder: PrivateFolder, record: ServerRecord): Promise<void> {
  for (let waited = 0; isAlive(record); waited += LOOK_MS) {
    if (waited >= STOP_MS) {
      throw new CohortSyncError(
        `the private Redis (process ${record.pid}) does not stop`,
        `Look at its log, ${folder.log}; end the process if need be.`,
      );
    }
    await delay(LOOK_MS);
  }
  clearServerRecord(folder, record);
}

/** Ends a server that nobody can reach any more, as after its socket was deleted. SIGTERM lets it write its data first. */
export function stopProcess(record: ServerRecord, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (!isAlive(record)) return;
  try {
    process.kill(record.pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function lastLines(log: string, from: number): string {
  try {
    const lines = readFileSync(log).subarray(from).toString('utf8').split(/\n+/);
    const last = lines.filter((line) => line.trim() !== '').slice(-5);
    return `its log ends with\n${last.map((line) => `  ${line}`).join('\n')}`;
  } catch (cause) {
    return `and its log can't be read: ${messageOf(cause)}`;
  }
}
