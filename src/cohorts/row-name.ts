/** A row as messages name it: `row 7`, or `row 7 of the tab "Cohort 2026-11"` where the roster has several. */
export function rowName({ row, tab }: { readonly row: number; readonly tab?: string | undefined }): string {
  return tab === undefined ? `row ${row}` : `row ${row} of the tab "${tab}"`;
}
