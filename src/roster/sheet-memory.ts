import { createHash } from 'node:crypto';
import type { RawRow } from './table.ts';

/** What was found out last time, so that an unchanged sheet is not asked again. One for each roster. */
export interface SheetMemory {
  /** Of the answers for which the details hold. */
  hash: string | null;
  details: readonly (readonly RawRow[])[];
}

export function emptySheetMemory(): SheetMemory {
  return { hash: null, details: [] };
}

export function answerHash(...answers: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(answers)).digest('hex');
}
