import { expect, test } from 'vitest';
import { rosterSchema } from '../../config/roster.ts';
import { sheetLink } from '../../src/dashboard/pages/run/problems.ts';

const google = (more: object) =>
  rosterSchema.parse({ source: 'google-sheets', spreadsheetId: '1AbC_d-E', ...more });

test('a row of a Google sheet has an address, that of a file has none', () => {
  const sheet = 'https://docs.google.com/spreadsheets/d/1AbC_d-E/edit';
  expect(sheetLink(google({}), 7, undefined)).toBe(`${sheet}#range=A7`);
  // Of a tab only the name is known, and an address takes its number: the row is named beside the link.
  expect(sheetLink(google({ sheet: 'Roster' }), 7, undefined)).toBe(sheet);
  expect(sheetLink(google({ sheets: 'Cohort *' }), 7, 'Cohort 1')).toBe(sheet);
  expect(sheetLink(rosterSchema.parse({ source: 'csv', path: 'roster.csv' }), 7, undefined)).toBeNull();
});
