import { crc32, deflateRawSync } from 'node:zlib';

/** One file of a zip archive. What the directory says of it can be made a lie. */
export interface ZipPart {
  readonly name: string;
  readonly content: string | Buffer;
  readonly stored?: boolean;
  readonly declaredSize?: number;
  readonly declaredCrc?: number;
}

export function makeZip(parts: readonly ZipPart[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, stored = false, declaredSize, declaredCrc } of parts) {
    const plain = Buffer.from(content);
    const packed = stored ? plain : deflateRawSync(plain);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(stored ? 0 : 8, 4);
    facts.writeUInt32LE(declaredCrc ?? crc32(plain), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(declaredSize ?? plain.length, 18);
    facts.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    const entry = [Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), facts, rest, Buffer.from(name)];
    files.push(local);
    directory.push(Buffer.concat(entry));
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, ...directory, end]);
}

/** A cell as it is in the file. `date` is a number in the workbook's own count with a date's format. */
export type XlsxCell =
  | string
  | number
  | boolean
  | null
  | { readonly date: number; readonly format?: string }
  | { readonly error: string }
  | { readonly formula: string; readonly result?: string | number }
  | { readonly inline: string }
  | { readonly xml: string };

export interface XlsxTab {
  readonly name: string;
  readonly rows: readonly (readonly XlsxCell[])[];
  readonly merges?: readonly string[];
  /** The number of the first row. Default: 1. */
  readonly firstRow?: number;
}

export interface XlsxOptions {
  readonly since1904?: boolean;
  /** Prefix of all elements, as some writers have it. */
  readonly without?: readonly ('styles' | 'sharedStrings')[];
  readonly more?: readonly ZipPart[];
}

const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

export function makeXlsx(tabs: readonly XlsxTab[], options: XlsxOptions = {}): Buffer {
  const { since1904 = false, without = [], more = [] } = options;
  const strings: string[] = [];
  const formats: string[] = ['General'];
  const sheets = tabs.map((tab) => sheetXml(tab, strings, formats));
  const parts: ZipPart[] = [
    { name: '_rels/.rels', content: relationships([['rId1', 'officeDocument', 'xl/workbook.xml']]) },
    {
      name: 'xl/workbook.xml',
      content:
        `<workbook ${MAIN} xmlns:r="${RELATIONS}"><workbookPr date1904="${since1904 ? 1 : 0}"/><sheets>` +
        `${tabs.map(({ name }, at) => `<sheet name="${escaped(name)}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`).join('')}` +
        '</sheets></workbook>',
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: relationships([
        ...tabs.map((_, at): [string, string, string] => [
          `rId${at + 1}`,
          'worksheet',
          `worksheets/sheet${at + 1}.xml`,
        ]),
        ['rIdStyles', 'styles', 'styles.xml'],
        ['rIdStrings', 'sharedStrings', 'sharedStrings.xml'],
      ]),
    },
    ...sheets.map((content, at) => ({ name: `xl/worksheets/sheet${at + 1}.xml`, content })),
    ...(without.includes('styles') ? [] : [{ name: 'xl/styles.xml', content: stylesXml(formats) }]),
    ...(without.includes('sharedStrings')
      ? []
      : [
          {
            name: 'xl/sharedStrings.xml',
            content: `<sst ${MAIN}>${strings.map((text) => `<si><t xml:space="preserve">${escaped(text)}</t></si>`).join('')}</sst>`,
          },
        ]),
    ...more,
  ];
  return makeZip(parts);
}

function sheetXml(
  { rows, merges = [], firstRow = 1 }: XlsxTab,
  strings: string[],
  formats: string[],
): string {
  const known = new Map<string, number>();
  const sharedIndex = (text: string) => {
    const index = known.get(text) ?? strings.push(text) - 1;
    known.set(text, index);
    return index;
  };
  const xml = rows.map((cells, at) => {
    const row = firstRow + at;
    const inside = cells.map((cell, column) =>
      cellXml(cell, `${letters(column)}${row}`, sharedIndex, formats),
    );
    return `<row r="${row}">${inside.join('')}</row>`;
  });
  const merged = merges.map((ref) => `<mergeCell ref="${ref}"/>`).join('');
  return `<worksheet ${MAIN}><sheetData>${xml.join('')}</sheetData><mergeCells>${merged}</mergeCells></worksheet>`;
}

function cellXml(
  cell: XlsxCell,
  ref: string,
  sharedIndex: (text: string) => number,
  formats: string[],
): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return `<c r="${ref}" t="s"><v>${sharedIndex(cell)}</v></c>`;
  if (typeof cell === 'number') return `<c r="${ref}"><v>${cell}</v></c>`;
  if (typeof cell === 'boolean') return `<c r="${ref}" t="b"><v>${cell ? 1 : 0}</v></c>`;
  if ('date' in cell) {
    const { date, format = 'yyyy\\-mm\\-dd' } = cell;
    const style = formats.includes(format) ? formats.indexOf(format) : formats.push(format) - 1;
    return `<c r="${ref}" s="${style}"><v>${date}</v></c>`;
  }
  if ('error' in cell) return `<c r="${ref}" t="e"><f>1/0</f><v>${cell.error}</v></c>`;
  if ('inline' in cell) return `<c r="${ref}" t="inlineStr"><is><t>${escaped(cell.inline)}</t></is></c>`;
  if ('xml' in cell) return cell.xml.replace('REF', ref);
  const formula = `<f>${escaped(cell.formula)}</f>`;
  if (cell.result === undefined) return `<c r="${ref}">${formula}</c>`;
  const type = typeof cell.result === 'string' ? ' t="str"' : '';
  return `<c r="${ref}"${type}>${formula}<v>${escaped(String(cell.result))}</v></c>`;
}

function stylesXml(formats: readonly string[]): string {
  const custom = formats
    .slice(1)
    .map((code, at) => `<numFmt numFmtId="${164 + at}" formatCode="${escaped(code)}"/>`);
  const cells = formats.map((_, at) => `<xf numFmtId="${at === 0 ? 0 : 163 + at}"/>`);
  return `<styleSheet ${MAIN}><numFmts>${custom.join('')}</numFmts><cellXfs>${cells.join('')}</cellXfs></styleSheet>`;
}

function relationships(all: readonly (readonly [id: string, type: string, target: string])[]): string {
  const lines = all.map(
    ([id, type, target]) => `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${lines.join('')}</Relationships>`;
}

function letters(index: number): string {
  return (index < 26 ? '' : letters(Math.floor(index / 26) - 1)) + String.fromCharCode(65 + (index % 26));
}

/** As XML writes it; characters that XML doesn't know as OOXML does. */
function escaped(text: string): string {
  return text
    .replace(/[^\P{Cc}\t\n\r]/gu, (one) => `_x${one.charCodeAt(0).toString(16).padStart(4, '0')}_`)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/\r/g, '&#13;');
}
