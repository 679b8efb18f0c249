import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RosterError } from '../../src/errors.ts';
import { readRoster } from '../../src/roster/read-roster.ts';
import type { RawRoster } from '../../src/roster/table.ts';
import { validateRoster } from '../../src/roster/validate.ts';
import { parseXlsx } from '../../src/roster/xlsx/read-xlsx.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { COLUMNS, contextWith, expected, rowsOf } from './helpers.ts';
import { makeXlsx, makeZip, type XlsxCell } from './xlsx-file.ts';

const HEADER = ['Email', 'Instructor', 'Cohort', 'Start date', 'End date', 'Licenses', 'Status'];
const rules = { dateFormat: 'iso' as const, weeks: 5, pools: ['zoom'] };
const signal = new AbortController().signal;

function validate(raw: RawRoster) {
  return validateRoster(raw, expected({}), rules);
}

/** Rows read, rows with problems and blank rows are the rows of the sheet. */
function expectAccounted(result: ReturnType<typeof validate>, rowsBelow: number) {
  const withProblems = new Set(result.problems.map(({ tab, row }) => `${tab} ${row}`));
  expect(result.rows.length + withProblems.size).toBe(result.rowCount);
  expect(result.rowCount + result.blankCount).toBe(rowsBelow);
}

const likely = fc.constantFrom(
  'ann@example.org',
  'bob@x,org',
  '2026-11-24',
  'canceled',
  'zoom',
  '#REF!',
  '',
  '\u200B',
);
/** XML has no lone surrogates; the rest is written as OOXML has it. */
const text = fc.oneof(
  likely,
  fc.string({ unit: 'binary' }).map((one) => one.toWellFormed()),
);

