import { Temporal } from 'temporal-polyfill';

/** Another seed every day, so that slices of large tables move on; the environment variable replays one. */
export function seedOfToday(variable: string): number {
  const given = process.env[variable];
  if (given !== undefined) return Number(given);
  return Math.floor(Temporal.Now.instant().epochMilliseconds / 86_400_000);
}

/** A fixed order for each seed. */
export function shuffledBy<T>(items: readonly T[], seed: number): T[] {
  let state = seed >>> 0;
  // A linear congruential generator (Numerical Recipes) is random enough to mix a list.
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  return items
    .map((item) => ({ item, rank: next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
