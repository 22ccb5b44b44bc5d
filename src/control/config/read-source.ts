import { resolve } from 'node:path';

import { quote } from './config-problem.ts';
import type { LoadEnv } from './load-config.ts';
import { locate } from './locate.ts';
import { parseYaml } from './parse-yaml.ts';
import { findFileReferences, readTree } from './read-tree.ts';
import { bad, good, type Reading } from './reading.ts';
import { readTextFile } from './read-text-file.ts';
import { Problems, type Place, type Source } from './source.ts';
