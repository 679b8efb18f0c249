import { isRow, type RowReading } from './read-row.ts';

/**
 * A hash of what the rows say. Row numbers and their order are left out, so that sorting the sheet changes nothing: each
 * row gets 64 bits, by a hash that is quick rather than proof against forgery, and those are added up.
 */
export function hashOf(tables: readonly (readonly RowReading[])[]): string {
  let [lows, highs, products, count] = [0, 0, 0, 0];
  for (const readings of tables) {
    for (const reading of readings) {
      // Two multiplications for two characters, as in cyrb53.
      let low = 0xdeadbeef;
      let high = 0x41c6ce57;
      for (const text of textsOf(reading)) {
        for (let at = 0; at < text.length; at += 2) {
          const next = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
          const code = text.charCodeAt(at) | (next << 16);
          low = Math.imul(low ^ code, 2_654_435_761);
          high = Math.imul(high ^ code, 1_597_334_677);
        }
        low = Math.imul(low ^ text.length, 2_654_435_761);
        high = Math.imul(high ^ text.length, 1_597_334_677);
      }
      low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ (high >>> 13);
      high = Math.imul(high ^ (high >>> 16), 3_266_489_909) ^ (low >>> 13);
      lows = (lows + low) | 0;
      highs = (highs + high) | 0;
      // So that two rows can't swap their halves unnoticed.
      products = (products + Math.imul(low, high | 1)) | 0;
      count += 1;
    }
  }
  return [lows, highs, products, count].map((sum) => (sum >>> 0).toString(16).padStart(8, '0')).join('');
}

function textsOf(row: RowReading): readonly string[] {
  if (!isRow(row))
    return row.flatMap(({ column, value, email, name }) => [column, value, email ?? '', name ?? '']);
  const pools =
    row.pools === null ? '*' : row.pools.length === 1 ? (row.pools[0] ?? '') : row.pools.toSorted().join();
  const texts = [
    row.email,
    row.name ?? '',
    row.cohort,
    row.startsOn,
    row.endsOn,
    pools,
    row.canceled ? '-' : '',
  ];
  const ids = Object.entries(row.granteeIds);
  return ids.length === 0 ? texts : texts.concat(ids.sort().flat());
}
