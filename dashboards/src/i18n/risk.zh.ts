import type { riskEn } from './risk.en';

export const riskZh: { readonly [K in keyof typeof riskEn]: string } = {
  'form.at': '时间（{zone}）',
  'alarms.unread': '{count} 条严重告警无人处理',
  'trips.eta.what': '{p50} 前后各半；九成在 {p90} 前到达（{zone}）',
  'stop.actual': '实际',
  'trip.emptyNow': '留空即现在',
  'form.save': '保存',
  'node.planned': '计划时间',
  'node.estimated': '预计时间',
  'app.trips': '行程',
  'app.accuracy': '准确度',
  'app.page.loading': '正在加载页面…',
  'app.page.failed': '页面加载失败：{reason}',

  'risk.unknown': '未知',
  'risk.on_time': '准点',
  'risk.at_risk': '有风险',
  'risk.late': '晚点',
  'risk.overdue': '已逾期',
  'risk.early': '早到',
  'delay.late': '晚 {age}',
  'delay.early': '早 {age}',
  'delay.now': '分毫不差',

  'card.trip.next': '下一站：{site}',
  'card.trip.noEta': '无预计',
  'map.late': '光环：晚点或已逾期',
  'map.lateShort': '晚点',
  'sort.late': '晚点程度',
  'search.trip': '行程',
};
