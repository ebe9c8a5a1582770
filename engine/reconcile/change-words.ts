/** A changed field as a sentence for people: `delay 3d → 5d at step remind-2`. The values themselves are in the words of the language. */

type Value = string | number | boolean | null;

/** What a field of a step is called where its key alone wouldn't say it. */
const stepNouns: Readonly<Record<string, string>> = {
  after: 'delay',
  at: 'time of day',
  days: 'days',
  if: 'condition',
  'wait.duration': 'wait',
  'wait_for.for': 'time limit',
  'wait_for.if': 'what is waited for',
  'wait_for_first.for': 'time limit',
  'send.template': 'template',
  'send.channels': 'channels',
  'send.valid_for': 'validity',
  'send.when_capped': 'when capped',
  'repeat.every': 'rhythm',
  'repeat.max': 'rounds',
  'repeat.until': 'end of rounds',
  'call.within': 'time limit',
};

/** Longer values are cut: sentences are read, the values stand beside them whole. */
const valueCharsMax = 120;

export function changeWords(path: string, before: Value, after: Value): string {
  const step = /^steps\.(.+?)(?: \((place)\))?$/.exec(path);
  if (step?.[2] === 'place') return `step ${step[1]} moved: ${before} → ${after}`;
  const found = /^steps\.([^.]+)(?:\.(.+))?$/.exec(path);
  if (found === null) return shift(plain(path), before, after);
  const [, id, field] = found;
  if (field === undefined) return before === null ? `step ${id} added` : `step ${id} removed`;
  return `${shift(stepNouns[field] ?? plain(field), before, after)} at step ${id}`;
}

function shift(noun: string, before: Value, after: Value): string {
  if (before === null) return `${noun} ${short(after)} added`;
  return after === null ? `${noun} ${short(before)} removed` : `${noun} ${short(before)} → ${short(after)}`;
}

function plain(path: string): string {
  return path.replaceAll('.', ' ');
}

function short(value: Value): string {
  const text = String(value).replaceAll(/\s+/g, ' ');
  return text.length > valueCharsMax ? `${text.slice(0, valueCharsMax)}…` : text;
}
