import type { Children } from './measure/children.ts';
import type { Options } from './options.ts';
import type { Report } from './report/report.ts';

/** What every scenario works with. */
export interface Bench {
  readonly options: Options;
  readonly children: Children;
  /** The one folder that everything is written into; removed at the end. */
  readonly folder: string;
  readonly originPort: number;
  readonly report: Report;
}
