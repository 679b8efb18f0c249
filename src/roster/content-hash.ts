import { createHash } from 'node:crypto';
import { isRow, type RowReading } from './read-row.ts';

/**
 * A hash of what the rows say. Row numbers and their order are left out, so that sorting the sheet changes nothing: each
 * row gets 64 bits, by a hash that is quick rather than proof against forgery, and those are added up.
 */
export function hashOf(tables: readonly (readonly RowReading[])[]): string {
  let [lows, highs, products, count] = [0, 0, 0, 0];
  for (const readings of tables) {
    for (const reading of readings) {
      const text = textOf(reading);
      // Two multiplications a character, as in cyrb53.
      let low = 0xdeadbeef;
      let high = 0x41c6ce57;
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        low = Math.imul(low ^ code, 2_654_435_761);
        high = Math.imul(high ^ code, 1_597_334_677);
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
  return createHash('sha256').update(`${lows} ${highs} ${products} ${count}`).digest('hex');
}

/** Between fields, which hold no control characters once they are cleaned. */
const END = '\u001F';

function textOf(row: RowReading): string {
  if (!isRow(row)) {
    return JSON.stringify(row.map(({ column, value, email, name }) => [column, value, email, name]));
  }
  const { email, name, cohort, startsOn, endsOn, canceled } = row;
  const pools =
    row.pools === null ? '*' : row.pools.length === 1 ? row.pools[0] : row.pools.toSorted().join();
  const text = `${email}${END}${name === null ? '' : `=${name}`}${END}${cohort}${END}${startsOn}${END}${endsOn}${END}${pools}`;
  const ids = Object.entries(row.granteeIds);
  return `${text}${canceled ? END : ''}${ids.length === 0 ? '' : JSON.stringify(ids.sort())}`;
}
