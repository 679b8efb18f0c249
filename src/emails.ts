/**
 * Characters that a spreadsheet or a web page leaves in a copied address and that nobody sees: soft hyphen, zero-width
 * space and joiners, direction marks, word joiner, byte order mark. They are no part of any address.
 */
const INVISIBLE = /[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g;

/**
 * The one form in which two spellings of an email address compare equal: no invisible characters, no surrounding space
 * (non-breaking space included), lower case. Says nothing on whether the text is an email address.
 */
export function normalizeEmail(text: string): string {
  return text.normalize('NFC').replace(INVISIBLE, '').trim().toLowerCase();
}
