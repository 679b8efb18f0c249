import { addDays } from '../../../src/dates.ts';
import type { RosterRow } from '../../../src/roster/types.ts';
import { randomFrom } from './random.ts';

/** A row of a school's roster, with when it came to be known. */
export interface DatedRow {
  readonly row: RosterRow;
  /** The first day on which the roster has it. */
  readonly announcedOn: string;
  /** The first day on which it is marked canceled; null if it never is. */
  readonly canceledOn: string | null;
}

export interface SchoolShape {
  readonly name: string;
  readonly seed: number;
  readonly firstDay: string;
  readonly days: number;
  /** Weeks from one start to the next; less than five overlap. */
  readonly everyWeeks: number;
  /** Fewest and most instructors of a cohort. */
  readonly size: readonly [number, number];
  /** Of how many instructors they are chosen. */
  readonly staff: number;
  /** Of the instructors of a cohort, how many teach the next one that follows it. */
  readonly returning: number;
  /** Fewest and most days before its first day that a cohort is on the roster; null where it was there from the beginning. */
  readonly announced: readonly [number, number] | null;
  /** Of the rows, how many are withdrawn, at some time from the announcement to the last day. */
  readonly withdrawn: number;
}

const WEEKS = 5;

/** The roster of a school over its time and beyond, the same for the same shape. */
export function rosterOf(shape: SchoolShape): DatedRow[] {
  const random = randomFrom(shape.seed);
  const within = ([low, high]: readonly [number, number]) => low + Math.floor(random() * (high - low + 1));
  const rows: DatedRow[] = [];
  let before: readonly number[] = [];
  // Before the first day too, so that it begins amid the teaching, and beyond the last, so that nothing runs out there.
  for (let offset = -7 * WEEKS; offset < shape.days + 400; offset += 7 * shape.everyWeeks) {
    // A summer and a winter of fewer cohorts: every sixth start has none.
    const startsOn = addDays(shape.firstDay, offset + 7 * Math.floor(random() * 1.3));
    const size = random() < 0.15 ? 0 : within(shape.size);
    const whom = new Set(before.filter(() => random() < shape.returning).slice(0, size));
    while (whom.size < size) whom.add(Math.floor(random() * shape.staff));
    before = [...whom];
    const announcedOn =
      shape.announced === null ? addDays(shape.firstDay, -60) : addDays(startsOn, -within(shape.announced));
    for (const who of whom) {
      const canceled = random() < shape.withdrawn;
      const at = Math.floor(random() * 7 * WEEKS) - 14;
      rows.push({
        row: rowOf(rows.length + 2, who, startsOn),
        announcedOn,
        canceledOn: canceled ? addDays(startsOn, at) : null,
      });
    }
  }
  return rows;
}

function rowOf(row: number, who: number, startsOn: string): RosterRow {
  return {
    row,
    email: `instructor${who}@example.org`,
    name: `Instructor ${who}`,
    cohort: `c-${startsOn}`,
    startsOn,
    endsOn: addDays(startsOn, 7 * WEEKS - 1),
    pools: null,
    canceled: false,
    granteeIds: {},
  };
}

/** The roster as it stands on a day. */
export function rosterOn(rows: readonly DatedRow[], day: string): RosterRow[] {
  return rows
    .filter(({ announcedOn }) => announcedOn <= day)
    .map(({ row, canceledOn }) => ({ ...row, canceled: canceledOn !== null && canceledOn <= day }));
}
