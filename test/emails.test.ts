import { describe, expect, it } from 'vitest';
import { normalizeEmail } from '../src/emails.ts';

describe('normalizeEmail', () => {
  it.each([
    'Ann@X.org',
    'ann@x.org ',
    '\tann@x.org\u00a0',
    '\u200bann@x.org',
    'ann\u200d@x.\ufefforg',
    '\u202aann@x.org\u202c',
    'ann@x\u00ad.org',
    '\u00a0\u200b ann@x.org \u200b\u00a0',
  ])('has one form for %j', (spelling) => {
    expect(normalizeEmail(spelling)).toBe('ann@x.org');
  });

  it('keeps what tells two addresses apart', () => {
    expect(normalizeEmail('ann+tag@x.org')).toBe('ann+tag@x.org');
    expect(normalizeEmail('a.nn@x.org')).toBe('a.nn@x.org');
    expect(normalizeEmail('u_42')).toBe('u_42');
  });

  it('has one form for a composed and a decomposed letter', () => {
    expect(normalizeEmail('rene\u0301@x.org')).toBe(normalizeEmail('ren\u00e9@x.org'));
  });
});
