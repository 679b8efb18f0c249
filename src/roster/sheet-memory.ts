import { createHash } from 'node:crypto';
import type { Cell } from './table.ts';

/** A cell that had to be asked for by itself, and what it came to. */
export interface AskedCell {
  /** Of the tables that were read together, from 0. */
  readonly table: number;
  /** As the sheet numbers it, from 1. */
  readonly row: number;
  /** From 0. */
  readonly column: number;
  readonly cell: Cell;
}

/**
 * What was found out about a Google sheet beyond its values, so that an unchanged one is not asked again. Losing it costs one
 * request, so a memory that can't be had is an empty one: it never throws.
 */
export interface SheetMemory {
  /** What was kept for these answers; null if nothing was, or if that is too long ago. */
  recall(hash: string): Promise<readonly AskedCell[] | null>;
  /** In place of what was kept before. */
  keep(hash: string, cells: readonly AskedCell[]): Promise<void>;
}

/** Remembers nothing. */
export const noSheetMemory: SheetMemory = { recall: async () => null, keep: async () => {} };

/** Of what was asked and answered. */
export function answerHash(...answers: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(answers)).digest('hex');
}
