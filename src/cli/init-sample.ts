import { addDays, type IsoDate } from '../dates.ts';

/**
 * A small roster in which something is about to happen: one cohort under way, one that starts tomorrow, one that starts
 * when the first has ended and keeps one of its instructors.
 *
 * @param today in the zone of the configuration.
 */
export function sampleRoster(today: IsoDate): string {
  const running = `C1,${addDays(today, -14)}`;
  const next = `C2,${addDays(today, 1)}`;
  const later = `C3,${addDays(today, 22)}`;
  return [
    'Email,Instructor,Cohort,Start date,End date,Licenses,Status',
    `ann.lee@example.org,Ann Lee,${running},,,`,
    `ben.okoro@example.org,Ben Okoro,${running},,,`,
    `chandra.rao@example.org,Chandra Rao,${next},,,`,
    `dora.silva@example.org,Dora Silva,${next},,,`,
    `emil.berg@example.org,Emil Berg,${next},,,canceled`,
    `ann.lee@example.org,Ann Lee,${later},,,`,
    '',
  ].join('\n');
}
