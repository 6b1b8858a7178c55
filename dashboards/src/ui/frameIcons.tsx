/** Drawings of the frame and the desk; all decorative, so hidden from screen readers. */
import type { ComponentChildren } from 'preact';

export function Icon({ children, size = 16 }: { children: ComponentChildren; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const SearchIcon = () => (
  <Icon>
    <circle cx="11" cy="11" r="7" />
    <path d="m20 20-4-4" />
  </Icon>
);

export const ChevronIcon = () => (
  <Icon size={14}>
    <path d="m6 9 6 6 6-6" />
  </Icon>
);

export const KeyboardIcon = () => (
  <Icon>
    <rect x="2" y="6" width="20" height="12" rx="2" />
    <path d="M6 10h.01M10 10h.01M14 10h.01M18 10h.01M8 14h8" />
  </Icon>
);

export const Logo = () => (
  <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="var(--accent)" />
    <path d="M16 5.500a8.200 8.200 0 0 1 8.200 8.200c0 5.700-8.200 12.800-8.200 12.800S7.800 19.400 7.800 13.700A8.200 8.200 0 0 1 16 5.500Z" fill="var(--accent-ink)" />
    <path d="M12.300 17v-6l3.700 3.800 3.700-3.800v6" fill="none" stroke="var(--accent)" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />
  </svg>
);

export const GearIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="3.200" />
    <path d="M12 2.500v3m0 13v3M4.200 7.500l2.600 1.500m10.400 6 2.600 1.500M4.200 16.500l2.600-1.500m10.400-6 2.600-1.500" />
    <circle cx="12" cy="12" r="7" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="M18 6 6 18M6 6l12 12" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon size={14}>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M5 15H4V5a1 1 0 0 1 1-1h10v1" />
  </Icon>
);
