import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEmails } from '../../src/roster/read-emails.ts';
import { COLUMNS, rosterError } from './helpers.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emails-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(...lines: readonly string[]) {
  const file = join(folder, 'list.csv');
  await writeFile(file, lines.join('\n'));
  return readEmails(file, COLUMNS, new AbortController().signal);
}

const MANY = Array.from({ length: 5000 }, (_, n) => `p${n}@example.org`);

describe('a list of people', () => {
  it('is read to its end, however long it is', async () => {
    const { emails, repeated } = await read('Email', ...MANY, 'P7@example.org');
    expect(emails).toEqual(MANY);
    expect(repeated).toBe(1);
  });

  it.each([
    ['a row that names nobody', 'nobody', 'row 5002 (nobody)'],
    ['a quotation mark that is never closed', '"x@example.org', 'line 5002'],
  ])('is refused for %s, be it the last one', async (_, line, words) => {
    const error = await rosterError(() => read('Email', ...MANY, line));
    expect(error).toMatchObject({ failure: 'unreadable', message: expect.stringContaining(words) });
  });

  it('is refused where it names nobody, or has no column of addresses', async () => {
    await expect(rosterError(() => read('Email', ''))).resolves.toMatchObject({ failure: 'wrong-shape' });
    await expect(rosterError(() => read('Name', 'Ann'))).resolves.toMatchObject({ failure: 'wrong-shape' });
  });

  it('that is not there is called what it is, by where it was named', async () => {
    const missing = readEmails(join(folder, 'none.csv'), COLUMNS, new AbortController().signal);
    await expect(rosterError(() => missing)).resolves.toMatchObject({
      failure: 'not-found',
      message: `the list ${join(folder, 'none.csv')} does not exist`,
      advice: 'Put it there, or correct --from.',
    });
  });
});
