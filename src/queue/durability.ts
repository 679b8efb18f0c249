/** The commands by which a Redis tells about itself. */
export interface TellingRedis {
  info(): Promise<string>;
  config(action: 'GET', setting: string): Promise<unknown>;
}

/** What a Redis is like for keeping the record of purchases. */
export interface Durability {
  /** No `fatal` and no `warnings`. */
  readonly ok: boolean;
  /** Why it can't be used at all. */
  readonly fatal: string[];
  /** What may be lost with it. To be shown at start, in `check` and on `/readyz`. */
  readonly warnings: string[];
}

const OLDEST = [6, 2] as const;

/**
 * Looks at the version and the set-up of a Redis. Where the server doesn't let its configuration be read (managed
 * services) it goes by what `INFO` tells.
 * @throws if Redis can't be read.
 */
export async function inspectDurability(redis: TellingRedis): Promise<Durability> {
  const info = parseInfo(await redis.info());
  const setting = async (name: string) => (await readConfig(redis, name)) ?? null;
  const policy = (await setting('maxmemory-policy')) ?? info.get('maxmemory_policy') ?? null;
  const fsync = await setting('appendfsync');
  const fatal = [...versionFaults(info), ...roleFaults(info), ...policyFaults(policy)];
  const warnings = fatal.length > 0 ? [] : [...policyWarnings(policy), ...durabilityWarnings(info, fsync)];
  return { ok: fatal.length === 0 && warnings.length === 0, fatal, warnings };
}

type Info = ReadonlyMap<string, string>;

function versionFaults(info: Info): string[] {
  const version = info.get('redis_version') ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return [];
  return [`Redis ${version || 'of an unknown version'} is too old: ${OLDEST.join('.')} or later is needed`];
}

function roleFaults(info: Info): string[] {
  if (info.get('role') !== 'slave') return [];
  return ['this Redis is a replica, which takes no writes: set redis.url to its primary'];
}

function policyFaults(policy: string | null): string[] {
  if (policy === null || policy === 'noeviction') return [];
  return [
    `Redis may drop keys when its memory is full (maxmemory-policy ${policy}), and with them the record of purchases: ` +
      'set maxmemory-policy noeviction',
  ];
}

function policyWarnings(policy: string | null): string[] {
  return policy === null ? ["Redis doesn't tell its maxmemory-policy: make sure that it is noeviction"] : [];
}

function durabilityWarnings(info: Info, fsync: string | null): string[] {
  const failing = info.get('aof_last_write_status') === 'err';
  if (failing) return ["Redis can't write its append-only file: look at its disk"];
  // A replica confirms each purchase by WAIT before the provider is called.
  if (Number(info.get('connected_slaves') ?? 0) > 0) return [];
  if (info.get('aof_enabled') !== '1') {
    return [
      'Redis has no append-only file, so a restart may lose what was bought: set appendonly yes, appendfsync always',
    ];
  }
  if (fsync === 'always') return [];
  const state = fsync === null ? "doesn't tell its appendfsync setting" : `has appendfsync ${fsync}`;
  return [
    `Redis ${state}: with anything but always, a crash may lose the last second: set appendfsync always`,
  ];
}

/** Null where the server forbids it or doesn't know the setting. */
async function readConfig(redis: TellingRedis, name: string): Promise<string | null> {
  try {
    const reply: unknown = await redis.config('GET', name);
    const value: unknown = Array.isArray(reply) ? reply[1] : undefined;
    return typeof value === 'string' && value !== '' ? value : null;
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'ReplyError') return null;
    throw cause;
  }
}

function parseInfo(info: string): Info {
  return new Map(
    info.split('\r\n').flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
    }),
  );
}
