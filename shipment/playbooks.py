"""What to do about each kind of alert: its name, and the steps, in Chinese and English.

Steps are for whoever takes the alert up, in order; the seeds ask for a plan per kind of
exception (2-14).  The daily check has a task per day (0-26).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fleet.alerts import AlertKind


@dataclass(frozen=True, slots=True)
class Playbook:
    """A kind of alert for people."""

    zh: str
    en: str
    steps_zh: tuple[str, ...]
    steps_en: tuple[str, ...]


PLAYBOOKS: Mapping[AlertKind, Playbook] = MappingProxyType(
    {
        AlertKind.NO_UPDATE_AFTER_PICKUP: Playbook(
            "揽收后未更新",
            "No update after pickup",
            (
                "联系承运司机或网点，核实货物在哪里",
                "补录漏扫的节点",
                "超过承诺时间的，告知客户新的预计时间",
            ),
            (
                "Ask the driver or the hub where the goods are",
                "Record the scans that were missed",
                "Where the promise is in danger, tell the customer a new time",
            ),
        ),
        AlertKind.TRANSIT_STALL: Playbook(
            "中转停滞",
            "Stalled in transit",
            ("联系中转站，查明滞留原因", "安排最近的班次发出", "向客户说明原因和新的预计时间"),
            (
                "Ask the hub why the goods are still there",
                "Book them on the next trip",
                "Tell the customer the reason and a new time",
            ),
        ),
        AlertKind.LATE: Playbook(
            "预计延误",
            "Will be late",
            ("核实延误原因", "通知收货方和客户新的预计时间", "能否改线、换车或加急，由调度决定"),
            (
                "Find out why",
                "Tell the consignee and the customer the new time",
                "Dispatch decides about another way, vehicle or order",
            ),
        ),
        AlertKind.AT_RISK: Playbook(
            "有延误风险",
            "At risk of being late",
            ("关注后续预计时间", "与司机确认路况", "必要时提前通知收货方"),
            (
                "Watch the estimate",
                "Ask the driver about the road",
                "Warn the consignee if it gets worse",
            ),
        ),
        AlertKind.OVERDUE: Playbook(
            "逾期未到",
            "Overdue",
            (
                "立即联系司机，核实位置和原因",
                "告知客户原因和新的预计时间",
                "在异常台账中登记处理过程",
            ),
            (
                "Call the driver: where, and why",
                "Tell the customer the reason and a new time",
                "Record what is done in the ledger",
            ),
        ),
        AlertKind.OFF_ROUTE: Playbook(
            "偏离路线",
            "Off route",
            ("联系司机，确认是否绕行", "有理由的绕行，修改计划", "无法联系时按失联处理"),
            (
                "Ask the driver whether it is a detour",
                "Change the plan where there is a reason",
                "If nobody answers, treat it as a lost vehicle",
            ),
        ),
        AlertKind.STOPPED: Playbook(
            "途中停车超时",
            "Stopped on the way",
            ("联系司机，了解停车原因", "故障的，安排救援或换车", "影响时效的，通知客户"),
            (
                "Ask the driver why",
                "After a breakdown send help or another vehicle",
                "Where it costs time, tell the customer",
            ),
        ),
        AlertKind.OVERSTAY: Playbook(
            "站点停留超时",
            "Stays too long at a stop",
            ("联系站点，了解装卸进度", "催促放行，或调整后续计划"),
            ("Ask the site how far the work is", "Have it leave, or change the plan"),
        ),
        AlertKind.NOT_DEPARTED: Playbook(
            "未按时发车",
            "Has not departed",
            ("联系司机和始发站", "核实装车进度", "调整发车时间或换车"),
            (
                "Ask the driver and the origin",
                "Check the loading",
                "Change the time or the vehicle",
            ),
        ),
        AlertKind.NO_VEHICLE: Playbook(
            "未派车辆",
            "No vehicle",
            ("立即指派车辆和司机", "无车可派的，通知客户改期"),
            ("Assign a vehicle and a driver", "If there is none, agree on another time"),
        ),
        AlertKind.SIGNAL_LOST: Playbook(
            "车辆失联",
            "Signal lost",
            ("电话联系司机", "检查终端和电源", "司机也联系不上时，上报并按最后位置查找"),
            (
                "Call the driver",
                "Have the terminal and its power checked",
                "If nobody answers, report it and search from the last place",
            ),
        ),
        AlertKind.OVERSPEED: Playbook(
            "超速行驶",
            "Speeding",
            ("提醒司机减速", "记录，安排教育"),
            ("Tell the driver to slow down", "Record it for the next talk"),
        ),
        AlertKind.FATIGUE: Playbook(
            "疲劳驾驶",
            "Driving without a rest",
            ("要求司机到最近的服务区休息至少 20 分钟", "必要时安排换驾", "记录并跟进"),
            (
                "Have the driver rest at least 20 minutes at the next rest area",
                "Send another driver if need be",
                "Record it and follow up",
            ),
        ),
        AlertKind.FORBIDDEN_ZONE: Playbook(
            "进入禁区",
            "In a forbidden zone",
            ("联系司机立即驶离", "核实进入原因并记录"),
            ("Have the driver leave at once", "Find out why, and record it"),
        ),
        AlertKind.DEVICE_FAULT: Playbook(
            "终端故障",
            "Device fault",
            ("联系司机检查终端和电源", "仍不恢复的，安排检修或更换"),
            (
                "Have the driver check the terminal and its power",
                "Else have it repaired or replaced",
            ),
        ),
        AlertKind.RELOCATION: Playbook(
            "位置异常跳转",
            "Relocated without a drive",
            ("确认是否拖车、轮渡或终端被移装", "终端换车的，更新绑定"),
            (
                "Was it towed, on a ferry, or was the terminal moved?",
                "If it is in another vehicle, change the binding",
            ),
        ),
        AlertKind.WRONG_STOP: Playbook(
            "停靠错误站点",
            "At a wrong stop",
            ("联系司机核对目的地", "已卸错货的，立即登记异常并追回"),
            (
                "Check the destination with the driver",
                "If goods were unloaded, report and recover them",
            ),
        ),
        AlertKind.MISSED_STOP: Playbook(
            "漏停站点",
            "Missed a stop",
            ("联系司机，确认是否漏停", "安排返回或由其他车辆补送", "通知该站客户"),
            (
                "Ask the driver whether it was missed",
                "Go back, or send another vehicle",
                "Tell the customer of that stop",
            ),
        ),
        AlertKind.SOS: Playbook(
            "紧急求助",
            "Emergency",
            ("立即电话联系司机", "联系不上时按位置报警 110 / 120 / 122", "持续跟进直至确认安全"),
            (
                "Call the driver at once",
                "If nobody answers, call 110, 120 or 122 and tell the place",
                "Stay with it until everybody is safe",
            ),
        ),
        AlertKind.DAY_CHECK: Playbook(
            "每日跟踪异常",
            "Daily check",
            ("按当天的任务处理", "处理后补录节点或说明"),
            ("Do the task of the day", "Record what was found"),
        ),
    }
)

#: The task of each day after the shipping, D+1 to D+4, and of the days after (seed 0-26).
TASKS: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        1: ("向发货方催问，核实是否已发出", "Ask the shipper whether it was sent"),
        2: (
            "查明原因，标记物流异常，联系当地承运方，并致电客户商定补发或退款",
            "Find the cause, mark an exception, ask the carrier; offer a new delivery or a refund",
        ),
        3: ("取得预计时间并致电客户", "Get an estimate and call the customer"),
        4: (
            "应已签收：确认签收，否则跟踪到签收为止",
            "It should be signed: confirm, or follow it until it is",
        ),
        5: ("每日跟踪，直到签收", "Follow it every day until it is signed"),
    }
)


def steps(kind: AlertKind, facts: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """What to do, in Chinese and in English."""
    book = PLAYBOOKS[kind]
    zh, en = list(book.steps_zh), list(book.steps_en)
    task = facts.get("task")
    if kind is AlertKind.DAY_CHECK and isinstance(task, int) and task in TASKS:
        zh[0], en[0] = TASKS[task]
    return zh, en
