/** The program of other threads: files to reports, documents to what they compile to. Nothing else imports this file. */
import { joinCrew } from '../config/crew.ts';
import type { FileReport } from '../config/file-report.ts';
import { type ReportTask, reportTexts } from '../config/report-files.ts';
import { type CompileTask, compileTexts } from './compile-ahead.ts';

/** Reports that this thread made, by path: their documents are compiled without being read again. */
const made = new Map<string, FileReport>();

joinCrew((message) => {
  const task = message as ReportTask | CompileTask;
  return task.kind === 'report' ? reportTexts(task, made) : compileTexts(task, made);
});
