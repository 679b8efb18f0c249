/** A number of things in words: `1 seat`, `2 seats`, `1 person`, `0 people`. @param several default: with an s. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
