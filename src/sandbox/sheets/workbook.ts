import { z } from 'zod';

/**
 * A cell as somebody typed it. A date shows as the spreadsheet's locale writes it, or as `text` says (a cell's own
 * number format); `time` makes it a date with a time of day. `chip` is a person by their address, who shows as `text`.
 */
const cell = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.strictObject({
    date: z.iso.date(),
    time: z
      .string()
      .regex(/^\d\d:\d\d$/)
      .optional(),
    text: z.string().optional(),
  }),
  z.strictObject({ chip: z.email(), text: z.string() }),
]);

const rows = z.array(z.array(cell));

const tab = z.strictObject({
  title: z.string().min(1),
  /** From A1 on. */
  rows: rows.default([]),
  /** Rows of the grid, filled or not. Default: 1000, as a new sheet has, or more if `rows` are. */
  rowCount: z.int().positive().optional(),
  /** Default: 26, or more if the rows are wider. */
  columnCount: z.int().positive().optional(),
  /** Numbers of rows hidden by hand, from 1; their values are read all the same. */
  hiddenRows: z.array(z.int().positive()).default([]),
  /** As `A2:A4`. Only the first cell of a merge has a value. */
  merges: z.array(z.string()).default([]),
  /** As the app's "Convert to table" makes them; names are unique in the spreadsheet. `range` as `A1:F40`. */
  tables: z.array(z.strictObject({ name: z.string().min(1), range: z.string() })).default([]),
});

export const workbookOptions = z.strictObject({
  id: z.string().min(1).default('sandbox-roster'),
  title: z.string().default('Teaching roster'),
  /** As the API writes it, with an underscore. Decides how dates and numbers show. */
  locale: z.string().default('en_US'),
  timeZone: z.string().default('America/New_York'),
  tabs: z
    .array(tab)
    .min(1)
    .default([{ title: 'Roster', rows: [], hiddenRows: [], merges: [], tables: [] }]),
  /** `range` as `Roster!A3:F40`. */
  namedRanges: z.array(z.strictObject({ name: z.string().min(1), range: z.string() })).default([]),
  /** Whether the service account may read it. */
  shared: z.boolean().default(true),
});

/** What replaces the rows of a tab. */
export const rowsChange = z.strictObject({
  /** Default: the first spreadsheet, its first tab. */
  spreadsheet: z.string().optional(),
  tab: z.string().optional(),
  rows,
});

export type Cell = z.output<typeof cell>;
export type DateCell = Extract<Cell, { date: string }>;
export type Tab = z.output<typeof tab>;
export type Workbook = z.output<typeof workbookOptions>;
export type WorkbookOptions = z.input<typeof workbookOptions>;
export type RowsChange = z.input<typeof rowsChange>;

/** The size of a tab's grid. */
export function gridOf({ rows, rowCount, columnCount }: Tab): { rowCount: number; columnCount: number } {
  return {
    rowCount: rowCount ?? Math.max(1000, rows.length),
    columnCount: columnCount ?? Math.max(26, ...rows.map((row) => row.length)),
  };
}
