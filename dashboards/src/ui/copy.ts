/** Text to the clipboard, also where the browser has no clipboard to offer (plain http off this machine). */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // no clipboard, or not allowed
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.style.position = 'fixed';
  field.style.opacity = '0';
  (document.querySelector('dialog[open]') ?? document.body).append(field); // behind a dialog nothing can be selected
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
}
