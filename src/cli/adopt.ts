import { userInfo } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { accountHash } from '../../config/pools.ts';
import type { PoolConfig } from '../../config/schema.ts';
import { counted } from '../counted.ts';
import { toInstant } from '../dates.ts';
import { CohortSyncError, EXIT, LedgerConflict, UsageError } from '../errors.ts';
import { type Adoption, adoptList, compareList } from '../ledger/adopt.ts';
import { readEmails } from '../roster/read-emails.ts';
import { checkNotMoved } from '../runs/moved-pool.ts';
import { saidSeats } from '../runs/read-pool.ts';
import { orDocument } from './failure.ts';
import type { CommandIo } from './io.ts';
import type { CommonOptions } from './program.ts';
import { openService } from './service.ts';
import { poolsNamed, settingsOf } from './settings.ts';
import { print, printJson } from './terminal.ts';

interface AdoptOptions extends CommonOptions {
  readonly pool?: string;
  readonly from?: string;
  readonly yes?: boolean;
}

/** `cohort-sync adopt`: takes an exported list into the ledger as the assignments of a pool that can't be read. */
export async function adopt(io: CommandIo, options: AdoptOptions): Promise<number> {
  const config = settingsOf(io, options);
  const [pool] = poolsNamed(config, [options.pool ?? '']);
  if (pool === undefined || options.from === undefined)
    throw new UsageError('--pool and --from are needed', EXAMPLE);
  const file = path.resolve(io.cwd, options.from);
  if (!options.yes && process.stdin.isTTY !== true) {
    throw new UsageError(
      'there is nobody to ask: standard input is no terminal',
      `To adopt without being asked: cohort-sync adopt --pool ${pool.id} --from ${options.from} --yes`,
    );
  }
  const nothing = {
    pool: pool.id,
    file,
    people: 0,
    added: [],
    kept: 0,
    dropped: [],
    counted: null,
    adopted: false,
  };
  return orDocument(
    io,
    options,
    () => nothing,
    async () => {
      const { emails, repeated } = await readEmails(file, config.roster.columns, io.signal);
      const service = await openService(config, io);
      try {
        const { store, providerOf, clock } = service.context;
        const provider = providerOf(pool);
        if (provider.capabilities.listsHolders) throw listsItself(pool);
        const people = new Map(emails.map((email) => [provider.keyOf(email), email]));
        const adoption = await compareList(store, pool.id, people);
        // Those whom the list has not would be forgotten at the account where they are.
        checkNotMoved(pool, adoption.before.assignedAt, adoption.before.assignments.size);
        print(io.terminal.err, preview(adoption, file, repeated, saidSeats(pool)));
        const agreed = options.yes === true || (await confirmed(io, people.size));
        if (agreed) {
          const by = {
            file: path.basename(file),
            who: `cli:${userInfo().username}`,
            at: toInstant(clock.now()),
            account: accountHash(pool),
          };
          await adoptList(store, adoption, by).catch((cause: unknown) => {
            throw cause instanceof LedgerConflict ? changedMeanwhile(pool, cause) : cause;
          });
        }
        const { added, kept, dropped, counted } = adoption;
        const document = {
          pool: pool.id,
          file,
          people: people.size,
          added,
          kept,
          dropped,
          counted,
          adopted: agreed,
        };
        if (options.json) await printJson(io.terminal.out, document);
        else print(io.terminal.out, agreed ? adoptedText(adoption) : 'Nothing was adopted.');
        return EXIT.ok;
      } finally {
        await service.close();
      }
    },
  );
}

const EXAMPLE = 'For example: cohort-sync adopt --pool mail-merge --from export.csv';

function preview(
  { pool, people, added, kept, dropped, counted: last }: Adoption,
  file: string,
  repeated: number,
  said: number | null,
): string {
  const twice = repeated === 0 ? '' : ` (${counted(repeated, 'row')} for somebody who is in it already)`;
  const lines = [
    `${file} has ${counted(people.size, 'person', 'people')}${twice}. As the assignments of ${pool}:`,
    `  ${kept} known to the ledger already`,
    ...listed('new to it', added),
    ...listed('known to the ledger and not in the file: by it they have no seat any more', dropped),
  ];
  if (last !== null && last.assigned !== people.size) {
    lines.push(
      `  The provider counted ${last.assigned} assigned seats at ${last.at}, the file has ${people.size}.`,
    );
  }
  if (said !== null && said < people.size) {
    lines.push(`  That is more than the ${said} seats of \`purchasedSeats\`.`);
  }
  return lines.join('\n');
}

const SHOWN = 20;

function listed(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : '';
  return [`  ${names.length} ${what}: ${names.slice(0, SHOWN).join(', ')}${more}`];
}

async function confirmed(io: CommandIo, people: number): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: io.terminal.err });
  try {
    const answer = await asking.question(`Adopt ${counted(people, 'person', 'people')}? (yes/no) `);
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}

function adoptedText({ pool, people }: Adoption): string {
  return (
    `Adopted: the ledger has ${counted(people.size, 'person', 'people')} assigned in ${pool}. The count is checked against the provider's ` +
    'answer to the next change.'
  );
}

function listsItself({ id }: PoolConfig): CohortSyncError {
  return new UsageError(
    `${id} has nothing to adopt: its provider lists who is assigned, and is asked at each run`,
    'Adopting is for providers that can not be read, as SecureMailMerge.',
  );
}

function changedMeanwhile({ id }: PoolConfig, cause: LedgerConflict): CohortSyncError {
  return new CohortSyncError(
    `${id} was changed by a run while you were looking at the list; nothing was adopted`,
    'Export the list again, so that it has what that run has done, and try again.',
    { cause },
  );
}
