import { describe, expect, it } from 'vitest';
import {
  cellAsShown,
  cleanText,
  emailProblem,
  isErrorCell,
  normalizeEmail,
} from '../../src/roster/normalize.ts';
import { cpuTime } from '../support/cpu-time.ts';

describe('cleanText', () => {
  it('removes what nobody sees and joins every kind of space', () => {
    expect(cleanText('\uFEFF\u00A0 Ann\u200B\u200E\t\n Lee\u00AD\u2060\u202F')).toBe('Ann Lee');
  });

  it('composes letters, and keeps case', () => {
    expect(cleanText('Zoe\u0308')).toBe('Zo\u00EB');
  });
});

describe('normalizeEmail', () => {
  it.each([
    ['Bob@X.Org', 'bob@x.org'],
    ['\u00A0bob@x.org\u00A0', 'bob@x.org'],
    ['\u200Bbob@x\u200C.org\u200D\uFEFF\u2060', 'bob@x.org'],
    ['\u202Abob@x.org\u202C', 'bob@x.org'],
    ["o'brien+tag@mail.example.org", "o'brien+tag@mail.example.org"],
    ['bob@xn--bcher-kva.example', 'bob@xn--bcher-kva.example'],
    ['a@1x.org', 'a@1x.org'],
  ])('takes %j', (text, email) => expect(normalizeEmail(text)).toBe(email));

  it('keeps plus-addresses apart', () => {
    expect(normalizeEmail('bob+1@x.org')).not.toBe(normalizeEmail('bob@x.org'));
  });

  it.each([
    '',
    'bob',
    'bob@x,org',
    'bob@x',
    'bob@x.o',
    'bob@x.123',
    'bob@.org',
    'bob@x..org',
    'bob@x.org.',
    '.bob@x.org',
    'bob.@x.org',
    'bo..b@x.org',
    'bo b@x.org',
    'bob@@x.org',
    'bob@x@x.org',
    'bob@-x.org',
    'bob@x-.org',
    'bob@x.org, sue@x.org',
    'Bob <bob@x.org>',
    'mailto:bob@x.org',
    '"bob"@x.org',
    'bob@[127.0.0.1]',
    'bób@x.org',
    'bоb@x.org',
    'bob＠x.org',
    'bob\u0000@x.org',
    `${'a'.repeat(65)}@x.org`,
    `a@${'x'.repeat(64)}.org`,
    `a@${'x.'.repeat(130)}org`,
  ])('refuses %j', (text) => expect(normalizeEmail(text)).toBeNull());

  it('takes at most 256 characters, and is quick to refuse more', () => {
    const long = (length: number) => `a@${'x.'.repeat((length - 5) / 2)}${length % 2 === 0 ? 'x' : ''}org`;
    expect(long(255)).toHaveLength(255);
    expect(normalizeEmail(long(255))).not.toBeNull();
    expect(cpuTime(() => expect(normalizeEmail(`${'a'.repeat(1_000_000)}@`)).toBeNull())).toBeLessThan(500);
  });
});

describe('emailProblem', () => {
  it.each([
    ['', 'there is no email address'],
    ['bob@x,org', 'not an email address'],
    ['Bob Stone', 'people chip'],
    ['bоb@x.org', 'U+043E'],
    ['bob@x.org; sue@x.org', 'several'],
    [`${'a'.repeat(300)}@x.org`, 'longer'],
  ])('explains %j', (text, words) => expect(emailProblem(text)).toContain(words));
});

describe('cells', () => {
  it.each(['#REF!', '#N/A', '#n/a', '#VALUE!', '#DIV/0!', '#NAME?', '#ERROR!', '#SPILL!', 'Loading...'])(
    '%s is an error',
    (text) => expect(isErrorCell(text)).toBe(true),
  );

  it.each(['#12', '# 1', 'N/A', 'Loading', ''])('%j is none', (text) =>
    expect(isErrorCell(text)).toBe(false),
  );

  it('are cut to 100 characters when shown, between whole ones', () => {
    expect(cellAsShown('😀'.repeat(120))).toBe('😀'.repeat(100));
    expect(cellAsShown(undefined)).toBe('');
    expect(cellAsShown(0)).toBe('0');
  });
});
