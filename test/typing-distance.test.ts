import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest, typingDistance } from '../src/typing-distance.ts';

/** The textbook table, to compare with. */
function tableDistance(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const at = (i: number, j: number) => table[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      table[i]?.splice(j, 1, swapped ? Math.min(best, at(i - 2, j - 2) + 1) : best);
    }
  }
  return at(a.length, b.length);
}

describe('typingDistance', () => {
  it.each([
    ['', '', 0],
    ['bob', 'bob', 0],
    ['bob', 'bb', 1],
    ['bob', 'bbo', 1],
    ['bob', 'rob', 1],
    ['bob', 'bobby', 2],
    ['bob', 'alice', 3],
  ])('of %j and %j is %d, counted up to 2', (a, b, distance) =>
    expect(typingDistance(a, b, 2)).toBe(distance),
  );

  it('is that of the textbook', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 4 }), (a, b, max) => {
        expect(typingDistance(a, b, max)).toBe(Math.min(tableDistance(a, b), max + 1));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('nearest', () => {
  it('is the candidate with the fewest slips, the first of equals', () => {
    expect(nearest('emial', ['name', 'Email', 'mail'])).toBe('Email');
    expect(nearest('xxxxxxxxx', ['a', 'b'])).toBe('a');
    expect(nearest('x', [])).toBeNull();
  });
});
