import type { PoolState, Provider } from '../providers/provider.ts';

/**
 * The same provider, whose first reading is under way already: the roster can be read meanwhile. Later readings are made
 * when they are asked for. Whoever gives up before the reading is used aborts the signal.
 */
export function readAhead(provider: Provider, signal: AbortSignal): Provider {
  let ahead: Promise<PoolState> | null = provider.read(signal);
  // A failure is told to whoever asks for the reading; nobody may.
  ahead.catch(() => {});
  return {
    ...provider,
    read: (later) => {
      const reading = ahead ?? provider.read(later);
      ahead = null;
      return reading;
    },
  };
}
