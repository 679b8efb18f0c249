import type { Cell } from './table.ts';

/** Characters without a width: soft hyphen, zero-width space and joiners, word joiner, byte order mark, bidi marks. */
const INVISIBLE = /[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu;

/**
 * A text as its reader sees it: without invisible characters, every kind of space (NBSP, tab, line break) as one plain
 * space, none around it. Composed (NFC), so that two spellings of `é` are one. Case is kept.
 */
export function cleanText(text: string): string {
  if (text === '' || PLAIN.test(text)) return text;
  return text.replace(INVISIBLE, '').replace(/\s+/gu, ' ').trim().normalize('NFC');
}

/** Printable ASCII with single spaces inside: nearly every cell, and nothing to clean. */
const PLAIN = /^(?:[!-~]+(?: [!-~]+)*)?$/;

/** What a cell says, cleaned; '' if it is blank. A date says what it shows. */
export function cellText(cell: Cell | undefined): string {
  return cleanText(shownText(cell));
}

function shownText(cell: Cell | undefined): string {
  if (typeof cell === 'string') return cell;
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'object' ? cell.shown : String(cell);
}

/** Control characters but the spaces among them: they say nothing, and command the terminal on which they are shown. */
const CONTROL = /(?!\s)\p{Cc}/gu;

/** What a cell says that is shown and compared but not believed, as a name: without control characters too. */
export function labelText(cell: Cell | undefined): string {
  const text = shownText(cell);
  return PLAIN.test(text) ? text : cleanText(text.replace(CONTROL, ''));
}

/** A cell as it stands, for a message: without control characters, cut to 100 characters. */
export function cellAsShown(cell: Cell | undefined): string {
  return beginning(shownText(cell).replace(CONTROL, ''), 100);
}

/** The first so many characters of a text. */
export function beginning(text: string, most: number): string {
  return text.length <= most ? text : [...text.slice(0, 2 * most)].slice(0, most).join('');
}

/** What a spreadsheet shows where a formula failed (Google Sheets and Excel), or has not finished (Google Sheets). */
const ERROR_CELL =
  /^(#(REF|VALUE|NUM|NULL|ERROR|DIV\/0|SPILL|CALC|FIELD|BLOCKED|CONNECT|BUSY|UNKNOWN)!|#N\/A|#NAME\?|#GETTING_DATA|Loading\.\.\.)$/i;

/** Stands for a formula of which the file holds no result: the program that wrote it computes none. */
export const UNCALCULATED = '#UNCALCULATED';

/** What is wrong with a cell that shows an error; null if it shows none. */
export function errorCellProblem(cell: string): string | null {
  if (cell === '') return null;
  const code = cell.charCodeAt(0);
  const plain = code > 32 && code < 127;
  // A number sign, or the L of `Loading...`; anything that may be invisible may stand before them.
  if (plain && code !== 35 && code !== 76 && code !== 108) return null;
  const text = cleanText(cell);
  if (text === UNCALCULATED) {
    return 'the file holds no result of the formula in this cell: open it in Excel or LibreOffice and save it';
  }
  return isErrorCell(text) ? `the cell shows an error (${text})` : null;
}

export function isErrorCell(text: string): boolean {
  return ERROR_CELL.test(text);
}

/**
 * The form in which a person's address is compared: lower case, cleaned. Plus-addresses stay distinct people.
 *
 * Only ASCII is taken. Compatibility forms are not mapped (no NFKC) and letters of other scripts not accepted: both
 * would let an address that merely looks like somebody's become, or not become, that somebody without anyone noticing.
 *
 * @returns null if the text isn't one address: at most 256 characters, and a domain with a dot in it.
 */
export function normalizeEmail(text: string): string | null {
  // What matches as it is needs no cleaning.
  return plainAddress(text) ?? plainAddress(cleanText(text));
}

function plainAddress(text: string): string | null {
  if (text.length > 256 || !ADDRESS.test(text)) return null;
  return text.indexOf('@') > 64 ? null : text.toLowerCase();
}

/**
 * The address in a cell as people and mail programs write it: `Ann Lee <ann@example.org>`, `mailto:ann@example.org`, with
 * quotation marks of any kind around it, the apostrophe before it by which a spreadsheet marks text, or a comma or
 * semicolon behind it. One address only: of several none is chosen.
 *
 * @returns normalized; null if it isn't clear that there is one address.
 */
export function addressIn(text: string): string | null {
  const plain = normalizeEmail(text);
  // RFC 5321 lets an address begin with an apostrophe. In a spreadsheet nobody means one by it.
  if (plain !== null) return /^['`]/.test(plain) ? normalizeEmail(plain.replace(/^['`]+/, '')) : plain;
  if (text.length > 1000) return null;
  const whole = cleanText(text).replace(/[\s,;]+$/, '');
  const bracketed = /^[^<>@]*<([^<>]*)>$/.exec(whole)?.[1] ?? whole;
  const bare = bracketed.replace(QUOTES, '').replace(/^mailto:([^?]*)(?:\?.*)?$/i, '$1');
  return normalizeEmail(bare);
}

/** At either end: straight and curly quotation marks, single and double, and guillemets. */
const QUOTES =
  /^[\s"'`\u2018-\u201F\u00AB\u00BB\u2039\u203A]+|[\s"'`\u2018-\u201F\u00AB\u00BB\u2039\u203A]+$/gu;

/** RFC 5321's dot-string and domain, without quoted local parts and address literals, which no provider takes. */
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const ADDRESS = new RegExp(
  `^${ATOM}(?:\\.${ATOM})*@(?:${LABEL}\\.)+(?=[A-Za-z0-9-]*[A-Za-z])(?=..)${LABEL}$`,
);

/** Why a text isn't an address, in the words of the person who keeps the sheet. */
export function emailProblem(text: string): string {
  if (text === '') return 'there is no email address';
  if (!text.includes('@')) {
    return 'not an email address: there is no @ in it (a people chip has to be replaced by the address itself)';
  }
  if (text.split('@').length > 2 && /[,;/|&\s<>]/.test(text)) {
    return 'not an email address but several: give each person a row';
  }
  const strange = /[^\u0020-\u007E]/u.exec(text)?.[0];
  if (strange !== undefined) {
    const code = strange.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    return `not an email address: it has the character ${JSON.stringify(strange)} (U+${code}) in it`;
  }
  if (text.length > 256) return 'not an email address: it is longer than 256 characters';
  return 'not an email address';
}
