import { notXlsx } from './faults.ts';
import { type Parts, relationshipsOf } from './parts.ts';
import { readStyles, type Styles } from './styles.ts';
import type { ZipEntry } from './zip.ts';

export interface WorkbookTab {
  readonly name: string;
  readonly entry: ZipEntry;
}

export interface Workbook {
  /** In the order of the workbook, hidden ones too; charts and macros are none. */
  readonly tabs: readonly WorkbookTab[];
  /** Days are counted from 1904, as early Excel for Macintosh did, instead of from 1900. */
  readonly since1904: boolean;
  readonly styles: Styles;
  readonly strings: ZipEntry | null;
}

/** Reads what the workbook is made of, but no cells. Parts that some writers leave out are not missed. */
export async function readWorkbook(parts: Parts, signal: AbortSignal): Promise<Workbook> {
  const root = [...(await relationshipsOf(parts, '', signal)).values()];
  const name = root.find(({ type }) => type === 'officeDocument')?.target ?? 'xl/workbook.xml';
  const entry = parts.find(name);
  if (entry === null) throw notXlsx(parts.location, 'it is a zip archive without a workbook in it');

  const sheets: { name: string; id: string }[] = [];
  let since1904 = false;
  const open = (element: string, attributes: Readonly<Record<string, string>>) => {
    if (element === 'workbookPr') since1904 = /^(1|true)$/.test(attributes.date1904 ?? '');
    if (element === 'sheet') sheets.push({ name: attributes.name ?? '', id: attributes.id ?? '' });
  };
  await parts.parse(entry, { open }, signal);

  const related = await relationshipsOf(parts, name, signal);
  const tabs = sheets.flatMap((sheet): WorkbookTab[] => {
    const relationship = related.get(sheet.id);
    if (relationship !== undefined && relationship.type !== 'worksheet') return [];
    const part = relationship === undefined ? null : parts.find(relationship.target);
    if (part === null) throw notXlsx(parts.location, `the tab "${sheet.name}" is missing in it`);
    return [{ name: sheet.name, entry: part }];
  });
  const partOfType = (wanted: string) => {
    const target = [...related.values()].find(({ type }) => type === wanted)?.target;
    return target === undefined ? null : parts.find(target);
  };
  const styles = await readStyles(parts, partOfType('styles'), signal);
  return { tabs, since1904, styles, strings: partOfType('sharedStrings') };
}

/** The texts to which cells refer by number. Formatting within a text and its phonetic reading are left out. */
export async function readStrings(
  parts: Parts,
  entry: ZipEntry | null,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const strings: string[] = [];
  if (entry === null) return strings;
  let text = '';
  let within = false;
  let phonetic = false;
  const handlers = {
    open: (element: string) => {
      if (element === 'si') text = '';
      if (element === 'rPh') phonetic = true;
      within = element === 't' && !phonetic;
    },
    text: (piece: string) => {
      if (within) text += piece;
    },
    close: (element: string) => {
      within = false;
      if (element === 'rPh') phonetic = false;
      if (element === 'si') strings.push(unescaped(text));
    },
  };
  await parts.parse(entry, handlers, signal);
  return strings;
}

/** `_x000D_` is how characters that XML doesn't allow are written in OOXML. */
export function unescaped(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
