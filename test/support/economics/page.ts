import type { Comparison } from './compare.ts';

/** `docs/economics.md`, from the figures of the simulation. */
export function economicsPage(comparisons: readonly Comparison[]): string {
  return `${HEAD}\n${table(comparisons)}\n${FOOT}`;
}

const HEAD = `# What seats cost

Seats are bought as late and given back as early as pays. The roster tells who will teach when; \`seats.price\` tells how
the pool is billed. Together they decide each evening what an idle seat is worth:

| \`billing\` | \`reduce\` | an idle seat is |
|---|---|---|
| \`prorated\` | \`anytime\` | given back at once: each idle day costs, and buying again costs nothing extra |
| \`prorated\` | \`renewal\` | kept until the renewal, and beyond it only if it is due on the renewal's own day |
| \`in-advance\` | either | kept until the renewal, and beyond it if it is due within \`keepUnusedDays\`; for later days it is bought again, at the same price |

What counts at a renewal is given back once, in the last run before it: the schedule tells which that is, and where there
is none it is taken to be that of the day before. Set \`seats.leadDays\` where that is wrong, as where runs are started by
hand: then seats are given back from so many days before the renewal on. Where a person drops the seats, the number is
told from \`leadDays\` before the renewal on, and not earlier.

Without \`billing\` and \`reduce\`, and where a renewal counts without \`renewsOn\`, \`seats.keepUnusedDays\` decides. Without
\`amount\` and \`currency\` the terms still decide, but no money is stated.

## What the prices change for people

- Nobody who is due a seat loses it or waits for one to save money. \`assignDaysBefore\` and \`keepDaysAfter\` count as due.
- Cohorts whose days of being due touch or overlap are one stretch: the instructor keeps the same seat throughout.
- Who is between two cohorts keeps the seat (\`keepUnusedDays\`) only while the price makes it worth keeping. Where that
  is not wanted, give no \`billing\` and \`reduce\`.
- No seat that is paid for is given back and bought again: within a period where periods count, and within the day where
  days do. Where every day is billed alone, a seat may be given back and bought again some days later: that is what costs
  least.

## The comparison

Each row is a school that was made up with a fixed seed, with a run every morning by the planner itself, counted by the
sandbox's accounting. The figures are prices of one seat for one period (\`price.per\`). The best is found by dynamic
programming over all ways to buy and give back once a day, knowing the whole future. *Followed* buys and gives back every
change at once; *peak* holds the most seats ever needed all the time; *14 days* is \`keepUnusedDays: 14\` without prices.
In the schools called *late* a cohort is on the roster 3 to 40 days before its first day, and 6 % of the rows are withdrawn.
`;

const FOOT = `
\`npm run economics\` writes this page anew; a test fails when it is not what the simulation says.
`;

function table(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ school, billing, ours, optimum, followed, heldPeak, unpriced }) => [
    school,
    billing,
    figure(optimum),
    figure(ours),
    `${percent(ours / optimum - 1)}`,
    figure(unpriced),
    figure(followed),
    figure(heldPeak),
    percent(1 - ours / followed),
    percent(1 - ours / heldPeak),
  ]);
  const head = [
    'school',
    'billing',
    'best',
    'cohort-sync',
    'above best',
    '14 days',
    'followed',
    'peak',
    'saves of followed',
    'saves of peak',
  ];
  const rule = head.map((_, column) => (column < 2 ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function figure(value: number): string {
  return value.toFixed(2);
}

function percent(share: number): string {
  // Sums of fractions differ in their last digits: that is no difference.
  const rounded = Math.round(share * 10_000) / 100;
  return `${(rounded === 0 ? 0 : rounded).toFixed(2)} %`;
}
