import { RosterError } from '../errors.ts';

/** Which tabs of a spreadsheet make the roster. */
export interface TabSettings {
  /** One tab; the first if none of the settings is there. */
  readonly sheet?: string | undefined;
  /** One tab a cohort: names with one `*` in them, which stands for the cohort's id. */
  readonly sheets?: string | undefined;
  /** The tab with the dates of the cohorts. */
  readonly cohortsSheet?: string | undefined;
}

export interface ChosenTab {
  readonly name: string;
  /** The cohort that its name says; null where rows say it themselves. */
  readonly cohort: string | null;
}

export interface ChosenTabs {
  /** At least one, in the order of the spreadsheet. */
  readonly tabs: readonly ChosenTab[];
  readonly cohorts: string | null;
}

/**
 * Finds the tabs that the settings name. Case and surrounding space don't matter where no name fits exactly.
 *
 * @param tabs all tabs with cells, in the order of the spreadsheet.
 * @param others what else has a name and can be read: tables and named ranges.
 * @param book for messages: the file, or the spreadsheet.
 * @throws RosterError `not-found` with the names that exist.
 */
export function chooseTabs(
  tabs: readonly string[],
  others: readonly string[],
  settings: TabSettings,
  book: string,
): ChosenTabs {
  const { sheet, sheets, cohortsSheet } = settings;
  const byName = (setting: string, wanted: string) => {
    const name = findName([...tabs, ...others], wanted);
    if (name !== null) return name;
    const what = others.length === 0 ? 'tabs' : 'tabs, tables and named ranges';
    throw new RosterError(
      'not-found',
      `${book} has no tab "${wanted}"`,
      `Set ${setting} to one of its ${what}: ${listed([...tabs, ...others])}.`,
    );
  };
  const cohorts = cohortsSheet === undefined ? null : byName('roster.cohortsSheet', cohortsSheet);
  const rest = tabs.filter((name) => name !== cohorts);
  if (sheets !== undefined) return { tabs: matching(rest, sheets, book), cohorts };
  const name = sheet === undefined ? rest[0] : byName('roster.sheet', sheet);
  if (name !== undefined) return { tabs: [{ name, cohort: null }], cohorts };
  throw new RosterError('not-found', `${book} has no tab with cells`, 'Set roster.sheet to the tab to read.');
}

function findName(names: readonly string[], wanted: string): string | null {
  return names.find((name) => name === wanted) ?? names.find((name) => plain(name) === plain(wanted)) ?? null;
}

function matching(tabs: readonly string[], pattern: string, book: string): ChosenTab[] {
  const [before = '', after = ''] = pattern.split('*').map(plain);
  const found = tabs.flatMap((name): ChosenTab[] => {
    const text = name.trim();
    const fits =
      plain(text).startsWith(before) &&
      plain(text).endsWith(after) &&
      text.length > before.length + after.length;
    const cohort = fits ? text.slice(before.length, text.length - after.length).trim() : '';
    return cohort === '' ? [] : [{ name, cohort }];
  });
  if (found.length > 0) return found;
  throw new RosterError(
    'not-found',
    `${book} has no tab whose name fits "${pattern}"`,
    `Set roster.sheets to what the tabs of the cohorts have in common, with * for the cohort. The tabs are: ${listed(tabs)}.`,
  );
}

function plain(text: string): string {
  return text.trim().toLowerCase();
}

function listed(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ') || 'none with cells';
}
