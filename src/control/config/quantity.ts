import { bad, good, type Reader, type Reading } from './reading.ts';

const milliseconds: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** kB and MB are thousands, KiB and MiB are 1024s. */
const bytes: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['kB', 1000],
  ['MB', 1_000_000],
  ['GB', 1_000_000_000],
  ['KiB', 1024],
  ['MiB', 1_048_576],
  ['GiB', 1_073_741_824],
]);

/** Both ends are allowed, and written as in a config. */
export interface Range {
  readonly min: string;
  readonly max: string;
}

/** `500ms`, `10s`, `5m`, `1h`, `2d` to milliseconds. */
export function durationReader(range: Range): Reader<number> {
  return rangeReader(range, readDuration);
}

/** `512B`, `32kB`, `1MiB` to bytes. */
export function sizeReader(range: Range): Reader<number> {
  return rangeReader(range, readSize);
}

/** `240B/s` to bytes a second. */
export function rateReader(range: Range): Reader<number> {
  return rangeReader(range, readRate);
}

function rangeReader(range: Range, read: Reader<number>): Reader<number> {
  const min = valueOf(read(range.min));
  const max = valueOf(read(range.max));
  return (text) => {
    const reading = read(text);
    if (!reading.ok) return withinRange(reading, read, [min, max]);
    if (reading.value >= min && reading.value <= max) return reading;
    const near = reading.value < min ? range.min : range.max;
    return bad(
      reading.value < min ? `the least is ${range.min}` : `the most is ${range.max}`,
      `write a value from ${range.min} to ${range.max}`,
      near,
    );
  };
}

/** Takes back a proposal that would be refused as well. */
function withinRange(
  reading: Reading<number>,
  read: Reader<number>,
  [min, max]: readonly [number, number],
): Reading<number> {
  if (reading.ok || reading.better === undefined) return reading;
  const value = valueOf(read(reading.better));
  return value >= min && value <= max ? reading : bad(reading.what, reading.remedy);
}

function readDuration(text: string): Reading<number> {
  const what = 'a duration is a whole number with a unit';
  const remedy = 'write for example 500ms, 10s, 5m, 1h or 2d';
  return readQuantity(text, milliseconds) ?? bad(what, remedy, betterNumber(text, 's'));
}

function readSize(text: string): Reading<number> {
  const what = 'a size is a whole number with a unit';
  const remedy = 'write for example 512B, 32kB (32000 bytes), 32KiB (32768 bytes) or 1MB';
  return readQuantity(text, bytes) ?? bad(what, remedy, betterUnit(text) ?? betterNumber(text, 'B'));
}

function readRate(text: string): Reading<number> {
  const what = 'a rate is a size a second';
  const remedy = 'write for example 240B/s or 1kB/s';
  if (!text.endsWith('/s')) return bad(what, remedy, readQuantity(text, bytes) ? `${text}/s` : undefined);
  return readQuantity(text.slice(0, -2), bytes) ?? bad(what, remedy);
}

function readQuantity(text: string, units: ReadonlyMap<string, number>): Reading<number> | undefined {
  const match = /^(\d{1,12})([A-Za-z]{1,3})$/.exec(text);
  const unit = match ? units.get(match[2]!) : undefined;
  return unit === undefined ? undefined : good(Number(match![1]) * unit);
}

/** `32 KB`, `32k`, `1M`: what was surely meant. */
function betterUnit(text: string): string | undefined {
  const match = /^(\d{1,12}) ?([kmg])(b?)$/i.exec(text);
  if (!match) return undefined;
  return `${match[1]}${match[2]!.toLowerCase() === 'k' ? 'k' : match[2]!.toUpperCase()}B`;
}

function betterNumber(text: string, unit: string): string | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? text + unit : undefined;
}

function valueOf(reading: Reading<number>): number {
  return reading.ok ? reading.value : Number.NaN;
}
