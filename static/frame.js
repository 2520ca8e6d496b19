// Inside another site's page: tells it how high this page is and what has become of the order. Messages go to the one origin that
// the server has checked, and are taken from it alone.
(() => {
  "use strict";

  const host = document.documentElement.dataset.host;
  if (!host || window.parent === window) return;

  const say = (type, more) => window.parent.postMessage({ source: "lianlian-checkout", version: 1, type, ...more }, host);
  const height = () => Math.ceil(document.body.getBoundingClientRect().height);

  let told = 0;
  new ResizeObserver(() => {
    if (height() === told) return;
    told = height();
    say("resize", { height: told });
  }).observe(document.body);

  // What became of the order, told once for each state.
  let last;
  const look = () => {
    for (const button of document.querySelectorAll("[data-close]")) button.hidden = false;
    const order = document.getElementById("order");
    const status = order?.dataset.status;
    if (!order || status === last) return;
    last = status;
    if (status === "paid" || status === "expired") say(status, { order: { id: order.dataset.id, number: order.dataset.number } });
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) say("close");
    else if (event.target.closest("a[target=_top]")) say("redirect");
  });
  document.addEventListener("submit", (event) => {
    if (event.target.target === "_top") say("redirect");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing && !event.defaultPrevented) say("close");
  });
  window.addEventListener("message", (event) => {
    if (event.origin !== host || event.source !== window.parent) return;
    const message = event.data;
    if (message?.source !== "lianlian-checkout" || message.version !== 1) return;
    if (message.type === "focus" && !document.activeElement?.closest("main")) {
      document.getElementById("main")?.focus({ preventScroll: true });
    }
  });

  told = height();
  say("ready", { height: told });
  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
})();
