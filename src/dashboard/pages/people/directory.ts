import { normalizeEmail } from '../../../emails.ts';
import { type Person, readPeople } from '../../../ledger/people.ts';
import { loadRoster } from '../../../ledger/roster.ts';
import { newestRuns } from '../../../ledger/runs.ts';
import type { Store } from '../../../ledger/store.ts';
import type { Roster, RosterRow } from '../../../roster/types.ts';

/** A person whom the roster has ever listed. */
export interface Entry {
  readonly email: string;
  readonly name: string | null;
  /** What is searched. */
  readonly text: string;
  /** As the last run has read it; empty for those who are on the roster no more. */
  readonly rows: readonly Pick<RosterRow, 'cohort' | 'startsOn' | 'endsOn' | 'canceled'>[];
}

export interface Directory {
  /** In the order of their names. */
  readonly entries: readonly Entry[];
  /** When the roster was read; null if no run has read it, or not lately. */
  readonly readAt: string | null;
}

/** Runs that are looked through for the last one that has read the roster. */
const LOOKED_THROUGH = 20;

/**
 * Everyone whom the roster has ever listed, by the ledger alone. Made anew when a run has read the roster: it never changes
 * in between.
 */
export function createDirectory(store: Store): () => Promise<Directory> {
  let known: { readonly run: string; readonly directory: Directory } | null = null;
  return async () => {
    for (const run of await newestRuns(store, LOOKED_THROUGH)) {
      if (run === known?.run) return known.directory;
      const roster = await loadRoster(store, run);
      if (roster === null) continue;
      const directory = directoryOf(await readPeople(store), roster);
      known = { run, directory };
      return directory;
    }
    return directoryOf(await readPeople(store), null);
  };
}

function directoryOf(people: ReadonlyMap<string, Person>, roster: Roster | null): Directory {
  const rows = new Map<string, RosterRow[]>();
  for (const row of roster?.rows ?? []) {
    const own = rows.get(row.email);
    if (own === undefined) rows.set(row.email, [row]);
    else own.push(row);
  }
  const entries = [...people.values()].map(({ email, name }): Entry => {
    const text = `${folded(email)}\n${folded(name ?? '')}`;
    return { email, name, text, rows: rows.get(email) ?? [] };
  });
  const order = new Intl.Collator('en', { sensitivity: 'base', numeric: true });
  entries.sort(
    (a, b) => order.compare(a.name ?? a.email, b.name ?? b.email) || order.compare(a.email, b.email),
  );
  return { entries, readAt: roster?.readAt ?? null };
}

/** Those whose address or name has this text in it; all of them for none. */
export function search({ entries }: Directory, text: string): readonly Entry[] {
  const wanted = folded(text);
  return wanted === '' ? entries : entries.filter((entry) => entry.text.includes(wanted));
}

/** Without accents, so that whoever can't type them finds their bearers. */
function folded(text: string): string {
  return normalizeEmail(text).normalize('NFD').replace(/\p{M}/gu, '');
}
