/**
 * Records of JSON texts in the cache, by keys that begin with a hex digit. They lie in sixteen files by that digit, since thousands of
 * small files take longer to read than to make again; a change rewrites one of them. A record is a line, and no line is parsed before
 * somebody asks for it: most of what is kept of a large workspace isn't needed to say that one file changed. What records mean is their
 * owner's matter.
 */
import type { Cache } from './cache-folder.ts';

export interface KeptLines {
  /** The texts kept under the key. They may be anything: whoever parses them must be ready for what isn't his. */
  get(key: string): readonly string[] | undefined;
  /** Keeps texts as `JSON.stringify` writes them, without a tab and on one line; asked for when they are written. */
  put(key: string, texts: () => readonly string[]): void;
  /** Writes what is new. */
  save(): void;
}

/** `unusedMax`: how many records of each file outlive a run that didn't ask for them. */
export function openKeptLines(cache: Cache, name: string, unusedMax: number): KeptLines {
  const shards = new Map<string, Shard>();
  const shardOf = (key: string): Shard => {
    const part = key.charAt(0);
    const shard = shards.get(part) ?? readShard(cache.readText(`${name}-${part}`));
    shards.set(part, shard);
    return shard;
  };
  return {
    get(key) {
      const shard = shardOf(key);
      const at = shard.places.get(key);
      if (at === undefined) return undefined;
      shard.isUsed[at] = 1;
      return shard.lines[at]!.split('\t').slice(1);
    },
    put(key, texts) {
      shardOf(key).added.set(key, texts);
    },
    save() {
      for (const [part, shard] of shards) {
        if (shard.added.size > 0) cache.writeText(`${name}-${part}`, linesToKeep(shard, unusedMax).join('\n'));
      }
    },
  };
}

/** One of the sixteen files. */
interface Shard {
  readonly lines: readonly string[];
  /** The number of a key's line. */
  readonly places: ReadonlyMap<string, number>;
  /** 1 for lines that were asked for. */
  readonly isUsed: Uint8Array;
  readonly added: Map<string, () => readonly string[]>;
}

function readShard(text: string | undefined): Shard {
  const lines = text === undefined ? [] : text.split('\n');
  const places = new Map<string, number>();
  for (const [at, line] of lines.entries()) {
    const end = line.indexOf('\t');
    if (end !== -1) places.set(line.slice(0, end), at);
  }
  return { lines, places, isUsed: new Uint8Array(lines.length), added: new Map() };
}

/** What is new, what was asked for, and as much of the rest as may stay. */
function linesToKeep({ lines, places, isUsed, added }: Shard, unusedMax: number): readonly string[] {
  const known = [...places].filter(([key]) => !added.has(key)).map(([, at]) => at);
  const used = known.filter((at) => isUsed[at] === 1);
  const unused = known.filter((at) => isUsed[at] === 0).slice(0, unusedMax);
  const fresh = [...added].map(([key, texts]) => [key, ...texts()].join('\t'));
  return [...fresh, ...[...used, ...unused].map((at) => lines[at]!)];
}
