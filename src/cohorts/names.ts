/**
 * What makes two names the same person's: letters and digits only, without accents and case, the words in any order, so
 * that `Lee, Ann` is `ann lee`. '' for a name without letters.
 */
export function nameKey(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return plain
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .sort()
    .join(' ');
}

/** A test for names that have one of the keys. It is cheap for names that have not: thousands are put to it a row. */
export function namesLike(keys: readonly string[]): (name: string) => boolean {
  const wanted = new Set(keys.filter((key) => key !== ''));
  const weights = new Set([...wanted].map(weight));
  return (name) => {
    if (wanted.size === 0) return false;
    const weighed = weight(name);
    return (weighed === null || weights.has(weighed)) && wanted.has(nameKey(name));
  };
}

/** A number that is the same for all names of one key; null if that takes more than a look at ASCII letters. */
function weight(name: string): number | null {
  let sum = 0;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code > 126) return null;
    const lower = code >= 65 && code <= 90 ? code + 32 : code;
    if ((lower >= 97 && lower <= 122) || (lower >= 48 && lower <= 57)) sum += lower * lower;
  }
  return sum;
}
