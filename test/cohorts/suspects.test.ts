import { describe, expect, it } from 'vitest';
import { suspects } from '../../src/cohorts/suspects.ts';
import { cpuTime } from '../support/cpu-time.ts';

function person(email: string, name: string | null = null) {
  return { email, name };
}

const BOB = person('bob@x.org', 'Bob Stone');
const ANNA = person('anna.lind@example.org', 'Anna Lind');
const PEOPLE = [
  BOB,
  ANNA,
  person('ana@x.org', 'Ana Lima'),
  person('instructor12@example.org', 'Instructor Twelve'),
];

function named(
  email: string | null,
  name: string | null = null,
  people: readonly { email: string; name: string | null }[] = PEOPLE,
) {
  return suspects({ email, name }, people);
}

describe('suspects: an address', () => {
  it('names the person whose address it is, and nobody who is merely near', () => {
    expect(named('anna.lind@example.org', null, [ANNA, person('anna.lint@example.org')])).toEqual([
      ANNA.email,
    ]);
  });

  it.each([
    'bob@x,org',
    'bob@x;org',
    'bob@x org',
    'bob @x.org',
    'bo b@x.org',
    'bob@x..org',
    'bob@x.org.',
    'bob@x.org,',
    '<bob@x.org>',
    'Bob Stone <bob@x.org>',
    'mailto:bob@x.org',
    '"bob@x.org"',
    'bob@@x.org',
    'bob(at)x.org',
    'bob [at] x.org',
    'BOB@X,ORG',
    'bob＠x.org',
    'bób@x.org',
    'bоb@x.org',
    'bob@x.org/',
    'bob at x.org',
    'bob%40x.org',
    'mailto:bob@x.org?subject=Seat',
    '&lt;bob@x.org&gt;',
    '=HYPERLINK("mailto:bob@x.org","Bob")',
  ])('corrects %j to the known bob@x.org', (typed) => {
    expect(named(typed)).toEqual(['bob@x.org']);
  });

  it('is known by its beginning, as a comma in a CSV file cuts it', () => {
    const people = [person('ann@x.org', 'Ann Org'), person('cyd@x.org', 'Cyd'), person('cyd.lee@x.org')];
    expect(named('cyd@x', 'org', people)).toEqual(['cyd@x.org']);
    expect(named('cyd@', null, people)).toEqual(['cyd@x.org']);
  });

  it('is itself named, corrected, when nobody is known yet', () => {
    expect(named('bob@x,org', null, [])).toEqual(['bob@x.org']);
    expect(named('new@x.org', null, [])).toEqual(['new@x.org']);
  });

  it('names everyone when a cell holds several', () => {
    expect(named('bob@x.org; ana@x.org')).toEqual(['bob@x.org', 'ana@x.org']);
  });

  it('is found in the name column when the cells were swapped', () => {
    expect(named('Bob Stone', 'bob@x.org')).toEqual(['bob@x.org']);
  });
});

describe('suspects: typing slips', () => {
  it.each([
    ['a letter too few', 'anna.lid@example.org'],
    ['a letter too many', 'anna.linnd@example.org'],
    ['a wrong letter', 'anna.lint@example.org'],
    ['two letters swapped', 'anna.lidn@example.org'],
    ['two slips', 'ana.lidn@example.org'],
    ['a slip in the domain', 'anna.lind@exmaple.org'],
    ['the @ missing', 'anna.lindexample.org'],
    ['a comma as well as a slip', 'anna.lnd@example,org'],
  ])('finds the known address behind %s', (_, typed) => {
    expect(named(typed)).toContain(ANNA.email);
  });

  it('finds a short name behind a slip in its domain, or behind a missing @', () => {
    expect(named('bob@x.ogr')).toContain('bob@x.org');
    expect(named('bobx.org')).toEqual(['bob@x.org']);
  });

  it('names only those with the fewest slips', () => {
    const people = [
      person('martina@example.org'),
      person('martine@example.org'),
      person('martinez@example.org'),
    ];
    expect(named('martinaexample.org', null, people)).toEqual(['martina@example.org']);
  });

  it.each([
    ['three slips', 'anna.xxxd@example.org'],
    ['another short name', 'ann@x.org'],
    ['another number', 'instructor21@example.org'],
  ])('does not take %s for a slip', (_, typed) => {
    expect(named(typed)).toEqual([typed]);
  });
});

describe('suspects: a name', () => {
  it.each(['Anna Lind', ' anna  LIND ', 'Lind, Anna', 'Änna Lind', 'ANNA-LIND'])('finds %j', (name) => {
    expect(named(null, name)).toEqual([ANNA.email]);
    expect(named('#REF!', name)).toEqual([ANNA.email]);
  });

  it('is found where the address should be, as a people chip leaves it', () => {
    expect(named('Anna Lind')).toEqual([ANNA.email]);
  });

  it('is compared in other scripts too', () => {
    expect(named(null, 'Анна Линд', [person('al@x.org', 'линд анна')])).toEqual(['al@x.org']);
  });

  it('adds its owner when the address is unknown, since either cell may be the wrong one', () => {
    expect(named('a.lind@example.org', 'Anna Lind')).toEqual(['a.lind@example.org', ANNA.email]);
  });

  it('names all namesakes', () => {
    expect(named(null, 'Ann Lee', [person('a@x.org', 'Ann Lee'), person('b@x.org', 'Lee Ann')])).toHaveLength(
      2,
    );
  });

  it('finds nobody behind a name that is no one’s, or that has no letters', () => {
    expect(named(null, 'Bob')).toEqual([]);
    expect(named(null, '-', [person('a@x.org', '--')])).toEqual([]);
    expect(named(null, null)).toEqual([]);
  });
});

describe('suspects: speed', () => {
  it('puts 100 doubtful rows to 10,000 people in well under a second', () => {
    const people = Array.from({ length: 10_000 }, (_, n) =>
      person(`${letters(n)}.${letters(n * 7919)}@example.org`, `${letters(n)} ${letters(n * 31)}`),
    );
    const spent = cpuTime(() => {
      for (let n = 0; n < 100; n++)
        named(`${letters(n * 97)}.${letters(n)}@example,org`, `${letters(n * 13)} lee`, people);
    });
    expect(spent).toBeLessThan(1000);
  });

  function letters(n: number): string {
    return [...String(n % 100_000)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
  }
});
