import { Temporal } from 'temporal-polyfill';
import type { IsoDate } from '../dates.ts';
import { cellText } from './normalize.ts';
import type { Cell } from './table.ts';

/** How text dates are written. ISO dates (2026-11-24) are understood whatever is set here. */
export type DateFormat = 'iso' | 'dmy' | 'mdy';

export type DateReading =
  | { readonly ok: true; readonly date: IsoDate }
  | { readonly ok: false; readonly problem: string };

const LAYOUT = { iso: 'YYYY-MM-DD', dmy: 'day/month/year', mdy: 'month/day/year' } satisfies Record<
  DateFormat,
  string
>;

/** A date out of these years is a slip (2062 for 2026), or a number that is no date. */
const FIRST_YEAR = 2015;
const LAST_YEAR = 2045;
const FIRST_SERIAL = 42_005;
const LAST_SERIAL = 53_327;

/** Day 0 of the serial numbers of Google Sheets and of Excel after February 1900. */
const SERIAL_ZERO = new Temporal.PlainDate(1899, 12, 30);

/**
 * The calendar date that a cell of a date column holds. It is a date on the wall, without a zone: no clock and no
 * offset comes near it. Nothing is guessed, rounded or moved to the nearest valid day.
 *
 * @param cell a serial day number, a date as a spreadsheet shows it, or text.
 * @param serialOffset what makes a bare number a day since 1899-12-30.
 * @returns the date, or what is wrong with it. A blank cell is a problem too: the caller knows whether it may be blank.
 */
export function readDate(cell: Cell | undefined, format: DateFormat, serialOffset = 0): DateReading {
  if (typeof cell === 'number') return fromSerial(cell + serialOffset, `the number ${cell}`);
  if (typeof cell === 'object' && cell !== null) return fromSerial(cell.serial, cell.shown);
  const text = cellText(cell);
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (iso) return fromParts(text, iso[1], iso[2], iso[3]);
  const typed = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})$/.exec(text);
  if (typed && format === 'dmy') return fromParts(text, typed[4], typed[3], typed[1]);
  if (typed && format === 'mdy') return fromParts(text, typed[4], typed[1], typed[3]);
  return { ok: false, problem: textProblem(text, format, typed !== null) };
}

/** A cell of a date column as its reader knows it: a bare number that can be a day is written out. */
export function dateAsShown(cell: Cell | undefined, serialOffset: number): Cell | undefined {
  if (typeof cell !== 'number') return cell;
  const reading = fromSerial(Math.floor(cell + serialOffset), '');
  return reading.ok ? `${reading.date}${Number.isInteger(cell) ? '' : ' and a time'}` : cell;
}

function fromSerial(serial: number, what: string): DateReading {
  if (!(serial >= FIRST_SERIAL && serial < LAST_SERIAL + 1)) {
    return {
      ok: false,
      problem: `${what} is not a date between ${FIRST_YEAR} and ${LAST_YEAR}`,
    };
  }
  if (!Number.isInteger(serial)) {
    return { ok: false, problem: 'the date has a time of day: enter the date alone' };
  }
  return { ok: true, date: SERIAL_ZERO.add({ days: serial }).toString() };
}

function fromParts(text: string, year = '', month = '', day = ''): DateReading {
  const parts = { year: Number(year), month: Number(month), day: Number(day) };
  if (parts.year < FIRST_YEAR || parts.year > LAST_YEAR) {
    return { ok: false, problem: `the year ${year} is not between ${FIRST_YEAR} and ${LAST_YEAR}` };
  }
  try {
    return { ok: true, date: Temporal.PlainDate.from(parts, { overflow: 'reject' }).toString() };
  } catch {
    return { ok: false, problem: `there is no such day as ${text}` };
  }
}

function textProblem(text: string, format: DateFormat, typed: boolean): string {
  if (text === '') return 'there is no date';
  const expected = `not a date written as ${LAYOUT[format]}`;
  if (typed) {
    return `${expected} (if all dates are written like this one, set roster.dateFormat to dmy or mdy)`;
  }
  if (/\d[T ]\d{1,2}:\d{2}/.test(text)) return 'the date has a time of day: enter the date alone';
  if (/^\d{5}(\.\d+)?$/.test(text)) {
    return `${expected}: it looks like a spreadsheet's day number, so format the column as a date before exporting it`;
  }
  if (/^\d{1,2}[/.-]\d{1,2}[/.-]\d{2}$/.test(text)) return `${expected}: the year has to have four digits`;
  return expected;
}
