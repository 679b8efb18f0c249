import { nameKey } from '../cohorts/names.ts';
import { suspects } from '../cohorts/suspects.ts';
import type { Entitlement } from '../cohorts/types.ts';
import { typingDistance } from '../typing-distance.ts';
import { compareText, type Demand } from './demand.ts';

/** Names so many slips of the keyboard apart don't speak against one person. */
const MOST_SLIPS = 2;

/** Beyond so many vanished rows it is no typing error, and comparing each with a whole cohort takes long. */
const MOST_COMPARED = 50;

/**
 * Finds the row that replaced one that vanished: of the same cohort, with the same name, or with an address within
 * typing distance where no name speaks against it. The answer is the new grantee.
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
    const alike = name === '' ? [] : (byName.get(name) ?? []);
    const namesakes = alike.filter((member) => member.key !== key);
    if (namesakes.length > 0) {
      const fresh = namesakes.filter((member) => !settled(member.key));
      return firstGrantee(fresh.length > 0 ? fresh : namesakes);
    }
    compared += 1;
    if (compared > MOST_COMPARED) return null;
    const others = members.filter((member) => member.key !== key);
    return firstGrantee(mistyped(before.person, name, others, settled));
  };
}

/** One row of a cohort. */
interface Member {
  readonly key: string;
  readonly grantee: string;
  readonly cohort: string;
  readonly email: string;
  /** The form in which names compare; '' for none. */
  readonly name: string;
}

function mistyped(
  person: string,
  name: string,
  others: readonly Member[],
  settled: (key: string) => boolean,
): Member[] {
  const possible = others.filter((other) =>
    name === '' || other.name === ''
      ? !settled(other.key)
      : typingDistance(name, other.name, MOST_SLIPS) <= MOST_SLIPS,
  );
  const nearest = new Set(suspects({ email: person, name: null }, possible));
  return possible.filter((other) => nearest.has(other.email));
}

interface Cohort {
  readonly members: readonly Member[];
  readonly byName: ReadonlyMap<string, readonly Member[]>;
}

/** The active rows by cohort, and in each by name. Sorted out when first asked for: most plans have no use for it. */
function cohortsOf(demands: ReadonlyMap<string, Demand>): (cohort: string) => Cohort {
  let rows: Map<string, Member[]> | null = null;
  const known = new Map<string, Cohort>();
  return (id) => {
    rows ??= grouped([...demands.values()].flatMap(membersIn), (member) => member.cohort);
    const members = rows.get(id) ?? [];
    const cohort = known.get(id) ?? { members, byName: grouped(members, (member) => member.name) };
    known.set(id, cohort);
    return cohort;
  };
}

function membersIn({ key, grantee, active }: Demand): Member[] {
  return active.map((row) => ({ key, grantee, cohort: row.cohort, email: row.person, name: nameOf(row) }));
}

function grouped(members: readonly Member[], groupOf: (member: Member) => string): Map<string, Member[]> {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const group = groups.get(groupOf(member));
    if (group === undefined) groups.set(groupOf(member), [member]);
    else group.push(member);
  }
  return groups;
}

function nameOf({ name }: Entitlement): string {
  return name === null ? '' : nameKey(name);
}

function firstGrantee(members: readonly Member[]): string | null {
  return members.map((member) => member.grantee).sort(compareText)[0] ?? null;
}
