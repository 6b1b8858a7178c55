/** 地图及其工具的用语。 */
import type { mapEn } from './map.en';

export const mapZh: Readonly<Record<keyof typeof mapEn, string>> = {
  'map.cluster': '聚合',
  'map.cluster.what': '地图较小时把车辆聚成圆圈，颜色取其中状况最差的一辆',
  'map.routes': '计划线路',
  'map.routes.what': '视野内未结束班次的线路，晚点最多的优先',
  'map.routes.cut': '计划线路未全部显示，只显示晚点最多的 {count} 条。放大地图可看到其余线路。',
  'map.hub.inside': '场内 {count} 辆',
  'map.hub.none': '场内无车',
  'map.atRisk': '有风险：按谨慎估计会晚点',
  'map.atRiskShort': '有风险',
  'map.newest': '最新位置为 {age}前',
  'map.measure': '测量距离',
  'map.measuring': '正在测距',
  'map.measure.none': '在地图上点选；按 Enter 在地图中央设点。',
  'map.measure.first': '再设一点即可得到距离。',
  'map.measure.point': '在中央设点',
  'map.measure.back': '撤回上一点',
  'map.measure.end': '结束',
  'map.stop.window': '计划 {from} – {to}',
  'map.stop.at': '计划 {at}',
  'map.stop.eta': '预计 {at}，最晚 {until}',
  'map.stop.arrived': '已到 {at}',
  'map.stop.departed': '已离 {at}',
};
