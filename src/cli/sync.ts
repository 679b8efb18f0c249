import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadedConfig } from '../../config/load.ts';
import { untilNotified } from '../../jobs/notify.ts';
import { type Trigger, type Triggered, triggerSync } from '../../jobs/trigger.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { systemClock, toInstant } from '../dates.ts';
import { CohortSyncError, EXIT } from '../errors.ts';
import { eventsAfter } from '../ledger/events.ts';
import { readIntent } from '../ledger/intents.ts';
import { readHead, readRun } from '../ledger/runs.ts';
import type { RunDocument } from '../runs/documents.ts';
import { runExitCode } from '../runs/verdict.ts';
import { orDocument } from './failure.ts';
import type { CommandIo } from './io.ts';
import { refuseOutside } from './loopback.ts';
import { parseMoment } from './moment.ts';
import type { CommonOptions } from './program.ts';
import { createProgress } from './progress.ts';
import { renderRun } from './render.ts';
import { openService, type Service } from './service.ts';
import { poolsNamed, settingsOf } from './settings.ts';
import { painter, print, printJson } from './terminal.ts';

export interface SyncOptions extends CommonOptions {
  readonly pool?: readonly string[];
  readonly at?: string;
  readonly wait?: boolean;
}

/** `--wait` ends after this long (milliseconds), unless a purchase is settling. */
const LONGEST_WAIT = 5 * 60_000;

/** After the result is printed, its notifications get so long to be taken (milliseconds); later it is up to a worker. */
const NOTIFY_WAIT = 5_000;

/** How often the run's progress is looked at (milliseconds). */
const LOOK = 100;

/** How long the jobs under way get to finish when the command ends (milliseconds). */
const DRAIN = 10_000;

/** `cohort-sync sync`: triggers a run by the queue; with `--wait` works on it and prints what came of it. */
export async function sync(io: CommandIo, options: SyncOptions): Promise<number> {
  const config = settingsOf(io, options);
  const pools = poolsNamed(config, options.pool).map((pool) => pool.id);
  const at = options.at === undefined ? null : parseMoment(options.at, config.timeZone);
  if (at !== null) refuseOutside(config, '--at');
  let run = '';
  return orDocument(
    io,
    options,
    () => emptyRun(run),
    async () => {
      const service = await openService(config, io);
      try {
        const triggered = await triggerSync(service.context, { by: 'cli', pools, at });
        run = triggered.run;
        tellStart(io, triggered);
        if (triggered.joined) await tellMoment(io, service, triggered.run);
        return options.wait
          ? await waitFor(io, options, config, service, triggered)
          : await leave(io, options, service, triggered);
      } finally {
        await service.close();
      }
    },
  );
}

export function tellStart({ terminal }: CommandIo, { run, joined, busy }: Triggered): void {
  print(terminal.err, joined ? `joined run ${run}, which is under way` : `started run ${run}`);
  for (const each of busy)
    print(terminal.err, `${each.pool} is left to run ${each.run}, which is at work on it`);
}

/** A run that was started with `--at` acts as of its moment, whoever joins it: that must not come as a surprise. */
async function tellMoment(io: CommandIo, { context }: Service, run: string): Promise<void> {
  const head = await readHead(context.store, run);
  if (head === null || head.clockOffset === 0) return;
  print(
    io.terminal.err,
    `that run was started with --at and acts as of ${head.startedAt}; start yours once it has ended`,
  );
}

/** Without `--wait` somebody else has to do the work: says so if nobody is there. */
export async function leave(
  io: CommandIo,
  options: SyncOptions,
  { context }: Service,
  triggered: Triggered,
): Promise<number> {
  if ((await context.queues.sync.getWorkersCount()) === 0) {
    print(
      io.terminal.err,
      'No worker is running: it starts with `cohort-sync serve`, or use `cohort-sync sync --wait`.',
    );
  }
  if (options.json) await printJson(io.terminal.out, triggered);
  else print(io.terminal.out, triggered.run);
  return EXIT.ok;
}

export async function waitFor(
  io: CommandIo,
  options: SyncOptions,
  config: LoadedConfig,
  service: Service,
  { run }: Triggered,
  then: Trigger | null = null,
): Promise<number> {
  const workers = startWorkers(service.context, service.connectWorker);
  try {
    let document = await follow(io, config, service, run);
    if (then !== null && document.endedAt !== null) {
      const next = await triggerSync(service.context, then);
      tellStart(io, next);
      document = await follow(io, config, service, next.run);
    }
    if (options.json) await printJson(io.terminal.out, document);
    else print(io.terminal.out, renderRun(document, painter(io.terminal.out, io.terminal.env)));
    if (document.endedAt !== null) await untilNotified(service.context, document.run, NOTIFY_WAIT);
    return document.endedAt === null ? EXIT.partial : runExitCode(document);
  } finally {
    await workers.close(DRAIN);
  }
}

/** Shows progress until the run has ended, the wait is over, or the command is interrupted. */
async function follow(
  io: CommandIo,
  config: LoadedConfig,
  { context }: Service,
  run: string,
): Promise<RunDocument> {
  const { store } = context;
  const progress = createProgress(io.terminal, config.pools.length);
  const started = systemClock.now();
  let last = '0';
  try {
    for (;;) {
      for (const { id, event } of await eventsAfter(store, run, last)) {
        progress.show(event);
        last = id;
      }
      const stored = await readRun(store, run);
      if (stored === null)
        throw new CohortSyncError(
          `run ${run} is gone from the ledger`,
          'Was Redis flushed? Start a new run.',
        );
      if (stored.document.endedAt !== null) return stored.document;
      if (io.signal.aborted)
        throw new CohortSyncError(
          `interrupted; run ${run} goes on when a worker is there`,
          `See it with: cohort-sync show ${run}`,
        );
      if (systemClock.now() - started > LONGEST_WAIT && !(await isSettling(context, stored.head.pools))) {
        return {
          ...stored.document,
          error: {
            message: `run ${run} has not ended within 5 minutes`,
            advice: `It goes on; see it with: cohort-sync show ${run}`,
          },
        };
      }
      await sleep(LOOK);
    }
  } finally {
    progress.end();
  }
}

async function isSettling({ store }: Service['context'], pools: readonly string[]): Promise<boolean> {
  const intents = await Promise.all(pools.map((pool) => readIntent(store, pool)));
  return intents.some((intent) => intent !== null && intent.state !== 'in-doubt');
}

/** The document of a run of which nothing is known but its id; none where it never started. */
export function emptyRun(run: string): RunDocument {
  const now = toInstant(systemClock.now());
  return {
    run,
    trigger: 'cli',
    startedAt: now,
    endedAt: now,
    verdict: 'failed',
    problems: [],
    pools: [],
  };
}
