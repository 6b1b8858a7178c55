/** Where exactly the vehicle is, how good that is, and by what it is known. */
import { useState } from 'preact/hooks';
import { formatCourse, formatNumber, formatPlace, formatTime, formatZone } from '../i18n/format';
import { cell } from '../live/fleet';
import { fleet, session } from './app';
import { detail } from './cardData';
import { copyText } from './copy';
import { CopyIcon } from './icons';
import { heightWords } from './measures';
import * as state from './state';
import { t, tValue } from './state';

const COPIED_MS = 1500;

function Fact({ name, children, title }: { name: string; children: preact.ComponentChildren; title?: string }) {
  return (
    <div class="fact" title={title}>
      <dt>{name}</dt>
      <dd class="num">{children}</dd>
    </div>
  );
}

function Place({ row }: { row: number }) {
  void session.version.value;
  const [copied, setCopied] = useState(false);
  const words = formatPlace(cell(fleet.lon, row), cell(fleet.lat, row));
  const copy = () =>
    void copyText(words).then((done) => {
      setCopied(done);
      setTimeout(() => setCopied(false), COPIED_MS);
    });
  return (
    <Fact name={t('card.place')}>
      {words}{' '}
      <button type="button" class="link small" onClick={copy} aria-label={t('card.copy')}>
        {copied ? t('card.copied') : <CopyIcon />}
      </button>
    </Fact>
  );
}

/** How good the fix is, in words. */
function qualityOf(row: number): string {
  const position = detail.value?.position ?? null;
  const lang = state.lang.value;
  const grade = 'ABCX'[cell(fleet.grade, row)] ?? 'X';
  return [
    tValue('grade', grade),
    position?.satellites != null && t('card.satellites', { count: position.satellites }),
    position?.hdop != null && t('card.hdop', { hdop: formatNumber(position.hdop, lang, 1) }),
  ]
    .filter(Boolean)
    .join(' · ');
}

function Fix({ row }: { row: number }) {
  const lang = state.lang.value;
  const time = cell(fleet.time, row);
  if (Number.isNaN(time)) return null;
  const altitude = detail.value?.position?.altitude_m;
  return (
    <>
      <Fact name={t('card.time')} title={new Date(time).toISOString()}>
        {formatTime(time, session.now.value, state.zone.value, lang)} <span class="muted">{formatZone(time, state.zone.value, lang)}</span>
      </Fact>
      <Place row={row} />
      <Fact name={t('card.course')}>{formatCourse(cell(fleet.course, row), lang)}</Fact>
      {altitude != null && <Fact name={t('card.altitude')}>{heightWords(altitude)}</Fact>}
      <Fact name={t('card.quality')}>{qualityOf(row)}</Fact>
    </>
  );
}

export function CardPlace({ row }: { row: number }) {
  void session.version.value;
  const told = detail.value;
  const flags = told?.position?.flags ?? [];
  return (
    <dl class="facts">
      <Fix row={row} />
      {flags.length > 0 && <Fact name={t('card.flags')}>{flags.map((each) => tValue('flag', each)).join(', ')}</Fact>}
      <Fact name={t('card.device')}>{told ? (told.device ?? t('card.noDevice')) : '…'}</Fact>
    </dl>
  );
}
