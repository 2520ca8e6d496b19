// Follows the journal: each message appears as it passes or, step by step, when it is asked for.
(() => {
  "use strict";
  const list = document.querySelector("[data-wire]");
  const [tools, step, next, all, clear, count, empty] = ["tools", "step", "next", "all", "clear", "count", "empty"].map((n) => document.querySelector(`[data-${n}]`));
  let last = Number(list.dataset.last), asking = false, again = false, stepping = false, waiting = [];

  function show(card) {
    for (const open of list.querySelectorAll("details[open]")) open.open = false;
    card.querySelector("details").open = true;
    list.append(card);
    empty.hidden = true;
    bring(card, matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");
  }

  function bring(card, behavior) {
    const above = document.querySelector(".band").offsetHeight + (document.body.classList.contains("bare") ? document.querySelector(".wire-head").offsetHeight : 0) + 8;
    scrollTo({ top: card.getBoundingClientRect().top + scrollY - above, behavior });
  }

  function tell() {
    step.setAttribute("aria-pressed", stepping);
    next.hidden = all.hidden = !stepping;
    next.disabled = waiting.length === 0;
    count.textContent = waiting.length;
  }

  function run() {
    while (waiting.length && !stepping) show(waiting.shift());
    tell();
  }

  async function ask() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      do {
        again = false;
        const answer = await fetch(`${list.dataset.messages}&after=${last}`);
        if (!answer.ok) break;
        const cards = document.createElement("template");
        cards.innerHTML = await answer.text();
        for (const card of cards.content.querySelectorAll("li")) {
          const seq = Number(card.dataset.seq);
          if (seq > last) waiting.push(card);
          last = Math.max(last, seq);
        }
        run();
      } while (again);
    } catch { /* the next message asks again */ } finally {
      asking = false;
    }
  }

  step.addEventListener("click", () => { stepping = !stepping; run(); });
  next.addEventListener("click", () => { if (waiting.length) show(waiting.shift()); tell(); });
  all.addEventListener("click", () => { stepping = false; run(); });
  clear.addEventListener("click", () => { list.replaceChildren(); waiting = []; empty.hidden = false; tell(); });
  tools.hidden = false;
  tell();
  if (list.lastElementChild) bring(list.lastElementChild, "instant");
  new EventSource(`${list.dataset.events}?after=${last}`).addEventListener("message", ask);
})();
