import { describe, expect, it } from 'vitest';
import { normalizeEmail } from '../src/emails.ts';

describe('normalizeEmail', () => {
  it.each([
    'Ann@X.org',
    'ann@example.org ',
    '\tann@example.org\u00a0',
    '\u200bann@example.org',
    'ann\u200d@x.\ufefforg',
    '\u202aann@example.org\u202c',
    'ann@x\u00ad.org',
    '\u00a0\u200b ann@example.org \u200b\u00a0',
  ])('has one form for %j', (spelling) => {
    expect(normalizeEmail(spelling)).toBe('ann@example.org');
  });

  it('keeps what tells two addresses apart', () => {
    expect(normalizeEmail('ann+tag@example.org')).toBe('ann+tag@example.org');
    expect(normalizeEmail('a.nn@example.org')).toBe('a.nn@example.org');
    expect(normalizeEmail('u_42')).toBe('u_42');
  });

  it('has one form for a composed and a decomposed letter', () => {
    expect(normalizeEmail('rene\u0301@example.org')).toBe(normalizeEmail('ren\u00e9@example.org'));
  });
});
