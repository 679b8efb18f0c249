import { RosterError } from '../../errors.ts';

/** The file is no workbook, or a damaged one. */
export function notXlsx(location: string, why: string): RosterError {
  return new RosterError(
    'unreadable',
    `${location} can't be read as an XLSX workbook: ${why}`,
    'Open it in Excel or LibreOffice and save it anew as "Excel workbook (.xlsx)".',
  );
}

export function tooLarge(location: string): RosterError {
  return new RosterError(
    'unreadable',
    `${location} unpacks to more than a roster can be`,
    'Check that this is the roster. If it is, delete the rows and columns, or the other tabs, that are not needed.',
  );
}

/** What the first bytes say of a file that is no zip archive. */
export function foreignFile(location: string, bytes: Buffer): RosterError | null {
  if (bytes.subarray(0, 2).toString('latin1') === 'PK') return null;
  if (bytes.length === 0) return notXlsx(location, 'it is empty');
  if (bytes.subarray(0, 8).toString('hex') === 'd0cf11e0a1b11ae1') {
    return new RosterError(
      'unreadable',
      `${location} is protected by a password, or is an old .xls workbook`,
      'Remove the password, and save it as "Excel workbook (.xlsx)".',
    );
  }
  const start = bytes.subarray(0, 200).toString('latin1').trimStart();
  if (start.startsWith('<')) return notXlsx(location, 'it is a web page or another XML file');
  return notXlsx(location, 'it is something else (a CSV file that was renamed, perhaps)');
}
