import { Temporal } from 'temporal-polyfill';
import type { Parts } from './parts.ts';
import type { ZipEntry } from './zip.ts';

/** By the number of a cell's style: how it writes dates; null where it is no date's. */
export type Styles = readonly (string | null)[];

/**
 * Number formats that every workbook has without writing them out (ECMA-376, part 1, 18.8.30). `iso` stands for those that
 * each machine writes in its own country's way.
 */
const BUILT_IN = new Map<number, string>([
  ...[14, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map((id): [number, string] => [id, 'iso']),
  [15, 'd-mmm-yy'],
  [16, 'd-mmm'],
  [17, 'mmm-yy'],
  ...[18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56].map((id): [number, string] => [id, 'h:mm']),
]);

export async function readStyles(parts: Parts, entry: ZipEntry | null, signal: AbortSignal): Promise<Styles> {
  const styles: (string | null)[] = [];
  if (entry === null) return styles;
  const formats = new Map(BUILT_IN);
  let inCellFormats = false;
  const handlers = {
    open: (element: string, attributes: Readonly<Record<string, string>>) => {
      const id = Number(attributes.numFmtId);
      if (element === 'cellXfs') inCellFormats = true;
      if (element === 'numFmt') formats.set(id, attributes.formatCode ?? '');
      if (element === 'xf' && inCellFormats) styles.push(datePattern(formats.get(id) ?? ''));
    },
    close: (element: string) => {
      if (element === 'cellXfs') inCellFormats = false;
    },
  };
  await parts.parse(entry, handlers, signal);
  return styles;
}

/** The part of a format that writes dates, without colors, conditions and locales; null if it writes none. */
function datePattern(format: string): string | null {
  const [section = ''] = format.split(';');
  const pattern = section.replace(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '').replace(/[_*]./g, '');
  const tokens = pattern.replace(/"[^"]*"|\\./g, '');
  return format === 'iso' || (/[dmyhs]/i.test(tokens) && !/general|[0#?]/i.test(tokens)) ? pattern : null;
}

const DAY_ZERO = Temporal.PlainDate.from('1899-12-30');

/**
 * A day number as a workbook's format shows it, in English; as an ISO date where the format has a time of day, or parts
 * that depend on the machine.
 */
export function shownDate(serial: number, pattern: string): string {
  if (!(serial >= 0 && serial < 2_958_466)) return String(serial);
  const date = DAY_ZERO.add({ days: Math.floor(serial) });
  const tokens = pattern.match(/"[^"]*"|\\.|y+|m+|d+|[a-z]|[^a-z"\\]+/gi) ?? [];
  const plain =
    pattern !== 'iso' && tokens.every((token) => token.length > 1 || !/[a-ce-ln-xz]/i.test(token));
  if (!plain || !Number.isInteger(serial)) return isoText(date, serial);
  return tokens.map((token) => partOf(date, token)).join('');
}

function isoText(date: Temporal.PlainDate, serial: number): string {
  const minutes = Math.floor((serial - Math.floor(serial)) * 1440);
  const time = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return minutes === 0 ? date.toString() : `${date} ${time}`;
}

function partOf(date: Temporal.PlainDate, token: string): string {
  if (token.startsWith('"')) return token.slice(1, -1);
  if (token.startsWith('\\')) return token.slice(1);
  const name = (options: Intl.DateTimeFormatOptions) => date.toLocaleString('en-US', options);
  switch (token.toLowerCase()) {
    case 'yyyy':
    case 'yyy':
      return String(date.year);
    case 'yy':
    case 'y':
      return String(date.year % 100).padStart(2, '0');
    case 'mmmm':
      return name({ month: 'long' });
    case 'mmm':
      return name({ month: 'short' });
    case 'mm':
      return String(date.month).padStart(2, '0');
    case 'm':
      return String(date.month);
    case 'dddd':
      return name({ weekday: 'long' });
    case 'ddd':
      return name({ weekday: 'short' });
    case 'dd':
      return String(date.day).padStart(2, '0');
    case 'd':
      return String(date.day);
    default:
      return token;
  }
}
