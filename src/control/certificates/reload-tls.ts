import { ConfigFiles } from '../config/config-files.ts';
import type { ConfigProblem } from '../config/config-problem.ts';
import { Problems, type Source } from '../config/source.ts';
import { loadTls, type TlsParts } from './load-tls.ts';
import type { TlsSources } from './tls-sources.ts';

export type TlsReload =
  | { readonly ok: true; readonly parts: TlsParts; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * Loads the certificates of the config in force anew. The config file is not looked at: it may be half edited.
 * Never rejects.
 * @param now milliseconds since 1970.
 */
export async function reloadTls(sources: TlsSources, now: number): Promise<TlsReload> {
  const problems = new Problems(placeless(sources));
  const parts = await loadTls(sources, { files: new ConfigFiles(sources.folder, problems), problems, now });
  if (problems.failed) return { ok: false, problems: problems.list() };
  return { ok: true, parts, warnings: problems.list() };
}

/** Lines would be those of the file as it was when it was loaded. */
function placeless({ file, folder, shown }: TlsSources): Source {
  return { file, folder, shown, value: undefined, locate: () => ({ file, line: 0, column: 0 }) };
}
