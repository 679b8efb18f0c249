/** Unexplained removals of a pool, held against the limit up to which they pass (rule 6). */
export interface RemovalCount {
  /** Those that nobody has decided on. */
  readonly leaving: number;
  /** Those done within the last 24 hours, which count too. */
  readonly today: number;
  /** Managed holders at the start of the run, of whom the share is taken. */
  readonly managed: number;
  /** `guardrails.unexplainedRemovals`. */
  readonly count: number;
  readonly share: number;
  /** The larger of the count and the share, in whole people. */
  readonly limit: number;
}

/** As `4 of 12 managed holders leave unexplained; the limit is the larger of 2 and 20 % of them = 2`. */
export function removalLimitText({ leaving, today, managed, count, share, limit }: RemovalCount): string {
  const leave = leaving === 1 ? 'leaves' : 'leave';
  const before = today === 0 ? '' : `, after ${today} within 24 hours`;
  const percent = Math.round(share * 1000) / 10;
  return (
    `${leaving} of ${managed} managed ${managed === 1 ? 'holder' : 'holders'} ${leave} unexplained${before}; ` +
    `the limit is the larger of ${count} and ${percent} % = ${limit}`
  );
}
