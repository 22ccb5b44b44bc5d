import { ConfigFiles } from '../config/config-files.ts';
import type { ConfigProblem } from '../config/config-problem.ts';
import { Problems, type Source } from '../config/source.ts';
import { loadTls } from './load-tls.ts';
import type { TlsParts } from './tls-parts.ts';
import type { TlsSources } from './tls-sources.ts';

export interface TlsReload {
  readonly parts: TlsParts;
  /** As errors what cannot be used. */
  readonly problems: readonly ConfigProblem[];
}

/**
 * Loads the certificates of the config in force anew. The config file is not looked at: it may be half edited.
 * Never rejects.
 * @param now milliseconds since 1970.
 */
export async function reloadTls(sources: TlsSources, now: number): Promise<TlsReload> {
  const problems = new Problems(placeless(sources));
  const parts = await loadTls(sources, { files: new ConfigFiles(sources.folder, problems), problems, now });
  return { parts, problems: problems.list() };
}

/** Lines would be those of the file as it was when it was loaded. */
function placeless({ file, folder, shown }: TlsSources): Source {
  return { file, folder, shown, value: undefined, locate: () => ({ file, line: 0, column: 0 }) };
}
