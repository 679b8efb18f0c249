import { type Logger, type LoggerOptions, pino } from 'pino';

interface LogOptions {
  readonly level: string;
  readonly stream: NodeJS.WritableStream;
  readonly secrets: readonly string[];
}

/**
 * JSON lines to a stream. Every secret of the configuration is masked in the finished line, wherever in an object or a
 * message it stood (rule 17).
 */
export function createLog(options: LogOptions): Logger {
  return createLogger(options, (line) => line, {});
}

/** The log of the service: levels by name, and on a terminal lines for people. */
export function createServiceLog(options: LogOptions & { readonly pretty: boolean }): Logger {
  const formatters = { level: (label: string) => ({ level: label }) };
  return createLogger(options, options.pretty ? prettyLine : (line) => line, { formatters });
}

function createLogger(
  { level, stream, secrets }: LogOptions,
  shape: (line: string) => string,
  more: Pick<LoggerOptions, 'formatters'>,
): Logger {
  const hidden = secrets.filter((secret) => secret.length > 0).flatMap(spellings);
  const write = (line: string) => {
    stream.write(shape(hidden.reduce((text, secret) => text.replaceAll(secret, '***'), line)));
  };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, ...more }, { write });
}

/** As it is, and as JSON writes it: a quote or a backslash in a secret must not hide it from the masking. */
function spellings(secret: string): string[] {
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1)])];
}

/** As `06:00:01 info  started a run  run=r-... pool=teaching`. */
function prettyLine(line: string): string {
  const parsed: unknown = JSON.parse(line);
  const { time, level, msg, ...facts } = Object.fromEntries(Object.entries(Object(parsed)));
  const told = Object.entries(facts).map(([name, value]) =>
    typeof value === 'string' ? `${name}=${value}` : `${name}=${JSON.stringify(value)}`,
  );
  return `${[String(time).slice(11, 19), String(level).padEnd(5), String(msg), ...told].join(' ')}\n`;
}
