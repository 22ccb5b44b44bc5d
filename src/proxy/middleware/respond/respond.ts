import type { Feature, Hooks } from '../feature.ts';
import { FixedAnswer, type FixedConfig } from './fixed-answer.ts';
import { FolderAnswer, type FolderConfig } from './folder-answer.ts';

export type RespondConfig = FixedConfig | FolderConfig;

/** Answers by itself: with what the config says, or with the files of a folder. */
export const respond: Feature<RespondConfig> = {
  name: 'respond',
  create(config, { clock }): Hooks {
    const way = config.kind === 'fixed' ? new FixedAnswer(config) : new FolderAnswer(config, clock);
    return { request: (work) => way.answer(work) };
  },
};
