import type { FirstMessages } from './en';
import { peopleZh } from './people.zh';
import { riskZh } from './risk.zh';
import { statesZh } from './states.zh';

export const zh: FirstMessages = {
  ...peopleZh,
  ...riskZh,
  ...statesZh,
  'app.replay': '历史回放',
  'app.map': '地图',
  'app.devices': '设备',
  'app.loading': '正在加载车队…',
  'app.skip': '跳到车辆列表',
  'help.open': '键盘快捷键',

  'live.connecting': '连接中…',
  'live.live': '实时',
  'live.stale': '无数据',
  'live.reconnecting': '已断开',
  'live.refused': '无权限',
  'live.age': '数据 {age}前',
  'banner.reconnecting': '连接已断开。当前显示的是 {age}前（{time}）的数据。',
  'banner.retry': '{seconds} 秒后重试',
  'banner.now': '立即重试',
  'banner.trying': '正在连接…',
  'banner.stale': '已连接，但 {age}内没有收到数据，位置可能已过时。',
  'banner.refused': '服务器不接受该令牌。',
  'banner.resumed': '已重新连接。断开的 {age}内的数据已补齐。',

  'fleet.clear': '清除筛选',

  'search.open': '车牌、行程、网点、运单…',
  'search.title': '搜索车辆、行程、网点和运单',
  'search.none': '未找到“{text}”',
  'search.hub': '网点',
  'search.vehicle': '车辆',

  'map.fallback': '在线底图无响应，已改用内置底图。',

  'key.title': '键盘',
  'key.follow': '跟随车辆',
  'key.close': '关闭、清除',
  'key.filter': '筛选列表',
  'key.search': '全局搜索',
  'key.help': '本帮助',
  'key.draw': '绘制：完成、撤回、移动顶点',

  'token.title': '操作员令牌',
  'token.why': '本系统启动时设置了令牌。令牌只保存到此标签页关闭为止。',
  'token.label': '令牌',
  'token.enter': '继续',

  'card.close': '关闭',
  'card.noParty': '未指定公司',

  'common.cancel': '取消',
  'common.done': '完成',
  'common.copy': '复制',
  'common.retry': '重试',
  'common.failed': '未完成：{reason}',
  'common.unknown': '未知',
  'unit.s': '{n} 秒',
  'unit.min': '{n} 分钟',
  'unit.h': '{n} 小时',
  'unit.d': '{n} 天',
  'unit.ago': '{age}前',
  'unit.kmh': 'km/h',
  'unit.mph': '英里/时',
  'unit.m': 'm',
};
