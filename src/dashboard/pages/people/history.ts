import type { Config } from '../../../../config/schema.ts';
import { dateIn, fromInstant, type IsoDate } from '../../../dates.ts';
import { type AuditEntry, entriesOf } from '../../../ledger/audit.ts';
import { readGrantees } from '../../../ledger/grantees.ts';
import type { Store } from '../../../ledger/store.ts';
import type { Provider } from '../../../providers/provider.ts';
import { granteeColumn } from '../../../runs/inputs.ts';

/** From one day to another, both included, somebody had a seat. */
export interface Held {
  /** Null is not known. */
  readonly from: IsoDate | null;
  /** Null is not known: it was gone before anyone looked. */
  readonly to: IsoDate | 'now' | null;
}

/** Entries of one person that are looked at, the latest ones. */
const MOST = 200;

/**
 * When a person had a seat of a pool, by the record of changes: what nobody has changed is not in it.
 * @param hasSeat whether they have one now; null goes by the record.
 */
export async function seatsOf(
  store: Store,
  config: Config,
  pool: Config['pools'][number],
  {
    provider,
    person,
    hasSeat,
  }: { readonly provider: Provider; readonly person: string; readonly hasSeat: boolean | null },
): Promise<Held[]> {
  const known = [...(await readGrantees(store, pool.id))].filter(([, each]) => each.person === person);
  const own = granteeColumn(pool) === 'email' ? [provider.keyOf(person)] : [];
  const keys = new Set([...known.map(([key]) => key), ...own]);
  const isOurs = ({ pool: where, grantee }: AuditEntry) =>
    where === pool.id && grantee !== null && keys.has(provider.keyOf(grantee));
  const entries = await entriesOf(store, (entry) => isOurs(entry) && changeOf(entry) !== null, MOST);
  const changes = entries.reverse().map((entry) => ({
    date: dateIn(fromInstant(entry.at), config.timeZone),
    has: changeOf(entry) === 'gained',
  }));
  return spansOf(changes, hasSeat);
}

function changeOf({ action, outcome }: AuditEntry): 'gained' | 'lost' | null {
  if (outcome === 'applied' && action === 'assign') return 'gained';
  if (outcome === 'applied' && action === 'unassign') return 'lost';
  return outcome === 'observed' && action === 'drift' ? 'lost' : null;
}

/** Pure. @param changes in the order in which they were. */
export function spansOf(
  changes: readonly { readonly date: IsoDate; readonly has: boolean }[],
  hasSeat: boolean | null,
): Held[] {
  const spans: Held[] = [];
  let from: IsoDate | null = null;
  let isOpen = false;
  for (const { date, has } of changes) {
    if (has && !isOpen) from = date;
    // Lost without having been given: somebody else gave it, at a time that is not known.
    if (!has) spans.push({ from: isOpen ? from : null, to: date });
    isOpen = has;
  }
  if (hasSeat ?? isOpen) spans.push({ from: isOpen ? from : null, to: 'now' });
  else if (isOpen) spans.push({ from, to: null });
  return spans;
}
