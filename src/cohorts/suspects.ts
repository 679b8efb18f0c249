import { cleanText, normalizeEmail } from '../roster/normalize.ts';
import { typingDistance } from '../typing-distance.ts';
import { nameKey, namesLike } from './names.ts';

/** What a row that could not be read says of its person, as it stands. */
export interface DoubtfulPerson {
  readonly email: string | null;
  readonly name: string | null;
}

/** Someone whom we know, by normalized email. */
export interface KnownPerson {
  readonly email: string;
  readonly name: string | null;
}

/**
 * Whom a doubtful row most likely names: they keep what they have (rule 2).
 *
 * If the row has a known person's address, one that becomes it by correcting signs (`bob@x,org`), or the beginning of it
 * (`bob@x`, as a comma cuts it in a CSV file), it names that person. Otherwise everyone who may be meant is named: the address itself, those of the known addresses that are
 * fewest slips of the keyboard away, and those with the same name. One too many keeps a seat until the row is
 * corrected; one too few loses it.
 *
 * @returns normalized emails, without repeats; none if the row says too little.
 */
export function suspects(problem: DoubtfulPerson, people: Iterable<KnownPerson>): string[] {
  // Both columns are searched for both, since the cells may have been swapped.
  const texts = [problem.email, problem.name].filter((text) => text !== null);
  const typed = texts.map(asAddress);
  const addresses = new Set(typed.flatMap(addressesIn));
  const cut = typed.filter((text) => /^[^@\s]+@[^@\s]*$/.test(text) && normalizeEmail(text) === null);
  const near = new NearAddresses(typed.filter((text) => /[@.]/.test(text)).map(withoutSpace));
  const sameName = namesLike(texts.filter((text) => !text.includes('@')).map(nameKey));
  const known: string[] = [];
  const namesakes: string[] = [];
  for (const { email, name } of people) {
    if (addresses.has(email) || cut.some((start) => email.startsWith(start))) known.push(email);
    near.consider(email);
    if (name !== null && sameName(name)) namesakes.push(email);
  }
  return [...new Set(known.length > 0 ? known : [...addresses, ...near.found, ...namesakes])];
}

/** Letters of other scripts that look like Latin ones, as they get into an address by a keyboard left in another layout. */
const LOOKALIKES = new Map(
  [...'аеорсухіѕјԁһαορν'].map((letter, at) => [letter, [...'aeopcyxisjdhaopv'][at] ?? letter]),
);

/** What was meant to be typed: plain lower-case letters instead of full-width, accented and lookalike ones, one `@`. */
function asAddress(text: string): string {
  const plain = cleanText(text)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/\s*[([]at[)\]]\s*|%40|@+/g, '@');
  const typed = plain.includes('@') ? plain : plain.replace(/^(\S+) at (\S+\.\S+)$/, '$1@$2');
  return /^[\u0020-\u007E]*$/.test(typed)
    ? typed
    : [...typed].map((one) => LOOKALIKES.get(one) ?? one).join('');
}

/** The addresses that a text holds as they are, and what the whole text becomes once its signs are corrected. */
function addressesIn(text: string): string[] {
  const corrected = text.split('@').length === 2 ? [dotted(text), withoutStraySigns(text)] : [];
  const tokens = text.split(/[\s,;:|/\\"()<>[\]?&=]+/);
  return [...corrected, ...tokens].flatMap((one) => normalizeEmail(one.replace(/^\.+|\.+$/g, '')) ?? []);
}

/** `bob@x,org` and `bob@x org` as `bob@x.org`. */
function dotted(text: string): string {
  return text
    .replace(/[\s,;]+/g, '.')
    .replace(/\.{2,}/g, '.')
    .replace(/\.?@\.?/, '@');
}

/** `<bob@x.org>`, `bob @x.org` and `mailto:bob@x.org` as `bob@x.org`. */
function withoutStraySigns(text: string): string {
  return text.replace(/^mailto:/, '').replace(/[^a-z0-9.@_+'-]/g, '');
}

function withoutSpace(text: string): string {
  return text.replace(/\s/g, '');
}

/** Collects the known addresses that are the fewest slips of the keyboard away from one of the texts. */
class NearAddresses {
  found: string[] = [];
  #slips = 3;
  readonly #texts: readonly string[];

  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  consider(email: string): void {
    for (const text of this.#texts) {
      const slips = slipsBetween(text, email, Math.min(this.#slips, 2));
      if (slips > 2 || slips > this.#slips) continue;
      if (slips < this.#slips) this.found = [];
      this.#slips = slips;
      this.found.push(email);
    }
  }
}

/**
 * Slips between what was typed and a known address; infinite if they can't be the same person's. Short names differ by
 * a letter without a slip (`ann`, `ana`), and numbered ones by a digit (`instructor12`, `instructor21`).
 */
function slipsBetween(typed: string, email: string, max: number): number {
  const slips = typingDistance(typed, email, max);
  if (slips > max || digits(typed) !== digits(email)) return Number.POSITIVE_INFINITY;
  const local = email.slice(0, email.indexOf('@'));
  const typedLocal = typed.slice(0, typed.lastIndexOf('@') === -1 ? typed.length : typed.lastIndexOf('@'));
  const allowed = local.length <= 3 ? 0 : local.length <= 5 ? 1 : 2;
  const localSlips = typed.includes('@') ? typingDistance(typedLocal, local, 2) : slips - 1;
  return localSlips > allowed ? Number.POSITIVE_INFINITY : slips;
}

function digits(text: string): string {
  return text.replace(/\D/g, '');
}
