# SPDX-License-Identifier: MIT
"""Looks at a page in headless Chromium, on a phone and on a desk, in light and in dark."""
import html
import http.server
import json
import re
import shutil
import subprocess
import tempfile
import threading

WIDTHS = (360, 1280)  # of the smallest phones still sold, and of a usual window
LIMIT_S = 60          # of one start of the browser
CONTRAST_MIN = 4.5    # WCAG 2 AA, for text of any size
LETTERS_MIN = 11      # pixels
# Else it would look for updates and hosts of its own, which a test must not wait for.
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--enable-logging=stderr"]

# Puts the page into a frame of each width, unfolds it, and writes down what it sees. The page
# allows no script: the frame's owner does the looking.
LOOKER = """<!DOCTYPE html><meta charset="utf-8"><style>iframe { border: 0; height: 900px }</style>
%(frames)s<pre id="seen">not yet</pre>
<script>
const seen = [];
function channels(text) {
  const found = text.match(/[\\d.]+/g).map(Number);
  return found.length == 3 ? [...found, 1] : found;
}
function over(top, bottom) {
  const share = top[3];
  return [0, 1, 2].map(i => top[i] * share + bottom[i] * (1 - share)).concat(1);
}
function light(colour) {
  const part = colour.slice(0, 3).map(each => each / 255)
    .map(each => each <= .04045 ? each / 12.92 : ((each + .055) / 1.055) ** 2.4);
  return .2126 * part[0] + .7152 * part[1] + .0722 * part[2];
}
function contrast(element, view) {
  let ground = [255, 255, 255, 1], strength = 1;
  const chain = [];
  for (let at = element; at; at = at.parentElement) chain.unshift(at);
  for (const at of chain) {
    const style = view.getComputedStyle(at);
    ground = over(channels(style.backgroundColor), ground);
    strength *= Number(style.opacity);
  }
  const ink = channels(view.getComputedStyle(element).color);
  const [dark, bright] = [light(over([...ink.slice(0, 3), ink[3] * strength], ground)),
                          light(ground)].sort((a, b) => a - b);
  return (bright + .05) / (dark + .05);
}
function look(frame) {
  const view = frame.contentWindow, page = frame.contentDocument, faint = new Map();
  for (const each of page.querySelectorAll("details")) each.open = true;
  const root = page.documentElement;
  if (root.scrollWidth > root.clientWidth)
    seen.push(`wider than ${root.clientWidth}: ${root.scrollWidth}`);
  for (const each of page.querySelectorAll("body *"))
    if (each.scrollWidth > each.clientWidth + 1 &&
        view.getComputedStyle(each).overflowX != "visible")
      seen.push(`wider than it shows: ${each.tagName} ${each.className}`);
  let texts = 0;
  const walk = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement, style = view.getComputedStyle(element);
    if (walk.currentNode.data.trim() == "" || element.tagName == "STYLE") continue;
    texts++;
    const name = `${element.tagName} ${style.color} in ${element.closest("[class]")?.className}`;
    if (!faint.has(name)) faint.set(name, contrast(element, view));
    if (parseFloat(style.fontSize) < %(letters)s) seen.push(`tiny: ${name} ${style.fontSize}`);
  }
  for (const [name, ratio] of faint)
    if (ratio < %(contrast)s) seen.push(`faint: ${name} ${ratio.toFixed(2)}`);
  if (texts < 50) seen.push(`only ${texts} texts`);
}
addEventListener("load", () => {
  document.querySelectorAll("iframe").forEach(look);
  document.getElementById("seen").textContent = JSON.stringify([...new Set(seen)]);
});
</script>"""


def serve(pages):
    """A server of these pages, {path: text}, on a free port of 127.0.0.1."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except ConnectionError:
                pass  # a browser that ends may leave what it has asked for

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever).start()
    return server


def seen_in(browser, url, dark):
    """What one start of the browser sees; a list."""
    with tempfile.TemporaryDirectory(prefix="hookgauge-look-") as profile:
        mode = ["--blink-settings=preferredColorScheme=0"] if dark else []
        done = subprocess.run([browser, *QUIET, *mode, f"--user-data-dir={profile}", "--dump-dom",
                               url], capture_output=True, text=True, timeout=LIMIT_S)
    said = re.search(r'<pre id="seen">(\[.*?\])</pre>', done.stdout, re.S)
    seen = json.loads(html.unescape(said[1])) if said else [f"no answer: {done.stderr[-500:]}"]
    return seen + [f"blocked: {line}" for line in done.stderr.splitlines()
                   if "Content Security Policy" in line]


def problems(page, modes=(False, True)):
    """What is wrong with the looks of a page, in light and in dark (True); None when there is no
    Chromium."""
    browser = shutil.which("chromium")
    if browser is None:
        return None
    frames = "".join(f'<iframe src="/page" style="width:{width}px"></iframe>' for width in WIDTHS)
    looker = LOOKER % {"frames": frames, "contrast": CONTRAST_MIN, "letters": LETTERS_MIN}
    server = serve({"/page": page, "/": looker})
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        return [f"{'dark' if dark else 'light'}: {each}" for dark in modes
                for each in seen_in(browser, url, dark)]
    finally:
        server.shutdown()
        server.server_close()
