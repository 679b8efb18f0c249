import { randomUUID } from 'node:crypto';
import type { IsoInstant } from '../dates.ts';
import { CohortSyncError } from '../errors.ts';
import { accountWrite, answersOf, noAccount, readAccount, type StoredAccount } from './account.ts';
import { readAssignedAt } from './assigned-at.ts';
import { type Assignment, type Assignments, assignmentWrites, readAssignments } from './assignments.ts';
import { type AuditEntry, auditWrite } from './audit.ts';
import { granteeWrite, readGrantees } from './grantees.ts';
import { lastReadWrites } from './last-read.ts';
import { activeRun } from './runs.ts';
import { shortageWrite } from './shortage.ts';
import { commit, keys, type Store } from './store.ts';

/** What a list of people would change in a pool whose assignments the ledger alone knows. */
export interface Adoption {
  readonly pool: string;
  /** Everyone of the list, by grantee key, as spelled in it. */
  readonly people: ReadonlyMap<string, string>;
  /** Spelled as the list has them. */
  readonly added: readonly string[];
  /** Of the list, those whom the ledger has already. */
  readonly kept: number;
  /** Whom the ledger has, and the list has not: their seats are gone by it. */
  readonly dropped: readonly string[];
  /** What the provider last counted; null if it never told. */
  readonly counted: { readonly assigned: number; readonly at: IsoInstant } | null;
  readonly before: {
    readonly assignments: Assignments;
    readonly account: StoredAccount;
    /** See `readAssignedAt`. */
    readonly assignedAt: string | null;
  };
}

/** Holds a list against the ledger. Changes nothing. */
export async function compareList(
  store: Store,
  pool: string,
  people: ReadonlyMap<string, string>,
): Promise<Adoption> {
  const [assignments, account, assignedAt] = await Promise.all([
    readAssignments(store, pool),
    readAccount(store, pool),
    readAssignedAt(store, pool),
  ]);
  const has = (key: string) => assignments.get(key)?.state === 'assigned';
  const { answer } = account.value;
  return {
    pool,
    people,
    added: [...people].filter(([key]) => !has(key)).map(([, grantee]) => grantee),
    kept: [...people.keys()].filter(has).length,
    dropped: [...assignments].filter(([key]) => !people.has(key)).map(([, { grantee }]) => grantee),
    counted: answer === null ? null : { assigned: answer.assigned, at: answer.at },
    before: { assignments, account, assignedAt },
  };
}

/**
 * Makes the list the pool's assignments, if no run is at work on it and nothing has changed since it was compared.
 * @param by `account`: at which they are assigned, as a hash.
 * @throws LedgerConflict if something has. @throws CohortSyncError while a run is at work.
 */
export async function adoptList(
  store: Store,
  adoption: Adoption,
  by: { readonly file: string; readonly who: string; readonly at: IsoInstant; readonly account: string },
): Promise<void> {
  const { pool, people, before } = adoption;
  const run = await activeRun(store, pool);
  if (run !== null) throw atWork(pool, run);
  const assignedAt = keys.assignedAt(pool);
  // What another account has told says nothing of this one.
  const moved = before.assignedAt !== null && before.assignedAt !== by.account;
  const account = moved ? noAccount : before.account.value;
  const after = answersOf(account);
  const adopted: Assignment = {
    grantee: '',
    state: 'assigned',
    at: by.at,
    run: null,
    by: `adopted from ${by.file}`,
    after,
  };
  const known = (key: string) => before.assignments.get(key)?.state === 'assigned';
  const changes = [
    ...[...people]
      .filter(([key]) => !known(key))
      .map(([key, grantee]) => [key, { ...adopted, grantee }] as const),
    ...[...before.assignments.keys()].filter((key) => !people.has(key)).map((key) => [key, null] as const),
  ];
  const grantees = await readGrantees(store, pool);
  const value = {
    ...account,
    adopted: { at: by.at, people: people.size, file: by.file, after },
  };
  await commit(store, {
    id: `adopt:${randomUUID()}`,
    expect: [
      before.account.unchanged,
      { key: assignedAt, value: before.assignedAt, what: `account of ${pool}` },
      { key: keys.active(pool), value: null, what: `active run of ${pool}` },
    ],
    writes: [
      ...assignmentWrites(pool, changes),
      accountWrite(pool, value),
      { command: 'SET', key: assignedAt, args: [by.account] },
      ...changes.flatMap(([key, change]) => {
        const ours = grantees.get(key);
        return change === null && ours?.assigned
          ? [granteeWrite(pool, key, { ...ours, assigned: null })]
          : [];
      }),
      ...lastReadWrites(pool, { assigned: people.size, roster: null }),
      shortageWrite(pool, null),
      ...changes.map(([key, change]) => auditWrite(entryOf(adoption, by, key, change))),
    ],
  });
}

function entryOf(
  { pool, before }: Adoption,
  { file, who, at }: { readonly file: string; readonly who: string; readonly at: IsoInstant },
  key: string,
  change: Assignment | null,
): AuditEntry {
  const grantee = change?.grantee ?? before.assignments.get(key)?.grantee ?? key;
  const [from, to] = change === null ? ['a seat', 'no seat'] : ['no seat', 'a seat'];
  const named = change === null ? 'is not in' : 'is in';
  const reason = `${named} the list ${file} that ${who} adopted`;
  return { at, run: 'adopt', pool, action: 'drift', grantee, from, to, outcome: 'observed', reason };
}

function atWork(pool: string, run: string): CohortSyncError {
  return new CohortSyncError(
    `run ${run} is at work on ${pool}; nothing was adopted`,
    'Wait until it has ended (`cohort-sync runs`), export the list again, and try again.',
  );
}
