import type { alarmsEn } from './alarms.en';

export const alarmsZh: { readonly [K in keyof typeof alarmsEn]: string } = {
  'alarms.title': '告警',
  'alarms.all': '查看全部',
  'alarms.none': '没有严重告警',
  'alarms.close': '收起告警',
  'alarms.open': '展开告警',
  'alarms.more': '同类还有 {count} 条',
  'alarms.others': '另有 {count} 条严重告警',
  'alarms.show': '打开',
  'alarms.replay': '回放',
  'alarms.dismiss': '关闭',
  'alarms.toasts': '新的严重告警',
  'alarms.sound.on': '新的严重告警有提示音',
  'alarms.sound.off': '新的严重告警无提示音',
};
