// Plays stories on the presenter's screen: each scene is a list of acts, which press what a person would press in the frames.
(() => {
  "use strict";
  const stage = document.querySelector("[data-stage]");
  const caption = stage.querySelector("[data-caption]");
  const controls = stage.querySelector("[data-controls]");
  const count = stage.querySelector("[data-count]");
  const next = stage.querySelector("[data-next]");
  const playButton = stage.querySelector("[data-play-button]");
  const pace = stage.querySelector("[data-pace]");
  const finger = document.querySelector(".demo-finger");
  const patience = 30000, look = 100, reading = 4500;

  const frame = (name) => stage.querySelector(`iframe[name="${name}"]`);
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const visible = (el) => el && el.getClientRects().length > 0;

  // found waits until a frame shows what the selector names, with a text that matches.
  async function found(name, selector, text = "") {
    for (const end = Date.now() + patience; Date.now() < end; await pause(look)) {
      let el = null;
      try {
        const doc = frame(name).contentDocument;
        el = doc && doc.readyState !== "loading" ? doc.querySelector(selector) : null;
      } catch { /* on its way to another page */ }
      if (visible(el) && (!text || new RegExp(text).test(el.textContent))) return el;
    }
    throw new Error(`${name}: ${selector}`);
  }

  // bring scrolls a frame's page, and no other, until it shows the element in its middle.
  function bring(name, el) {
    const page = frame(name).contentWindow, at = el.getBoundingClientRect();
    if (at.top < 0 || at.bottom > page.innerHeight) page.scrollBy({ top: at.top + at.height / 2 - page.innerHeight / 2, behavior: "instant" });
  }

  // touch shows the audience where something is pressed.
  async function touch(name, el) {
    bring(name, el);
    const outer = frame(name).getBoundingClientRect(), inner = el.getBoundingClientRect();
    const scale = outer.width / frame(name).clientWidth;
    finger.style.left = `${outer.left + (inner.left + inner.width / 2) * scale}px`;
    finger.style.top = `${outer.top + (inner.top + inner.height / 2) * scale}px`;
    finger.hidden = false;
    await pause(600 * pace.value);
  }

  async function open(name, path) {
    const f = frame(name);
    const loaded = new Promise((done) => f.addEventListener("load", done, { once: true }));
    f.src = stage.dataset.base + path;
    await loaded;
  }

  const acts = {
    open: (a) => open(a.in, a.at),
    see: async (a) => bring(a.in, await found(a.in, a.at, a.value)),
    async click(a) {
      const el = await found(a.in, a.at);
      await touch(a.in, el);
      el.click();
    },
    async fill(a) {
      const el = await found(a.in, a.at);
      await touch(a.in, el);
      el.value = a.value;
      for (const kind of ["input", "change"]) el.dispatchEvent(new Event(kind, { bubbles: true }));
    },
    async scan(a) {
      await open(a.in, "/demo/phone");
      await acts.click({ in: a.in, at: 'form[data-testid="scan"] button' });
    },
    async act(a) {
      const answer = await fetch(`${stage.dataset.base}/demo/act`, { method: "POST", body: new URLSearchParams(a.value) });
      if (!answer.ok) throw new Error(`act ${a.value}: ${answer.status}`);
    },
  };

  let scenes = [], at = 0, plays = 0, playing = false, busy = false;

  function show(state, words) {
    caption.dataset.state = state;
    if (words) caption.textContent = words;
    count.textContent = scenes.length ? `${Math.min(at + (busy ? 1 : 0), scenes.length)} / ${scenes.length}` : "";
    next.disabled = busy || at >= scenes.length;
    playButton.disabled = at >= scenes.length && !busy;
    playButton.textContent = playing ? stage.dataset.pause : stage.dataset.play;
    playButton.setAttribute("aria-pressed", playing);
  }

  async function scene() {
    const mine = scenes, { words, acts: list } = mine[at];
    busy = true;
    show("running", words);
    try {
      for (const a of list) {
        for (const el of stage.querySelectorAll(".demo-screen")) el.classList.toggle("acting", el.classList.contains(`demo-${a.in}`));
        caption.dataset.act = `${a.do} ${a.in || ""} ${a.at || a.value || ""}`;
        await acts[a.do](a);
        if (scenes !== mine) return; // another story was chosen
      }
      at++;
      busy = false;
      show(at === scenes.length ? "done" : "waiting");
    } catch (fault) {
      if (scenes !== mine) return;
      busy = playing = false;
      show("failed", `${stage.dataset.failed} (${fault.message})`);
    } finally {
      if (scenes === mine) finger.hidden = true;
    }
  }

  // play goes on until it is told to stop, or another story or another play begins.
  async function play() {
    const mine = scenes, turn = ++plays, mayGo = () => playing && scenes === mine && turn === plays;
    while (busy && mayGo()) await pause(look);
    while (mayGo() && at < scenes.length) {
      await scene();
      if (mayGo() && at < scenes.length) await pause(reading * pace.value);
    }
    if (mayGo()) {
      playing = false;
      show(caption.dataset.state);
    }
  }

  for (const button of stage.querySelectorAll("[data-story]")) {
    button.addEventListener("click", () => {
      for (const other of stage.querySelectorAll("[data-story]")) other.setAttribute("aria-pressed", other === button);
      scenes = JSON.parse(button.dataset.story);
      at = 0;
      playing = busy = false;
      controls.hidden = false;
      show("waiting", scenes[0].words);
    });
  }
  next.addEventListener("click", () => { if (!busy) scene(); });
  playButton.addEventListener("click", () => {
    playing = !playing;
    show(caption.dataset.state);
    if (playing) play();
  });
})();
