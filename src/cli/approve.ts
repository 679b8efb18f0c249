import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { LoadedConfig } from '../../config/load.ts';
import { clockOf } from '../../jobs/context.ts';
import { triggerSync } from '../../jobs/trigger.ts';
import type { Clock } from '../dates.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { Hold } from '../ledger/holds.ts';
import { readHead } from '../ledger/runs.ts';
import { DOUBT_STAYS, decideEach, hasDoubt, openHoldsOf } from '../runs/decide.ts';
import { holdView } from '../runs/hold-view.ts';
import { type HoldReview, reviewHolds } from '../runs/review.ts';
import { orDocument } from './failure.ts';
import type { CommandIo } from './io.ts';
import { refuseOutside } from './loopback.ts';
import type { CommonOptions } from './program.ts';
import { renderReview } from './render-review.ts';
import { openService, type Service } from './service.ts';
import { settingsOf } from './settings.ts';
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
        const { store } = service.context;
        const clock = await clockOfRun(service, config, run);
        const holds = await openHoldsOf(store, run, clock);
        await showReview(io, config, service, holds, clock);
        if (!options.yes && !(await confirmed(io, decision, holds))) {
          print(io.terminal.err, 'Nothing was decided.');
          return EXIT.ok;
        }
        const person = { by: `cli:${userInfo().username}`, note: options.note ?? null, clock };
        const decided = await decideEach(store, holds, decision, person);
        for (const { pool } of holds.filter((hold) => !decided.includes(hold)))
          print(
            io.terminal.err,
            `The hold of ${pool} changed while you were looking at it: it was not decided.`,
          );
        return decision === 'approved'
          ? await runApproved(io, options, config, service, decided, clock)
          : await tellRejected(io, options, run, decided);
      } finally {
        await service.close();
      }
    },
  );
}

/** A run that was tried out as of another moment (`--at`) is decided, and gone on with, as of that moment. */
async function clockOfRun({ context }: Service, config: LoadedConfig, run: string): Promise<Clock> {
  const head = await readHead(context.store, run);
  if (head === null || head.clockOffset === 0) return context.clock;
  refuseOutside(config, `deciding ${run}, which was started with --at,`);
  return clockOf(context, head);
}

/** Shows what was held, and what the roster and the providers say of it now. On standard error: the result is a document. */
async function showReview(
  io: CommandIo,
  config: LoadedConfig,
  { context }: Service,
  holds: readonly Hold[],
  clock: Clock,
): Promise<void> {
  const reviews: readonly HoldReview[] = await reviewHolds(
    {
      config,
      store: context.store,
      providerOf: context.providerOf,
      clock,
      signal: io.signal,
    },
    () => context.readRoster(clock, io.signal),
    holds,
  );
  const views = reviews.map((review) => holdView(config, review));
  print(io.terminal.err, renderReview(views, painter(io.terminal.err, io.terminal.env)));
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

async function runApproved(
  io: CommandIo,
  options: DecideOptions,
  config: LoadedConfig,
  service: Service,
  holds: readonly Hold[],
  clock: Clock,
): Promise<number> {
  const pools = holds.map((hold) => hold.pool);
  const at = clock === service.context.clock ? null : clock.now();
  const trigger = { by: 'approval', pools, at };
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
      ['Rejected: nothing of this is done, and none of it is asked about again while it stays as it is.']
        .concat(holds.some(hasDoubt) ? DOUBT_STAYS : [])
        .join('\n'),
    );
  return EXIT.ok;
}
