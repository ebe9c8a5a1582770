/**
 * The compiler's part of the catalogue: code, constant summary, severity. The details are written where the mistake is found.
 * Codes are never given to another mistake.
 */
import type { Severity } from './diagnostic.ts';

export interface CodeEntry {
  readonly summary: string;
  readonly severity: Severity;
}

function error(summary: string): CodeEntry {
  return { summary, severity: 'error' };
}

function warning(summary: string): CodeEntry {
  return { summary, severity: 'warning' };
}

export const compilerCodes = {
  // The project as a whole
  CMP003: error('Declared twice'),
  CMP004: error('Reserved name'),
  CMP005: error('Segments in a circle'),
  CMP006: error('Not offered by this version'),
  CMP007: error('Secret in the wrong place'),
  // References
  CMP010: error('Unknown trait'),
  CMP011: error('Unknown event'),
  CMP012: error('Unknown property'),
  CMP013: error('Unknown segment'),
  CMP014: error('Unknown channel'),
  CMP015: error('Unknown template'),
  CMP016: error('Unknown purpose of consent'),
  CMP017: error('Unknown journey'),
  CMP018: error('Unknown step'),
  CMP019: error('Unknown column'),
  // Values
  CMP020: error('Wrong type of value'),
  CMP021: error('Operator and type do not fit'),
  CMP022: error('Not a declared value'),
  CMP023: error('Duration out of range'),
  CMP024: error('Not one moment'),
  CMP026: error('Currencies differ'),
  CMP027: error('Bounds the wrong way round'),
  // Conditions
  CMP030: error('Condition has no place here'),
  CMP031: error('Event without anchor'),
  CMP032: error('Two windows on one event'),
  CMP033: error('Always true'),
  CMP034: error('Not the measure'),
  CMP035: error('Types differ between events'),
  CMP036: error('Condition asks nothing, or two things'),
  // Journeys
  CMP050: error('Step id used twice'),
  CMP051: error('Send without channel'),
  CMP052: error('Message of a step that sends none'),
  CMP053: error('Step stands later'),
  CMP054: warning('Never reached'),
  CMP055: error('Goal that begins true'),
  CMP056: error('Schedule incomplete'),
  CMP057: error('Invalid cron line'),
  CMP058: warning('Status never comes'),
  // Messages
  CMP060: error('Template does not parse'),
  CMP061: error('Unknown template variable'),
  CMP062: error('Not allowed in a template'),
  CMP063: error('Template has no form for the channel'),
  CMP064: error('Template lacks a locale'),
  CMP065: error('Template gets no value'),
  CMP066: warning('Value not used by the template'),
  CMP067: error('Purpose does not cover the channel'),
  CMP070: error('Path leaves the workspace'),
  CMP071: warning('Locale not served'),
  // Pressure, sources, schemas
  CMP081: error('Quiet hours without length'),
  CMP082: error('Measure of the wrong type'),
  CMP085: error('Column and type do not fit'),
} as const satisfies Readonly<Record<string, CodeEntry>>;

export type CompilerCode = keyof typeof compilerCodes;
