/** What an alert is about, as a shape; decorative: the words stand beside it. */
import type { Alert } from '../api/ops';
import { Icon } from './icons';

const Clock = () => (
  <Icon>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7v5l3.500 2" />
  </Icon>
);
const Pin = () => (
  <Icon>
    <path d="M12 21s7-6.200 7-11.500A7 7 0 0 0 5 9.500C5 14.800 12 21 12 21Z" />
    <circle cx="12" cy="9.500" r="2.500" />
  </Icon>
);
const NoSignal = () => (
  <Icon>
    <path d="m3 3 18 18M5 12a10 10 0 0 1 4-2.400M15.500 10a10 10 0 0 1 3.500 2M8.500 15.800a5 5 0 0 1 6-.6M12 19.500v.1" />
  </Icon>
);
const Warning = () => (
  <Icon>
    <path d="M12 3.500 21.500 20h-19ZM12 10v4.500M12 17.400v.1" />
  </Icon>
);
const Parcel = () => (
  <Icon>
    <path d="m12 3 8.500 4.500v9L12 21l-8.500-4.500v-9ZM3.500 7.500 12 12l8.500-4.500M12 12v9" />
  </Icon>
);

const SHAPES: Partial<Record<Alert['kind'], () => preact.JSX.Element>> = {
  late: Clock,
  at_risk: Clock,
  overdue: Clock,
  not_departed: Clock,
  overstay: Clock,
  off_route: Pin,
  wrong_stop: Pin,
  missed_stop: Pin,
  forbidden_zone: Pin,
  relocation: Pin,
  signal_lost: NoSignal,
  device_fault: NoSignal,
  no_update_after_pickup: Parcel,
  day_check: Parcel,
};

export function KindMark({ kind }: { kind: Alert['kind'] }) {
  const Shape = SHAPES[kind] ?? Warning;
  return <Shape />;
}

export function BellIcon({ off = false }: { off?: boolean }) {
  return (
    <Icon>
      <path d="M6 10a6 6 0 0 1 12 0c0 5 2 6 2 7H4c0-1 2-2 2-7ZM10 20.500h4" />
      {off && <path d="m3 3 18 18" />}
    </Icon>
  );
}

export const ReplayIcon = () => (
  <Icon>
    <path d="M4 12a8 8 0 1 0 2.600-5.900M4 4v4h4M12 8v4.500l3 1.800" />
  </Icon>
);
export const MessageIcon = () => (
  <Icon>
    <path d="M4 5h16v11H10l-5 4v-4H4Z" />
  </Icon>
);
export const LinkIcon = () => (
  <Icon>
    <path d="M10 14a4 4 0 0 0 5.700 0l3.100-3.100a4 4 0 0 0-5.700-5.700L12 6.300M14 10a4 4 0 0 0-5.700 0l-3.100 3.100a4 4 0 0 0 5.700 5.700l1.100-1.100" />
  </Icon>
);
