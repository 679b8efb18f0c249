/**
 * How many slips of the keyboard lie between two texts: a character too many, too few, wrong, or two neighbors swapped
 * (Damerau-Levenshtein in its restricted form, "optimal string alignment"). Case counts.
 *
 * @param max where to stop counting; small, since the work grows by four with each.
 * @returns the distance, or `max + 1` if it is larger than `max`.
 */
export function typingDistance(a: string, b: string, max: number): number {
  return distanceFrom(a, 0, b, 0, max);
}

/** The distance of the rests of both texts. Equal first characters never cost anything, so they are skipped. */
function distanceFrom(a: string, aStart: number, b: string, bStart: number, max: number): number {
  let i = aStart;
  let j = bStart;
  while (i < a.length && j < b.length && a.charCodeAt(i) === b.charCodeAt(j)) {
    i++;
    j++;
  }
  const aLeft = a.length - i;
  const bLeft = b.length - j;
  if (Math.abs(aLeft - bLeft) > max) return max + 1;
  if (aLeft === 0 || bLeft === 0) return aLeft + bLeft;
  if (max === 0) return 1;
  let rest = Math.min(
    distanceFrom(a, i + 1, b, j + 1, max - 1),
    distanceFrom(a, i + 1, b, j, max - 1),
    distanceFrom(a, i, b, j + 1, max - 1),
  );
  if (swapped(a, i, b, j)) rest = Math.min(rest, distanceFrom(a, i + 2, b, j + 2, max - 1));
  return 1 + rest;
}

function swapped(a: string, i: number, b: string, j: number): boolean {
  return (
    i + 1 < a.length &&
    j + 1 < b.length &&
    a.charCodeAt(i) === b.charCodeAt(j + 1) &&
    a.charCodeAt(i + 1) === b.charCodeAt(j)
  );
}

/** The candidate with the fewest slips from `text`, case ignored; the first of equals, null if there are none. */
export function nearest(text: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = typingDistance(text.toLowerCase(), candidate.toLowerCase(), NEAREST_SLIPS);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Beyond this many slips all candidates count as equally far. */
const NEAREST_SLIPS = 4;
