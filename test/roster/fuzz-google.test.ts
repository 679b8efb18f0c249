import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RosterError } from '../../src/errors.ts';
import { readRoster } from '../../src/roster/read-roster.ts';
import type { Roster } from '../../src/roster/types.ts';
import { type Answer, type GoogleStandIn, startGoogle, tab, values } from './google-stand-in.ts';
import { COLUMNS, contextWith } from './helpers.ts';

let google: GoogleStandIn;
let credentials: string;

beforeAll(async () => {
  google = await startGoogle();
  credentials = await google.keyFile();
});
afterAll(() => google.close());

const ROWS = [
  ['Email', 'Instructor', 'Cohort', 'Start date'],
  ['Ann Lee', 'Ann', 46_327, 46_350],
  [],
  ['bob@example.org', 'José', '2026-11', 46_350],
  ['cem@x,org', 'Cem', 'C', 'soon'],
  ['dan@example.org', 'Dan', 'C'],
];

/** What is answered when all is well: to the request for the tabs, for the cells, and for how some of them show. */
const GOOD = {
  tabs: { spreadsheetId: 'SHEET', sheets: [tab('Roster', { merges: [{ ...range(5, 6), ...columns(3) }] })] },
  cells: values(ROWS),
  details: {
    sheets: [
      {
        properties: { title: 'Roster' },
        data: [
          {
            startRow: 1,
            rowData: [
              { values: [{ chipRuns: [{ chip: { personProperties: { email: 'ann@example.org' } } }] }] },
            ],
          },
          {
            startRow: 1,
            startColumn: 2,
            rowData: [
              {
                values: [
                  {
                    formattedValue: '2026-11',
                    effectiveFormat: { numberFormat: { type: 'DATE' } },
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  },
};
type Asked = keyof typeof GOOD;

function range(startRowIndex: number, endRowIndex: number) {
  return { sheetId: 0, startRowIndex, endRowIndex };
}

function columns(startColumnIndex: number) {
  return { startColumnIndex, endColumnIndex: startColumnIndex + 1 };
}

/** Reads once, with one of the answers as given whenever it is asked for. */
async function readWith(asked: Asked, answer: Answer): Promise<Roster | RosterError> {
  const of = (which: Asked): Answer => (which === asked ? answer : { body: GOOD[which] });
  // The tabs are asked for until that works, and how cells show after them.
  const gets = asked === 'details' ? [of('tabs'), ...many(answer)] : [of('tabs'), of('details')];
  google.next.get.splice(0, Infinity, ...(asked === 'tabs' ? many(answer) : gets));
  google.next.values.splice(0, Infinity, ...many(of('cells')));
  const settings = { spreadsheetId: 'SHEET', credentials, apiRootUrl: google.url };
  const rest = { source: 'google-sheets', dateFormat: 'iso', columns: COLUMNS } as const;
  try {
    return await readRoster({ ...settings, ...rest }, contextWith({ attemptMs: 2000 }));
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(RosterError);
    if (thrown instanceof RosterError) return thrown;
    throw thrown;
  }
}

function many(answer: Answer): Answer[] {
  return Array.from({ length: 40 }, () => answer);
}

/**
 * A roster of which every row of the answer is a row, a problem or blank; or one error, which names the defect as the
 * sheet's or the answer's, not as ours.
 */
function expectAccounted(result: Roster | RosterError, sent: Buffer) {
  if (result instanceof RosterError) {
    expect(result.advice).not.toContain('defect of cohort-sync');
    return;
  }
  const rowsSent = rowsIn(sent);
  const withProblems = new Set(result.problems.map(({ row }) => row));
  expect(result.rows.length + withProblems.size).toBe(result.rowCount);
  const header = rowsSent.findIndex((cells) => cells.some((cell) => /^email$/i.test(String(cell).trim())));
  expect(header).not.toBe(-1);
  const below = rowsSent.slice(header + 1);
  expect(result.rowCount).toBe(below.filter((cells) => cells.some(saysSomething)).length);
  expect(result.rowCount + result.blankCount).toBe(below.length);
}

/** Not blank; an unticked checkbox is. */
function saysSomething(cell: unknown): boolean {
  return cell !== null && cell !== false && !/^(FALSE|[\s\p{Cf}]*)$/u.test(String(cell));
}

/** The rows of the cells as any reader of JSON finds them. */
function rowsIn(sent: Buffer): unknown[][] {
  const answer: { valueRanges: { values: unknown[][] }[] } = JSON.parse(sent.toString());
  return answer.valueRanges[0]?.values ?? [];
}

const CELLS = Buffer.from(JSON.stringify(GOOD.cells));

const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) });

function damaged(bytes: Buffer, changes: readonly { at: number; byte: number }[], kept: number): Buffer {
  const copy = Buffer.from(bytes.subarray(0, Math.floor(bytes.length * Math.min(1, kept))));
  for (const { at, byte } of changes) if (copy.length > 0) copy[Math.floor(at * (copy.length - 1))] = byte;
  return copy;
}

it('undamaged, the answers are a roster', async () => {
  const result = await readWith('cells', { body: CELLS });
  expect(result).toMatchObject({
    rows: [
      { row: 2, email: 'ann@example.org', cohort: '2026-11' },
      { row: 4, name: 'José' },
    ],
    problems: [{ row: 5 }, { row: 5 }, { row: 6 }],
    rowCount: 4,
    blankCount: 1,
  });
  expectAccounted(result, CELLS);
});

describe.each(['tabs', 'cells', 'details'] as const)(
  'whatever the bytes of the answer with the %s',
  (asked) => {
    const good = Buffer.from(JSON.stringify(GOOD[asked]));
    const cells = (sent: Buffer) => (asked === 'cells' ? sent : CELLS);

    it('some of them changed, its end cut off', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { maxLength: 4 }),
          fc.double({ min: 0.3, max: 2, noNaN: true }),
          fc.constantFrom(200, 200, 200, 206, 403, 404, 500),
          async (changes, kept, status) => {
            const sent = damaged(good, changes, kept);
            expectAccounted(await readWith(asked, { status, body: sent }), cells(sent));
          },
        ),
        { numRuns: 80 },
      );
    });

    it('one of its values of another type, absent or repeated', async () => {
      const other = fc.constantFrom<string>(
        'null',
        'true',
        '""',
        '"x"',
        '-1',
        '0.5',
        '1e999',
        '123456789012345678901234567890',
        '[]',
        '[[]]',
        '{}',
        '[null]',
        '{"__proto__":{"values":[]}}',
        '"\\ud800"',
      );
      const places = placesIn(GOOD[asked]);
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...places), other, async (place, value) => {
          const sent = Buffer.from(withValue(GOOD[asked], place, value));
          expectAccounted(await readWith(asked, { body: sent }), cells(sent));
        }),
        { numRuns: 80 },
      );
    });

    it.each([
      ['nothing', Buffer.from('')],
      ['a login page', Buffer.from('<!doctype html><title>Sign in</title>')],
      ['null', Buffer.from('null')],
      ['JSON that is nested 50,000 times', Buffer.from('['.repeat(5e4) + ']'.repeat(5e4))],
      ['objects that are nested so', Buffer.from(`${'{"sheets":'.repeat(5e4)}1${'}'.repeat(5e4)}`)],
      ['zeros', Buffer.alloc(1000)],
      ['what is not UTF-8', Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
      ['UTF-8 with a byte order mark and no more', Buffer.from('\uFEFF')],
    ])('%s is one error, with any status', async (_, body) => {
      for (const status of [200, 403, 503]) {
        const result = await readWith(asked, { status, body });
        expect(result).toBeInstanceOf(RosterError);
        expectAccounted(result, CELLS);
      }
    });
  },
);

it('an answer without an end is not read to it', async () => {
  const result = await readWith('cells', { body: Buffer.alloc(51 * 1024 * 1024, 0x20) });
  expect(result).toMatchObject({ failure: expect.stringMatching(/^(wrong-shape|unavailable|unreadable)$/) });
}, 20_000);

type Path = readonly (string | number)[];

/** The path of every value in it, its own included. */
function placesIn(value: unknown, path: Path = []): Path[] {
  const inside =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, one]) => placesIn(one, [...path, key]))
      : [];
  return [path, ...inside];
}

/** Its JSON with another value, given as JSON, in that place. */
function withValue(whole: unknown, path: Path, json: string): string {
  const [key, ...rest] = path;
  if (key === undefined) return json;
  if (Array.isArray(whole)) {
    return `[${whole.map((one, at) => (String(at) === key ? withValue(one, rest, json) : JSON.stringify(one))).join()}]`;
  }
  const parts = Object.entries(whole as object).map(
    ([name, one]) =>
      `${JSON.stringify(name)}:${name === key ? withValue(one, rest, json) : JSON.stringify(one)}`,
  );
  return `{${parts.join()}}`;
}
