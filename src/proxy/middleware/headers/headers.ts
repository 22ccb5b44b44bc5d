import type { Feature, Hooks } from '../feature.ts';
import { FieldEdits, type FieldEditsConfig } from './field-edits.ts';

export interface HeadersConfig {
  readonly request: FieldEditsConfig;
  readonly response: FieldEditsConfig;
}

/** Removes, sets and adds fields of requests and of answers. */
export const headers: Feature<HeadersConfig> = {
  name: 'headers',
  create({ request, response }): Hooks {
    const [asked, answered] = [new FieldEdits(request), new FieldEdits(response)];
    const hooks: Hooks = {};
    if (!asked.empty) {
      hooks.request = (work) => {
        asked.apply(work.headers, work);
        return undefined;
      };
    }
    if (!answered.empty) hooks.response = (answer, work) => answered.apply(answer.headers, work);
    return hooks;
  },
};
