/** A number of things in words: `1 seat`, `2 seats`, `1 person`, `0 people`. @param several default: with an s. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

/** The first of a list in words: `a, b and 3 more`. @param most that are named before the rest is counted. */
export function someOf(names: readonly string[], most: number): string {
  const more = names.length - most;
  return `${names.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