const xlsxCell: fc.Arbitrary<XlsxCell> = fc.oneof(
  text,
  fc.integer({ min: 42_000, max: 54_000 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.record({
    date: fc.integer({ min: -10, max: 3_000_000 }),
    format: fc.constantFrom('yyyy-mm', 'mmm-yy', 'h:mm', '0'),
  }),
  fc.constantFrom({ error: '#N/A' }, { formula: 'A1' }, { formula: 'A1', result: 'x' }),
  text.map((inline) => ({ inline })),
);

describe('whatever the cells of a workbook', () => {
  it('every row is a row, a problem or blank', async () => {
    const rows = fc.array(fc.array(xlsxCell, { maxLength: 9 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(rows, fc.boolean(), async (cells, since1904) => {
        // The last row has something in it, so that it counts.
        const all = [HEADER, ...cells, ['end']];
        const raw = await parseXlsx(
          makeXlsx([{ name: 'R', rows: all }], { since1904 }),
          { path: 'r.xlsx' },
          signal,
        );
        expectAccounted(validate(raw), cells.length + 1);
      }),
      { numRuns: 150 },
    );
  });

  it('text survives being written and read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          text.filter((one) => one !== ''),
          { minLength: 1, maxLength: 5 },
        ),
        async (texts) => {
          const rows = [texts, texts.map((inline) => ({ inline }))];
          const raw = await parseXlsx(makeXlsx([{ name: 'R', rows }]), { path: 'r.xlsx' }, signal);
          // XML reads a line feed for every line end.
          const plain = texts.map((one) => one.replace(/_x[0-9a-fA-F]{4}_/g, ''));
          expect(
            rowsOf(raw.tables[0]).map(({ cells }) =>
              cells.map((cell) => String(cell).replace(/_x[0-9a-fA-F]{4}_/g, '')),
            ),
          ).toEqual([plain, plain]);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('whatever the bytes of a workbook', () => {
  const good = makeXlsx([{ name: 'R', rows: [HEADER, ['ann@example.org', 'Ann', 'C', { date: 46_350 }]] }]);
  const folder = resolve(import.meta.dirname, '../../../shared/fixtures/rosters/xlsx');
  const real = existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name))) : [];

  async function tableOrError(bytes: Buffer) {
    try {
      const raw = await parseXlsx(bytes, { path: 'r.xlsx' }, signal);
      try {
        validate(raw);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(RosterError);
      }
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(RosterError);
    }
  }

  it('it is a roster or a RosterError, with some bytes changed or its end cut off', async () => {
    const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(good, ...real),
        fc.array(change, { maxLength: 6 }),
        fc.double({ min: 0.2, max: 1.2, noNaN: true }),
        async (bytes, changes, kept) => {
          const damaged = Buffer.from(bytes.subarray(0, Math.floor(bytes.length * Math.min(1, kept))));
          for (const { at, byte } of changes) damaged[Math.floor(at * (damaged.length - 1))] = byte;
          await tableOrError(damaged);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('so it is with parts of any XML', async () => {
    const element = fc.constantFrom(
      '<row r="2">',
      '<row>',
      '</row>',
      '<c r="B2" t="s">',
      '<c t="zz">',
      '<c r="ZZZZ9">',
      '</c>',
      '<v>1</v>',
      '<v>1e999</v>',
      '<v>',
      '</v>',
      '<is><t>x</t></is>',
      '<f/>',
      '<mergeCell ref="A1:A9999999"/>',
      '<mergeCell ref="?"/>',
      '<extLst>',
      '</extLst>',
      '<row r="0"/>',
      '<row r="9999999"/>',
      '&amp;',
      '&bad;',
      '<![CDATA[x]]>',
      '<!-- x -->',
      '<x:row xmlns:x="x" r="5"/>',
    );
    const part = fc
      .array(element, { maxLength: 12 })
      .map((parts) => `<w><sheetData>${parts.join('')}</sheetData></w>`);
    await fc.assert(
      fc.asyncProperty(part, part, async (sheet, strings) => {
        const relation = (id: string, type: string) =>
          `<Relationship Id="${id}" Type="x/${type}" Target="${type}.xml"/>`;
        await tableOrError(
          makeZip([
            { name: 'xl/workbook.xml', content: '<w><sheet name="R" id="r1"/></w>' },
            {
              name: 'xl/_rels/workbook.xml.rels',
              content: `<r>${relation('r1', 'worksheet')}${relation('r2', 'sharedStrings')}</r>`,
            },
            { name: 'xl/worksheet.xml', content: sheet },
            { name: 'xl/sharedStrings.xml', content: strings },
          ]),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('so it is with bytes that only begin like a zip archive', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await tableOrError(
          Buffer.concat([Buffer.from('PK\x03\x04'), bytes, Buffer.from('PK\x05\x06'), bytes]),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('whatever the cells of a Google sheet', () => {
  let sandbox: Sandbox;
  let folder: string;
  beforeAll(async () => {
    sandbox = await startSandbox();
    folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
    await sandbox.sheets.writeServiceAccountFile(join(folder, 'key.json'));
  });
  afterAll(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true });
  });

  const cell = fc.oneof(
    text,
    fc.integer({ min: 42_000, max: 54_000 }),
    fc.boolean(),
    fc.constant(null),
    fc.constant({ date: '2026-11-24', text: '2026-11' }),
    fc.constant({ chip: 'ann@example.org', text: 'Ann' }),
  );

  it('every row is a row, a problem or blank, in one tab and in several', async () => {
    const rows = fc.array(fc.array(cell, { maxLength: 8 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(rows, rows, fc.boolean(), async (one, two, several) => {
        const tabs = [one, two].map((cells, at) => ({ title: `T ${at}`, rows: [HEADER, ...cells, ['end']] }));
        sandbox.sheets.reset({ spreadsheets: [{ id: 'ID', tabs }] });
        const settings = {
          source: 'google-sheets' as const,
          spreadsheetId: 'ID',
          credentials: join(folder, 'key.json'),
          apiRootUrl: `${sandbox.url}/`,
          dateFormat: 'iso' as const,
          columns: COLUMNS,
          ...(several ? { sheets: 'T *' } : {}),
        };
        const roster = await readRoster(settings, contextWith());
        expectAccounted(roster, one.length + 1 + (several ? two.length + 1 : 0));
      }),
      { numRuns: 40 },
    );
  });
});
