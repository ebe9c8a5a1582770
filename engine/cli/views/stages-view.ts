/** The stages of a plan, in order: what apply does, then each lane. The list is the one that apply goes through. */
import type { Plan, Stage } from '../../reconcile/plan.ts';
import { counted, formatCount, type Style } from './style.ts';

/** Names that a line lists. */
const namesMax = 8;

export function stagesText({ stages }: Plan, style: Style): string {
  if (stages.length === 0) return '';
  const lines = (by: Stage['by'], from: number) =>
    stages
      .filter((stage) => stage.by === by)
      .map((stage, i) => `  ${String(from + i).padStart(2)}  ${stageWords(stage)}\n`)
      .join('');
  const own = stages.filter(({ by }) => by === 'apply').length;
  return (
    `\n${style.strong('Apply')}, in one transaction:\n${lines('apply', 1)}` +
    `${style.strong('Then each lane')}, in a transaction of its own, while the engine runs:\n${lines('lanes', own + 1)}`
  );
}

function stageWords(stage: Stage): string {
  switch (stage.kind) {
    case 'lock':
      return 'take the lock: applies go one after the other';
    case 'check':
      return `check that ${counted(stage.resources, 'resource')} are still as this plan found them`;
    case 'bodies':
      return `write ${counted(stage.count, 'new body', 'new bodies')}`;
    case 'revision':
      return `write revision ${stage.number} of ${counted(stage.resources, 'resource')}`;
    case 'commit':
      return 'commit, and tell the workers';
    case 'rename':
      return `rename ${stage.from} to ${stage.to}, with its people`;
    case 'clear':
      return `forget ${names(stage.resources)}`;
    case 'fill':
      return `work out ${names(stage.resources)}`;
    case 'end':
      return `end ${names(stage.journeys)}: ${counted(stage.people, 'person leaves', 'people leave')}`;
    case 'in-flight':
      return `in_flight of ${stage.journey}, ${stage.policy}: ${counted(stage.people, 'person', 'people')}`;
    case 'times':
      return `work out when people enter ${names(stage.journeys)}`;
    case 'enter':
      return `let members of ${stage.segment} into ${stage.journey}`;
    case 'current':
      return `the lane is at revision ${stage.revision}`;
  }
}

function names(all: readonly string[]): string {
  const more = all.length - namesMax;
  return `${all.slice(0, namesMax).join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
}
