import { z } from 'zod';
import type { SeatCounts } from '../provider.ts';

/** `assignmentStats` of the reference's answers. */
const stats = z.object({
  availableLicenses: z.int().nonnegative(),
  assignedLicenses: z.int().nonnegative(),
});

/** What `errors` holds is not in the reference, except that it is a list. */
const errorList = z.array(z.unknown()).nullish();

/**
 * An answer with a status of success, by the licensing API's reference (securemailmerge.com/help/licensing-api). One
 * that says `success: false` may come without statistics: nothing in the reference forbids it.
 */
export const changeAnswer = z.union([
  z.object({ success: z.literal(true), errors: errorList, assignmentStats: stats }),
  z.object({ success: z.literal(false), errors: errorList, assignmentStats: stats.nullish() }),
]);
export type ChangeAnswer = z.output<typeof changeAnswer>;

const errorBody = z.object({ errors: z.array(z.unknown()).min(1) });

/** The texts in the `errors` of an answer that is an error; empty if there are none. */
export function errorsIn(body: unknown): string[] {
  const parsed = errorBody.safeParse(body);
  return parsed.success ? textsOf(parsed.data.errors) : [];
}

/** Texts as they are; whatever else there may be, as JSON. */
export function textsOf(errors: readonly unknown[] | null | undefined): string[] {
  return (errors ?? []).map((error) => (typeof error === 'string' ? error : JSON.stringify(error)));
}

/**
 * What the statistics tell. In the reference's samples `availableLicenses` stays at 10 while `assignedLicenses` goes from
 * 7 to 6: so it looks like the total. Nothing says so; it may as well count those that are left.
 */
export function countsOf(answer: ChangeAnswer): SeatCounts | null {
  if (answer.assignmentStats == null) return null;
  const { availableLicenses: available, assignedLicenses: assigned } = answer.assignmentStats;
  return { assigned, totals: [available, available + assigned] };
}
