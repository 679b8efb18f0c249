import { compareText, type Demand } from './demand.ts';
import type { KnownGrantee, PlanInput } from './types.ts';

/** A holder, with all that is known of them. */
export interface Subject {
  readonly key: string;
  readonly demand: Demand | undefined;
  readonly known: KnownGrantee | undefined;
}

/** What keeps a seat with its holder whatever the rest of the roster says (rules 2 and 5). */
export interface Shields {
  /** Whether the pool's `protect` list names them, by grantee or by email. */
  isProtected(subject: Subject): boolean;
  /** Why a doubtful row lets them keep what they have; null if none does. Of several reasons the first in text order. */
  frozen(subject: Subject): string | null;
}

export function shieldsOf(input: PlanInput): Shields {
  const { policy, roster, keyOf } = input;
  const byKey = matcher(policy.protect.map(keyOf));
  const byPerson = matcher(policy.protect.map((pattern) => pattern.toLowerCase()));
  const reasons = new Map<string, string>();
  const reasonsByKey = new Map<string, string>();
  for (const { person, reason } of roster.frozen) {
    setFirst(reasons, person, reason);
    // Where grantees are emails the person is the key; elsewhere only the roster and the ledger can tell.
    setFirst(reasonsByKey, keyOf(person), reason);
  }
  return {
    isProtected: (subject) =>
      byKey(subject.key) || (policy.protect.length > 0 && personsOf(subject).some(byPerson)),
    frozen(subject) {
      if (reasons.size === 0) return null;
      const found = personsOf(subject).map((person) => reasons.get(person));
      return first([reasonsByKey.get(subject.key), ...found]);
    },
  };
}

/** The people to whom the roster and the ledger attribute a grantee: one, unless the sheet gives two the same id. */
function personsOf({ demand, known }: Subject): string[] {
  const persons = [...(demand?.active ?? []), ...(demand?.canceled ?? [])].map((each) => each.person);
  if (known !== undefined && known.person !== null) persons.push(known.person);
  return persons;
}

function setFirst(reasons: Map<string, string>, name: string, reason: string): void {
  const before = reasons.get(name);
  if (before === undefined || compareText(reason, before) < 0) reasons.set(name, reason);
}

function first(texts: readonly (string | undefined)[]): string | null {
  return texts.filter((text) => text !== undefined).sort(compareText)[0] ?? null;
}

/** Tells whether a text fits one of the patterns, where `*` stands for any run of characters. */
function matcher(patterns: readonly string[]): (text: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 's');
  });
  return (text) => expressions.some((expression) => expression.test(text));
}
