import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { CohortSyncError } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const SERVERS = ['redis-server', 'valkey-server'];

/** By package manager, how to install a server. The first that is on the PATH is told. */
const INSTALL: readonly (readonly [manager: string, command: string])[] = [
  ['apt-get', 'sudo apt-get update && sudo apt-get install redis-server'],
  ['dnf', 'sudo dnf install valkey'],
  ['apk', 'sudo apk add redis'],
  ['brew', 'brew install redis'],
];

/**
 * The path of the Redis server on this machine's PATH, Valkey included.
 * @throws CohortSyncError if there is none, saying how to install one here.
 */
export function findRedisServer(env: Environment): string {
  for (const name of SERVERS) {
    const found = findOnPath(name, env);
    if (found !== null) return found;
  }
  const install = INSTALL.find(([manager]) => findOnPath(manager, env) !== null)?.[1];
  throw new CohortSyncError(
    `neither redis-server nor valkey-server is on the PATH, and the configuration names no Redis (redis.url)`,
    `Run bin/setup, which installs one${install === undefined ? '' : ` (here: ${install})`}, or set redis.url.`,
  );
}

function findOnPath(name: string, env: Environment): string | null {
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    if (folder !== '' && isExecutable(file)) return file;
  }
  return null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
