import { chmod, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRoster } from '../../src/roster/read-roster.ts';
import { validateTable } from '../../src/roster/validate.ts';
import { COLUMNS, contextWith, csv, expected, rosterError } from './helpers.ts';

const ROWS = [
  { row: 1, cells: ['Email', 'Start date'] },
  { row: 2, cells: ['zoë@example.org', '2026-11-24'] },
];

const TEXT = 'Email,Start date\nzoë@example.org,2026-11-24\n';

describe('the bytes of a CSV file', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${TEXT}`)],
    ['UTF-16, little end first', Buffer.from(`\uFEFF${TEXT}`, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(`\uFEFF${TEXT}`, 'utf16le').swap16()],
  ])('may be %s', (_, bytes) => {
    expect(csv(bytes).rows).toEqual(ROWS);
  });

  it('may not be anything else: the first byte that does not fit is named', async () => {
    const error = await rosterError(() => csv(Buffer.from(TEXT, 'latin1')));
    expect(error.failure).toBe('unreadable');
    expect(error.message).toBe('roster.csv is not valid UTF-8 text (byte 19)');
    const genuine = Buffer.concat([Buffer.from('\uFEFF\uFFFDé,x'), Buffer.from([0xc3])]);
    await expect(rosterError(() => csv(genuine))).resolves.toMatchObject({
      message: expect.stringContaining('byte 10'),
    });
  });

  it.each([
    ['little', Buffer.from(TEXT, 'utf16le'), 1],
    ['big', Buffer.from(TEXT, 'utf16le').swap16(), 0],
  ])('may not be UTF-16 without a byte order mark, %s end first', async (_, bytes, at) => {
    const error = await rosterError(() => csv(bytes));
    expect(error).toMatchObject({
      failure: 'unreadable',
      advice: expect.stringContaining('byte order mark'),
    });
    expect(error.message).toContain(`(byte ${at})`);
  });

  it('may not be half of UTF-16', async () => {
    const half = Buffer.from('\uFEFFEmail', 'utf16le').subarray(0, 9);
    await expect(rosterError(() => csv(half))).resolves.toMatchObject({ failure: 'unreadable' });
  });
});

describe('the records of a CSV file', () => {
  it.each([
    ['commas', ','],
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('may be divided by %s', (_, delimiter) => {
    expect(csv(TEXT.replaceAll(',', delimiter)).rows).toEqual(ROWS);
  });

  it('are divided by what makes the header appear, not by what is frequent', () => {
    const text = 'Instructors, a list, with commas, in its title,,,\nEmail;Start date\n"x;y,z";2026-11-24';
    expect(csv(text).rows[2]?.cells).toEqual(['x;y,z', '2026-11-24']);
  });

  it.each(['\n', '\r\n', '\r'])('may end with %j', (end) => {
    expect(csv(TEXT.replaceAll('\n', end)).rows).toEqual(ROWS);
  });

  it('are numbered as a spreadsheet does: blank lines count, line breaks in quotes do not', () => {
    const { rows } = csv('title\n\n"Email","Start\ndate"\n\n"a\r\nb",x\nc,y\n');
    expect(rows.map(({ row, cells }) => [row, cells[0]])).toEqual([
      [1, 'title'],
      [2, ''],
      [3, 'Email'],
      [4, ''],
      [5, 'a\r\nb'],
      [6, 'c'],
    ]);
  });

  it('may be ragged', () => {
    expect(csv('Email,Start date\na\nb,c,d,e\n').rows.map(({ cells }) => cells.length)).toEqual([2, 1, 4]);
  });

  it('may have doubled quotes', () => {
    expect(csv('Email,Start date\n"say ""hi""",""\n').rows[1]?.cells).toEqual(['say "hi"', '']);
  });

  it.each([
    ['a quote that is never closed', 'Email,Start date\na,b\n"c\nd",e\nf,"g\nh,i\nj,k\n', 5],
    ['a quote that is never closed, Windows line ends', 'Email,Start date\r\n"a\r\nb",c\r\nd,"e\r\nf\r\n', 4],
    ['a quote inside a cell', 'Email,Start date\nx,y\na"b,c\n', 3],
    ['text after a closing quote', 'Email,Start date\n"a"b,c\n', 2],
    ['a quote in the first line', '"Email,Start date\na,b\n', 1],
  ])('are refused for %s, with its line', async (_, text, line) => {
    const error = await rosterError(() => csv(text));
    expect(error.failure).toBe('unreadable');
    expect(error.message).toContain(`in line ${line} `);
  });
});

describe('a row with more cells than the header', () => {
  const rules = { dateFormat: 'iso' as const, weeks: 5, pools: [] };

  function problems(row: string, header = 'Email,Instructor,Start date,Notes') {
    const { rows, problems: found } = validateTable(csv(`${header}\n${row}\n`), expected({}), rules);
    expect(rows.length + found.length).toBe(1);
    return found;
  }

  it('is not believed, since its cells stand in the wrong columns', () => {
    expect(problems('ann@example.org,Lee, Ann,2026-11-24,2026-12-24')).toMatchObject([
      {
        row: 2,
        value: 'ann@example.org,Lee, Ann,2026-11-24,2026-12-24',
        email: 'ann@example.org',
        name: 'Lee',
      },
    ]);
  });

  it('still says who it is about when the address was cut in two', () => {
    const [problem] = problems('bob@x,org,Bob Stone,2026-11-24,-');
    expect(problem).toMatchObject({ column: 'Email', email: 'bob@x,org', name: 'Bob Stone' });
    expect(problem?.problem).toContain('quotation marks');
  });

  it('is fine if only blank cells are too many', () => {
    expect(problems('ann@example.org,Ann,2026-11-24,,, ')).toEqual([]);
  });
});

describe('reading a CSV file', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'roster-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  function read(path: string, signal = new AbortController().signal) {
    return readRoster({ source: 'csv', path, dateFormat: 'iso', columns: COLUMNS }, contextWith({ signal }));
  }

  it('gives rows, location and time', async () => {
    const path = join(folder, 'good.csv');
    await writeFile(path, 'Email,Start date\nann@example.org,2026-11-24\n');
    const roster = await read(path);
    expect(roster).toMatchObject({ location: path, rowCount: 1, blankCount: 0, problems: [] });
    expect(roster.readAt).toBe('2026-11-18T11:06:40Z');
  });

  it('says which file is missing', async () => {
    const error = await rosterError(() => read(join(folder, 'none.csv')));
    expect(error.failure).toBe('not-found');
    expect(error.message).toContain(join(folder, 'none.csv'));
  });

  it('refuses a folder, and a file larger than 50 MiB', async () => {
    await expect(rosterError(() => read(folder))).resolves.toMatchObject({ failure: 'unreadable' });
    const large = join(folder, 'large.csv');
    await writeFile(large, '');
    await truncate(large, 50 * 1024 * 1024 + 1);
    const error = await rosterError(() => read(large));
    expect(error.failure).toBe('unreadable');
    expect(error.message).toContain('50 MiB');
  });

  it('says that it may not read a file', async () => {
    const path = join(folder, 'secret.csv');
    await writeFile(path, 'x');
    await chmod(path, 0o000);
    // A user who may read everything can't see this.
    if (process.getuid?.() !== 0)
      await expect(rosterError(() => read(path))).resolves.toMatchObject({ failure: 'denied' });
  });

  it('refuses an empty file', async () => {
    const path = join(folder, 'empty.csv');
    await writeFile(path, '');
    await expect(rosterError(() => read(path))).resolves.toMatchObject({ failure: 'wrong-shape' });
  });

  it('throws an abort as a RosterError', async () => {
    await expect(
      rosterError(() => read(join(folder, 'none.csv'), AbortSignal.abort())),
    ).resolves.toMatchObject({
      failure: 'unavailable',
    });
  });
});
