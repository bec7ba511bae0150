/** All who may stand between the load and the mock, the floors first. */
import { bare } from './bare.ts'
import type { Contender } from './contender.ts'
import { gatewayWith } from './gateway.ts'
import { mock } from './mock.ts'
import { nginx } from './nginx.ts'
import { portkey } from './portkey.ts'

export const contenders: readonly Contender[] = [mock, nginx, bare, gatewayWith([]), portkey]
