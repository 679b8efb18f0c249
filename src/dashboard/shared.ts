/** Whoever asks while an answer is being made gets that one: each costs calls to the roster's source and the providers. */
export function shared<T>(): (key: string, make: () => Promise<T>) => Promise<T> {
  const making = new Map<string, Promise<T>>();
  return (key, make) => {
    const answer = making.get(key) ?? make().finally(() => making.delete(key));
    making.set(key, answer);
    return answer;
  };
}
