import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { LoadedConfig } from '../../config/load.ts';
import { triggerSync } from '../../jobs/trigger.ts';
import { toInstant } from '../dates.ts';
import { CohortSyncError, EXIT, LedgerConflict, UsageError } from '../errors.ts';
import { decideHold, type Hold, readHoldsOfRun } from '../ledger/holds.ts';
import { readRun } from '../ledger/runs.ts';
import { type HoldReview, reviewHolds, whyClosed } from '../runs/review.ts';
import { orDocument } from './failure.ts';
import type { CommandIo } from './io.ts';
import type { CommonOptions } from './program.ts';
import { renderReview } from './render-review.ts';
import { openService, type Service } from './service.ts';
import { rosterOf, settingsOf } from './settings.ts';
import { emptyRun, leave, tellStart, waitFor } from './sync.ts';
import { painter, print, printJson } from './terminal.ts';

interface DecideOptions extends CommonOptions {
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly note?: string;
}

/** `cohort-sync approve RUN`: decides the holds of a run, and starts a run of those pools. */
export function approve(io: CommandIo, options: DecideOptions, args: readonly string[]): Promise<number> {
  return decide(io, options, args[0] ?? '', 'approved');
}

/** `cohort-sync reject RUN`: decides against the held lines: they are not asked again while they stay as they are. */
export function reject(io: CommandIo, options: DecideOptions, args: readonly string[]): Promise<number> {
  return decide(io, options, args[0] ?? '', 'rejected');
}

async function decide(
  io: CommandIo,
  options: DecideOptions,
  run: string,
  decision: 'approved' | 'rejected',
): Promise<number> {
  const config = settingsOf(io, options);
  if (!options.yes && process.stdin.isTTY !== true) {
    throw new UsageError(
      'there is nobody to ask: standard input is no terminal',
      `To decide without being asked: cohort-sync ${decision === 'approved' ? 'approve' : 'reject'} ${run} --yes`,
    );
  }
  return orDocument(
    io,
    options,
    () => emptyRun(run),
    async () => {
      const service = await openService(config, io);
      try {
        const holds = await openHolds(service, run);
        await showReview(io, config, service, holds);
        if (!options.yes && !(await confirmed(io, decision, holds))) {
          print(io.terminal.err, 'Nothing was decided.');
          return EXIT.ok;
        }
        for (const hold of holds) await record(service, hold, decision, options.note ?? null);
        return decision === 'approved'
          ? await runApproved(io, options, config, service, holds)
          : await tellRejected(io, options, run, holds);
      } finally {
        await service.close();
      }
    },
  );
}

/** The holds of a run that can be decided. @throws CohortSyncError if there are none, saying why. */
async function openHolds({ context }: Service, run: string): Promise<Hold[]> {
  if ((await readRun(context.store, run)) === null) {
    throw new CohortSyncError(`there is no run ${run}`, 'List the runs with: cohort-sync runs');
  }
  const holds = await readHoldsOfRun(context.store, run);
  if (holds.length === 0)
    throw new CohortSyncError(`run ${run} holds nothing`, `See it with: cohort-sync show ${run}`);
  const now = toInstant(context.clock.now());
  const closed = holds.map((hold) => whyClosed(hold, now));
  const open = holds.filter((_hold, index) => closed[index] === null);
  if (open.length > 0) return open;
  throw new CohortSyncError(
    closed.filter((why) => why !== null).join('; '),
    'The next run holds again what still needs a decision. Start one with: cohort-sync sync --wait',
  );
}

/** Shows what was held, and what the roster and the providers say of it now. On standard error: the result is a document. */
async function showReview(
  io: CommandIo,
  config: LoadedConfig,
  { context }: Service,
  holds: readonly Hold[],
): Promise<void> {
  const reviews: readonly HoldReview[] = await reviewHolds(
    {
      config,
      store: context.store,
      providerOf: context.providerOf,
      clock: context.clock,
      signal: io.signal,
    },
    () => rosterOf(config, context.clock, io.signal),
    holds,
  );
  print(io.terminal.err, renderReview(reviews, painter(io.terminal.err, io.terminal.env)));
}

async function confirmed(io: CommandIo, decision: string, holds: readonly Hold[]): Promise<boolean> {
  const count = holds.reduce((sum, hold) => sum + hold.lines.length, 0);
  const verb = decision === 'approved' ? 'Approve' : 'Reject';
  const asking = createInterface({ input: process.stdin, output: io.terminal.err });
  try {
    const answer = await asking.question(
      `${verb} ${count === 1 ? 'this line' : `these ${count} lines`}? (yes/no) `,
    );
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}

/** @throws CohortSyncError if somebody else was faster, or a run has replaced the hold. */
async function record(
  { context }: Service,
  hold: Hold,
  decision: 'approved' | 'rejected',
  note: string | null,
): Promise<void> {
  try {
    const at = toInstant(context.clock.now());
    await decideHold(context.store, hold, { decision, by: `cli:${userInfo().username}`, note, at });
  } catch (cause) {
    if (!(cause instanceof LedgerConflict)) throw cause;
    throw new CohortSyncError(
      `the hold of ${hold.pool} changed while you were looking at it; nothing was decided`,
      'Look at it again.',
      { cause },
    );
  }
}

async function runApproved(
  io: CommandIo,
  options: DecideOptions,
  config: LoadedConfig,
  service: Service,
  holds: readonly Hold[],
): Promise<number> {
  const pools = holds.map((hold) => hold.pool);
  const trigger = { by: 'approval', pools, at: null };
  const triggered = await triggerSync(service.context, trigger);
  tellStart(io, triggered);
  if (!options.wait) return leave(io, options, service, triggered);
  // A run that was under way may have planned before the approval: it is waited for, and followed by one of our own.
  return waitFor(io, options, config, service, triggered, triggered.joined ? trigger : null);
}

async function tellRejected(
  io: CommandIo,
  options: DecideOptions,
  run: string,
  holds: readonly Hold[],
): Promise<number> {
  const rejected = holds.map(({ pool, lines }) => ({
    pool,
    lines: lines.map(({ id: _id, ...line }) => line),
  }));
  if (options.json) await printJson(io.terminal.out, { run, decision: 'rejected', pools: rejected });
  else
    print(
      io.terminal.out,
      `Rejected. These people keep their seats, and are not asked about again while nothing changes.`,
    );
  return EXIT.ok;
}
