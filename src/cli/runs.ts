import { systemClock, toInstant } from '../dates.ts';
import { CohortSyncError, EXIT, UsageError } from '../errors.ts';
import { readHoldsOfRun } from '../ledger/holds.ts';
import { listRuns, readRun } from '../ledger/runs.ts';
import type { Store } from '../ledger/store.ts';
import { isAlive, readWorkers } from '../ledger/workers.ts';
import { whyClosed } from '../runs/review.ts';
import { orDocument } from './failure.ts';
import type { CommandIo } from './io.ts';
import { openLedgerForReading } from './ledger.ts';
import type { CommonOptions } from './program.ts';
import { type RunNow, renderRun, renderRuns } from './render.ts';
import { settingsOf } from './settings.ts';
import { painter, print, printJson } from './terminal.ts';

/** `cohort-sync runs`: past and present runs, newest first. */
export async function runs(
  io: CommandIo,
  options: CommonOptions & { readonly last?: string },
): Promise<number> {
  const count = Number(options.last ?? '20');
  if (!Number.isInteger(count) || count < 1) {
    throw new UsageError(`--last ${options.last} is not a number of runs`, 'Give a whole number from 1.');
  }
  return reading(io, options, { runs: [] }, async (store) => {
    const list = store === null ? [] : await listRuns(store, count);
    if (options.json) await printJson(io.terminal.out, { runs: list });
    else {
      const idle = list.some((each) => each.verdict === null) && (await nobodyWorks(store));
      print(io.terminal.out, renderRuns(list, painter(io.terminal.out, io.terminal.env), idle));
    }
    return EXIT.ok;
  });
}

/** `cohort-sync show RUN`: one run in full. */
export async function show(io: CommandIo, options: CommonOptions, args: readonly string[]): Promise<number> {
  const run = args[0] ?? '';
  return reading(io, options, { run }, async (store) => {
    const stored = store === null ? null : await readRun(store, run);
    if (stored === null) {
      throw new CohortSyncError(`there is no run ${run}`, 'List the runs with: cohort-sync runs');
    }
    if (options.json) await printJson(io.terminal.out, stored.document);
    else {
      const idle = stored.document.endedAt === null && (await nobodyWorks(store));
      const now = { idle, ...(store === null ? {} : await holdsNow(store, run)) };
      print(io.terminal.out, renderRun(stored.document, painter(io.terminal.out, io.terminal.env), now));
    }
    return EXIT.ok;
  });
}

/** How a run's holds stand: who decided what, in whose words, and whether something still waits for a decision. */
async function holdsNow(store: Store, run: string): Promise<Pick<RunNow, 'closed' | 'isOpen'>> {
  const holds = await readHoldsOfRun(store, run);
  const at = toInstant(systemClock.now());
  const closed = holds.flatMap((hold) => {
    const why = whyClosed(hold, at);
    return why === null ? [] : [`Since then ${why}${hold.note === null ? '' : `: ${hold.note}`}`];
  });
  return { closed, isOpen: closed.length < holds.length };
}

async function nobodyWorks(store: Store | null): Promise<boolean> {
  if (store === null) return true;
  const workers = await readWorkers(store);
  return !workers.some((worker) => isAlive(worker, systemClock.now()));
}

/** Opens the ledger for a command that only looks. */
async function reading(
  io: CommandIo,
  options: CommonOptions,
  empty: object,
  look: (store: Store | null) => Promise<number>,
): Promise<number> {
  const config = settingsOf(io, options);
  return orDocument(
    io,
    options,
    () => empty,
    async () => {
      const ledger = await openLedgerForReading(config, io);
      try {
        return await look(ledger.store);
      } finally {
        await ledger.close();
      }
    },
  );
}
