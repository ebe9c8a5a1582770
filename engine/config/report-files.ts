/** Many files to their reports, on all cores that are given: see `crew.ts`. */
import type { Crew } from './crew.ts';
import { type FileReport, reportFile } from './file-report.ts';
import { reportOfTexts, textsOfReport } from './report-texts.ts';

/** A file to report on. */
export interface TextOfFile {
  readonly path: string;
  readonly text: string;
}

/** What another thread is told. */
export interface ReportTask {
  readonly kind: 'report';
  readonly files: readonly TextOfFile[];
}

/** The reports of the files, in their order, and how many of them came from other threads. */
export async function reportFiles(
  files: readonly TextOfFile[],
  crew: Crew,
): Promise<{ readonly reports: readonly FileReport[]; readonly delivered: number }> {
  const reports: FileReport[] = new Array(files.length);
  const report = (piece: number): FileReport => reportFile(files[piece]!.path, files[piece]!.text);
  const delivered = await crew.share({
    sizes: files.map(({ text }) => text.length),
    message: (): ReportTask => ({ kind: 'report', files }),
    own(piece) {
      reports[piece] = report(piece);
    },
    receive(piece, texts) {
      reports[piece] = reportOfTexts(texts) ?? report(piece);
    },
  });
  return { reports, delivered };
}

/** The same in another thread. */
export function reportTexts(
  { files }: ReportTask,
  made: Map<string, FileReport>,
): (piece: number) => readonly string[] {
  return (piece) => {
    const { path, text } = files[piece]!;
    const report = reportFile(path, text);
    made.set(path, report);
    return textsOfReport(report);
  };
}
