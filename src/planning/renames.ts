import { nameKey } from '../cohorts/names.ts';
import type { Entitlement } from '../cohorts/types.ts';
import { typingDistance } from '../typing-distance.ts';
import { compareText, type Demand } from './demand.ts';

/** Addresses so many slips of the keyboard apart may be one person's. */
const MOST_SLIPS = 2;

/** Beyond so many vanished rows it is no typing error, and comparing each with a whole cohort takes long. */
const MOST_COMPARED = 50;

/**
 * Finds the row that replaced one that vanished: of the same cohort, with the same name, or with an address within
 * typing distance where no name speaks against it. The answer is the new grantee, and only a label: the removal counts
 * as unexplained either way.
 * @param settled keys that are known and hold a seat: without a name to tell by, they are other people.
 */
export function renamesIn(
  demands: ReadonlyMap<string, Demand>,
  settled: (key: string) => boolean,
): (before: Entitlement, key: string) => string | null {
  const cohorts = cohortsOf(demands);
  let compared = 0;
  return (before, key) => {
    const { members, byName } = cohorts(before.cohort);
    const name = nameOf(before);
    const namesakes = (byName.get(name) ?? []).filter((member) => member.demand.key !== key);
    if (name !== '' && namesakes.length > 0) return firstGrantee(namesakes);
    compared += 1;
    if (compared > MOST_COMPARED) return null;
    return firstGrantee(members.filter((member) => isMistyped(before, key, member, settled)));
  };
}

/** One row of a cohort, with what the roster says of its grantee. */
interface Member {
  readonly demand: Demand;
  readonly row: Entitlement;
}

interface Cohort {
  readonly members: Member[];
  readonly byName: Map<string, Member[]>;
}

function isMistyped(
  before: Entitlement,
  key: string,
  { demand, row }: Member,
  settled: (key: string) => boolean,
): boolean {
  if (demand.key === key || typingDistance(before.person, row.person, MOST_SLIPS) > MOST_SLIPS) return false;
  const [was, is] = [nameOf(before), nameOf(row)];
  return was === '' || is === '' ? !settled(demand.key) : typingDistance(was, is, MOST_SLIPS) <= MOST_SLIPS;
}

/** The active rows by cohort and, in a cohort, by name. Made when first asked for: most plans have no use for it. */
function cohortsOf(demands: ReadonlyMap<string, Demand>): (cohort: string) => Cohort {
  let rows: Map<string, Member[]> | null = null;
  const known = new Map<string, Cohort>();
  return (name) => {
    rows ??= grouped(
      [...demands.values()].flatMap((demand) => demand.active.map((row) => ({ demand, row }))),
      (member) => member.row.cohort,
    );
    let cohort = known.get(name);
    if (cohort === undefined) {
      const members = rows.get(name) ?? [];
      cohort = { members, byName: grouped(members, (member) => nameOf(member.row)) };
      known.set(name, cohort);
    }
    return cohort;
  };
}

function grouped(members: readonly Member[], nameOfGroup: (member: Member) => string): Map<string, Member[]> {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const name = nameOfGroup(member);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [member]);
    else group.push(member);
  }
  return groups;
}

function nameOf({ name }: Entitlement): string {
  return name === null ? '' : nameKey(name);
}

function firstGrantee(members: readonly Member[]): string | null {
  return members.map((member) => member.demand.grantee).sort(compareText)[0] ?? null;
}
