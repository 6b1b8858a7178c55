/** A few words beside the pointer: what is under it.  For those who cannot point, the same stands in cards and lists. */

/** CSS pixels from the pointer. */
const AWAY = 14;

export class Tip {
  private readonly box = document.createElement('div');

  constructor(private readonly container: HTMLElement) {
    this.box.className = 'map-tip';
    this.box.hidden = true;
    this.box.setAttribute('aria-hidden', 'true');
    container.append(this.box);
  }

  /** One line each; none: nothing is shown. */
  show(lines: readonly string[], pixel: { readonly x: number; readonly y: number }): void {
    this.box.hidden = lines.length === 0;
    if (lines.length === 0) return;
    this.box.replaceChildren(
      ...lines.map((line, i) => {
        const part = document.createElement(i === 0 ? 'b' : 'span');
        part.textContent = line;
        return part;
      }),
    );
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const left = pixel.x + AWAY + width > this.container.clientWidth ? pixel.x - AWAY - width : pixel.x + AWAY;
    const top = pixel.y + AWAY + height > this.container.clientHeight ? pixel.y - AWAY - height : pixel.y + AWAY;
    this.box.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
  }
}
