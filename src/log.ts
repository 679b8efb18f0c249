import { type Logger, pino } from 'pino';

/**
 * JSON lines to a stream. Every secret of the configuration is masked in the finished line, wherever in an object or a
 * message it stood (rule 17).
 */
export function createLog(options: {
  readonly level: string;
  readonly stream: NodeJS.WritableStream;
  readonly secrets: readonly string[];
}): Logger {
  const secrets = options.secrets.filter((secret) => secret.length > 0);
  const write = (line: string) => {
    options.stream.write(secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line));
  };
  return pino({ level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
}
