import { posix } from 'node:path';
import { notXlsx } from './faults.ts';
import { parseXml, XmlFault, type XmlHandlers } from './xml.ts';
import { inflate, type ZipArchive, type ZipEntry } from './zip.ts';

/** The parts of a workbook's package, by name. Some writers differ in case from what they refer to. */
export interface Parts {
  readonly location: string;
  /** Null if there is no such part. */
  find(name: string): ZipEntry | null;
  /** @throws RosterError `unreadable` if the part is damaged or no XML. */
  parse(entry: ZipEntry, handlers: XmlHandlers, signal: AbortSignal): Promise<void>;
}

export function partsOf(archive: ZipArchive): Parts {
  const { location } = archive;
  const byName = new Map(archive.entries.map((entry) => [key(entry.name), entry]));
  return {
    location,
    find: (name) => byName.get(key(name)) ?? null,
    parse: async (entry, handlers, signal) => {
      try {
        await parseXml(abortable(inflate(archive, entry), signal), handlers);
      } catch (failure) {
        if (failure instanceof XmlFault) throw notXlsx(location, `its part ${entry.name} is not valid XML`);
        throw failure;
      }
    },
  };
}

async function* abortable(pieces: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    signal.throwIfAborted();
    yield piece;
  }
}

function key(name: string): string {
  return name.toLowerCase().replace(/^\/+/, '');
}

/** Another part to which a part refers. */
export interface Relationship {
  /** The last word of its type, as `worksheet`: what comes before differs between the two editions of the standard. */
  readonly type: string;
  /** The name of the other part. */
  readonly target: string;
}

/** What a part refers to, by id; nothing if it refers to nothing. `''` is the package itself. */
export async function relationshipsOf(
  parts: Parts,
  name: string,
  signal: AbortSignal,
): Promise<Map<string, Relationship>> {
  const found = new Map<string, Relationship>();
  const folder = posix.dirname(name);
  const entry = parts.find(posix.join(folder, '_rels', `${posix.basename(name)}.rels`));
  if (entry === null) return found;
  const open: XmlHandlers['open'] = (element, { Id, Type = '', Target, TargetMode }) => {
    if (element !== 'Relationship' || Id === undefined || Target === undefined || TargetMode === 'External')
      return;
    const target = Target.startsWith('/') ? Target : posix.join(folder, Target);
    found.set(Id, { type: Type.slice(Type.lastIndexOf('/') + 1), target });
  };
  await parts.parse(entry, { open }, signal);
  return found;
}
