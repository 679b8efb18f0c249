import { FOCUS, type Focus } from './arbitrary.ts';
import { huntFault } from './check.ts';

/** For a process of its own: `hunt.ts SEED MOST [FOCUS]` prints after how many schedules one went wrong, or `null`. */
const [seed = '1', most = '100', focus] = process.argv.slice(2);
const isFocus = (name: string | undefined): name is Focus => name !== undefined && name in FOCUS;
process.stdout.write(`${await huntFault(Number(seed), Number(most), isFocus(focus) ? focus : undefined)}\n`);
process.exit(0);
