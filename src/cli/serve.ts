import { once } from 'node:events';
import type { Logger } from 'pino';
import { type LoadedConfig, loadConfig } from '../../config/load.ts';
import { ROLES, type ServiceRole } from '../dashboard/deps.ts';
import { createListener } from '../dashboard/server.ts';
import { CohortSyncError, ConfigError, EXIT, messageOf, UsageError } from '../errors.ts';
import { createServiceLog } from '../log.ts';
import type { CommandIo } from './io.ts';
import { type Parts, type PartsOptions, startParts } from './parts.ts';
import type { CommonOptions } from './program.ts';
import { settingsOf } from './settings.ts';
import { printJson } from './terminal.ts';

/**
 * How long jobs and requests under way get at SIGTERM (milliseconds): with what is cut off after it, less than the thirty
 * seconds that containers and systemd are usually given.
 */
const DRAIN_MS = 20_000;

/** `cohort-sync serve`: scheduler, workers and HTTP until SIGTERM. SIGHUP takes over a changed configuration. */
export async function serve(
  io: CommandIo,
  options: CommonOptions & { readonly only?: string },
): Promise<number> {
  const roles = rolesOf(options.only);
  const config = settingsOf(io, options);
  const log = logOf(config, io);
  log.info({ config: config.file, roles, pid: process.pid }, 'starting');
  const listener = createListener();
  const first = await startOrStop({ config, io, roles, log, listener });
  if (first === null) return EXIT.ok;
  const reloading = reloadOnHangup(options, { io, roles, listener }, first);
  log.info({ url: first.url, roles, startMs: Math.round(performance.now()) }, 'ready');
  if (options.json) await printJson(io.terminal.out, { url: first.url, roles, pid: process.pid });
  if (!io.signal.aborted) await once(io.signal, 'abort');
  log.info('stopping: no new work is taken, what is under way is finished');
  await listener.close(DRAIN_MS / 4);
  const last = await reloading.end();
  await last.close(DRAIN_MS);
  log.info('stopped');
  return EXIT.ok;
}

/** Null if the process was told to end before it had started, as while it waits for Redis. */
async function startOrStop(parts: PartsOptions): Promise<Parts | null> {
  try {
    return await startParts(parts);
  } catch (cause) {
    if (!parts.io.signal.aborted) throw cause;
    return null;
  }
}

/** @throws UsageError if `--only` names something else. */
export function rolesOf(only: string | undefined): readonly ServiceRole[] {
  if (only === undefined) return ROLES;
  const named = only.split(',').map((role) => role.trim());
  const roles = ROLES.filter((role) => named.includes(role));
  const unknown = named.filter((name) => !ROLES.some((role) => role === name));
  if (unknown.length === 0) return roles;
  throw new UsageError(`--only ${only}: there is no ${unknown.join(', ')}`, `Choose of ${ROLES.join(', ')}.`);
}

function logOf(config: LoadedConfig, { terminal }: CommandIo): Logger {
  const pretty = terminal.err.isTTY === true;
  return createServiceLog({ level: config.log.level, stream: terminal.err, secrets: config.secrets, pretty });
}

interface Reloading {
  /** Takes over no more; resolves to what runs now. */
  end(): Promise<Parts>;
}

/**
 * At SIGHUP the configuration is read anew, checked, and all parts are started with it before the old ones end. If any
 * of that fails, the old ones go on as if nothing had been.
 */
function reloadOnHangup(
  options: CommonOptions,
  same: Pick<PartsOptions, 'io' | 'roles' | 'listener'>,
  first: Parts,
): Reloading {
  const { io } = same;
  let current = first;
  let work: Promise<void> = Promise.resolve();
  const reload = async () => {
    if (io.signal.aborted) return;
    try {
      const config = loadConfig({ path: options.config, cwd: io.cwd, env: io.terminal.env });
      const next = await startParts({ ...same, config, log: logOf(config, io) });
      const old = current;
      current = next;
      next.log.info({ config: config.file, url: next.url }, 'the changed configuration is in force');
      await old.close(DRAIN_MS);
    } catch (cause) {
      current.log.error(refusalOf(cause), 'the changed configuration is refused; the old one stays in force');
    }
  };
  const onHangup = () => {
    work = work.then(reload);
  };
  process.on('SIGHUP', onHangup);
  return {
    end: async () => {
      process.off('SIGHUP', onHangup);
      await work;
      return current;
    },
  };
}

function refusalOf(cause: unknown): object {
  if (cause instanceof ConfigError) return { faults: cause.faults };
  const advice = cause instanceof CohortSyncError ? { advice: cause.advice } : {};
  return { problem: messageOf(cause), ...advice };
}
